"""Every row of a list, in batches, under one snapshot of the database."""

from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from hashlib import blake2b

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from app import __version__
from app.core.dates import today
from app.core.paging import Listing
from app.core.shapes import Query
from app.exports.queries.lists import EXPORTS

BATCH = 500
_STATE = text("SELECT concat_ws(' ', id, (SELECT max(position) FROM changes), current_schema()) FROM register")
SLOWEST_READER = "60s"
"""How long a reader may take over one batch."""


@dataclass(frozen=True)
class Opened:
    """An export under way: what its bytes will be known by, and its rows, a batch at a time."""

    tag: str
    batches: AsyncGenerator[list[str]]


async def open_export(engine: AsyncEngine, name: str, *, query: Query, stack: AsyncExitStack, form: str) -> Opened:
    """Opens a snapshot and checks the filters. `stack` closes what is opened; nothing is read before it is asked for.

    The tag names the last change in the snapshot, who reads it, the filters, the form, the release and the day: where
    those are the same, so are the rows. Not the snapshot itself, which the entry of an export in the audit trail moves.
    """
    connection = await stack.enter_async_context(engine.connect())
    await connection.execution_options(isolation_level="REPEATABLE READ")
    await connection.execute(text(f"SET LOCAL idle_in_transaction_session_timeout = '{SLOWEST_READER}'"))
    state = await connection.scalar(_STATE)
    listing = await EXPORTS[name].listed(connection, query)
    known = f"{state}|{name}|{form}|{query.model_dump_json()}|{__version__}|{today()}"
    tag = f'"{blake2b(known.encode(), digest_size=16).hexdigest()}"'
    return Opened(tag, _batches(connection, listing))


async def _batches(connection: AsyncConnection, listing: Listing) -> AsyncGenerator[list[str]]:
    rows = listing.rows.order_by(*listing.order).execution_options(yield_per=BATCH)
    async with connection.stream_scalars(rows) as found:
        async for batch in found.partitions(BATCH):
            yield list(batch)
