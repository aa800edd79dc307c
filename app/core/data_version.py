"""Data version: tracked with LISTEN/NOTIFY, and polled as a fallback."""

import asyncio
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress

import psycopg

from app.core.session import check_server, libpq_parameters, pin_statement

CHANNEL = "roundtable_revision"
ASKED_EVERY_SECONDS = 0.25
HOLDS_SECONDS = 1.0
"""Seconds for which a data version that the database reported counts as current: no cached response is older."""
ANSWER_SECONDS = 2
"""Timeout in seconds, after which a silent connection is closed."""
_ASK = "SELECT coalesce(sum(value), 0) FROM data_revisions"


class Revision:
    """Tracks the data version over a connection of its own."""

    def __init__(self, database_url: str, *, session: Mapping[str, str]) -> None:
        """`session` sets a role that may read `data_revisions`."""
        self._address = {**libpq_parameters(database_url), "connect_timeout": ANSWER_SECONDS}
        self._session = session
        self._told: tuple[int, int] | None = None
        self._connections = 0
        self.number = 0
        """Process-local generation; incremented whenever the data may have changed."""
        self.confirmed_at = float("-inf")
        """Monotonic time of the last query that the database answered."""

    @property
    def holds(self) -> bool:
        return time.monotonic() - self.confirmed_at < HOLDS_SECONDS

    @asynccontextmanager
    async def followed(self) -> AsyncIterator[None]:
        """Tracks the data version while the context is open; reconnects when the connection breaks."""
        following = asyncio.create_task(self._follow_for_ever())
        try:
            yield
        finally:
            following.cancel()
            with suppress(asyncio.CancelledError):
                await following

    async def _follow_for_ever(self) -> None:
        while True:
            with suppress(psycopg.Error, OSError, TimeoutError):
                await self._follow()
            await asyncio.sleep(ASKED_EVERY_SECONDS)

    async def _follow(self) -> None:
        async with await psycopg.AsyncConnection.connect(**self._address, autocommit=True) as connection:
            check_server(connection.info)
            await connection.execute(*pin_statement(self._session))
            # Another server may answer now, with a history that differs from that of the last one.
            self._connections += 1
            await connection.execute(f"LISTEN {CHANNEL}")
            while True:
                await self._ask(connection)
                async for _ in connection.notifies(timeout=ASKED_EVERY_SECONDS, stop_after=1):
                    pass

    async def _ask(self, connection: psycopg.AsyncConnection) -> None:
        asked_at = time.monotonic()
        async with asyncio.timeout(ANSWER_SECONDS):
            row = await (await connection.execute(_ASK)).fetchone()
        told = (self._connections, int(row[0]) if row else 0)
        if told != self._told:
            self._told = told
            self.number += 1
        self.confirmed_at = asked_at
