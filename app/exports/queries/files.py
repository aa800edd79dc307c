"""Rows of a list in batches, in one database snapshot, with limits on the exports of a process."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from hashlib import blake2b

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from app import __version__
from app.core.dates import today
from app.core.errors import ProblemError
from app.core.pagination import BATCH, Listing
from app.core.schemas import QueryParams
from app.core.statements import Bound
from app.exports.queries.lists import EXPORTS

MAX_FILES = 16
"""Maximum number of files of one process at once, which bounds its temporary files."""
WAIT_SECONDS = 10
"""Maximum seconds for which an export waits for others to be read. It holds no connection meanwhile."""
_STATE = text("SELECT concat_ws(' ', id, (SELECT max(position) FROM changes), current_schema()) FROM register")


class ExportLimits:
    """Limits of one process: exports that read the database, and files that clients receive.

    Exports read with at most half of a connection pool, so that lists always find a connection.
    """

    def __init__(self, *, pool_size: int) -> None:
        self._readers = asyncio.Semaphore(max(1, pool_size // 2))
        self._files = 0

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[None]:
        """Waits for a place among the exports that read the database."""
        try:
            async with asyncio.timeout(WAIT_SECONDS):
                await self._readers.acquire()
        except TimeoutError:
            raise _too_many() from None
        try:
            yield
        finally:
            self._readers.release()

    @contextmanager
    def file(self) -> Iterator[None]:
        """Counts a file from its first row until the client has all of it."""
        if self._files >= MAX_FILES:
            raise _too_many()
        self._files += 1
        try:
            yield
        finally:
            self._files -= 1


def _too_many() -> ProblemError:
    return ProblemError("unavailable", "Too many exports at once.")


@dataclass(frozen=True)
class ExportStream:
    """Export in progress: its ETag, and its rows in batches."""

    tag: str
    batches: AsyncGenerator[list[str]]


@asynccontextmanager
async def open_export(
    engine: AsyncEngine, name: str, *, query: QueryParams, form: str, limits: ExportLimits
) -> AsyncIterator[ExportStream]:
    """Opens a snapshot and validates the filters; rows are read only when they are iterated.

    The ETag is a hash of the last change in the snapshot, the reader's clearance, the filters, the format, the release
    and the day: if these are equal, so are the rows. It does not include the snapshot id, which changes with the audit
    entry of each export.
    """
    async with limits.reading(), engine.connect() as connection:
        await connection.execution_options(isolation_level="REPEATABLE READ")
        state = await connection.scalar(_STATE)
        listing = await EXPORTS[name].listed(connection, query)
        known = f"{state}|{name}|{form}|{query.model_dump_json()}|{__version__}|{today()}"
        tag = f'"{blake2b(known.encode(), digest_size=16).hexdigest()}"'
        batches = _batches(connection, listing)
        try:
            yield ExportStream(tag, batches)
        finally:
            await batches.aclose()


async def _batches(connection: AsyncConnection, listing: Bound[Listing]) -> AsyncGenerator[list[str]]:
    # Not as a context manager: when this generator is closed, that would leave the server's cursor open.
    found = await connection.stream_scalars(listing.built.all_rows, listing.values)
    try:
        async for batch in found.partitions(BATCH):
            yield list(batch)
    finally:
        await found.close()
