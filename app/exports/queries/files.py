"""Streamed rows of a list, in batches, in one database snapshot."""

from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from hashlib import blake2b

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from app import __version__
from app.core.dates import today
from app.core.pagination import Listing
from app.core.schemas import QueryParams
from app.exports.queries.lists import EXPORTS

BATCH = 500
_STATE = text("SELECT concat_ws(' ', id, (SELECT max(position) FROM changes), current_schema()) FROM register")
SLOWEST_READER = "60s"
"""Timeout for a client to receive one batch."""


@dataclass(frozen=True)
class ExportStream:
    """Export in progress: its ETag, and its rows in batches."""

    tag: str
    batches: AsyncGenerator[list[str]]


async def open_export(
    engine: AsyncEngine, name: str, *, query: QueryParams, stack: AsyncExitStack, form: str
) -> ExportStream:
    """Opens a snapshot and validates the filters.

    `stack` closes what is opened; rows are read only when they are iterated. The ETag is a hash of the last change in
    the snapshot, the reader's clearance, the filters, the format, the release and the day: if these are equal, so are
    the rows. It does not include the snapshot id, which changes with the audit entry of each export.
    """
    connection = await stack.enter_async_context(engine.connect())
    await connection.execution_options(isolation_level="REPEATABLE READ")
    await connection.execute(text(f"SET LOCAL idle_in_transaction_session_timeout = '{SLOWEST_READER}'"))
    state = await connection.scalar(_STATE)
    listing = await EXPORTS[name].listed(connection, query)
    known = f"{state}|{name}|{form}|{query.model_dump_json()}|{__version__}|{today()}"
    tag = f'"{blake2b(known.encode(), digest_size=16).hexdigest()}"'
    return ExportStream(tag, _batches(connection, listing))


async def _batches(connection: AsyncConnection, listing: Listing) -> AsyncGenerator[list[str]]:
    rows = listing.rows.order_by(*listing.order).execution_options(yield_per=BATCH)
    async with connection.stream_scalars(rows) as found:
        async for batch in found.partitions(BATCH):
            yield list(batch)
