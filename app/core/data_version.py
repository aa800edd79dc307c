"""Data version: tracked with LISTEN/NOTIFY, and polled as a fallback."""

import asyncio
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress

import psycopg

from app.core.background import background_task
from app.core.session import check_server, libpq_parameters, pin_statement

CHANNEL = "roundtable_revision"
POLL_SECONDS = 0.25
FRESH_SECONDS = 1.0
"""Seconds for which a data version that the database reported counts as current: no cached response is older."""
QUERY_TIMEOUT_SECONDS = 2
"""Timeout in seconds, after which a silent connection is closed."""
_ASK = "SELECT coalesce(sum(value), 0) FROM data_revisions"


class DataVersion:
    """Tracks the data version over a connection of its own."""

    def __init__(self, database_url: str, *, session: Mapping[str, str]) -> None:
        """`session` sets a role that may read `data_revisions`."""
        self._address = {**libpq_parameters(database_url), "connect_timeout": QUERY_TIMEOUT_SECONDS}
        self._session = session
        self._last_seen: tuple[int, int] | None = None
        self._connections = 0
        self.number = 0
        """Process-local generation; incremented whenever the data may have changed."""
        self.confirmed_at = float("-inf")
        """Monotonic time of the last query that the database answered."""

    @property
    def is_fresh(self) -> bool:
        return time.monotonic() - self.confirmed_at < FRESH_SECONDS

    @asynccontextmanager
    async def run(self) -> AsyncIterator[None]:
        """Tracks the data version while the context is open; reconnects when the connection breaks."""
        async with background_task(self._listen_forever()):
            yield

    async def _listen_forever(self) -> None:
        while True:
            with suppress(psycopg.Error, OSError, TimeoutError):
                await self._listen()
            await asyncio.sleep(POLL_SECONDS)

    async def _listen(self) -> None:
        async with await psycopg.AsyncConnection.connect(**self._address, autocommit=True) as connection:
            check_server(connection.info)
            await connection.execute(*pin_statement(self._session))
            # Another server may answer now, with a history that differs from that of the last one.
            self._connections += 1
            await connection.execute(f"LISTEN {CHANNEL}")
            while True:
                await self._ask(connection)
                async for _ in connection.notifies(timeout=POLL_SECONDS, stop_after=1):
                    pass

    async def _ask(self, connection: psycopg.AsyncConnection) -> None:
        asked_at = time.monotonic()
        async with asyncio.timeout(QUERY_TIMEOUT_SECONDS):
            row = await (await connection.execute(_ASK)).fetchone()
        seen = (self._connections, int(row[0]) if row else 0)
        if seen != self._last_seen:
            self._last_seen = seen
            self.number += 1
        self.confirmed_at = asked_at
