"""Usage counters of reads, per hour, caller and operation. They are not part of the hash chain."""

import logging
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine

from app.core.background import run_periodically
from app.models import ReadCount

logger = logging.getLogger("roundtable")
HOUR = 3_600
FLUSH_SECONDS = 60.0
"""Interval of writes in seconds; a killed process loses the counts of up to one interval."""
MAX_PENDING = 50_000
"""Maximum number of buffered counters while the database does not answer; further ones are lost."""

Read = tuple[int, str, str]
"""Key of a counter: the hour since 1970, the caller and the operation."""


class ReadCounts:
    """Buffer of the counters of one process."""

    def __init__(self) -> None:
        self._waiting: Counter[Read] = Counter()

    def count(self, caller: str, operation: str) -> None:
        read = (int(time.time()) // HOUR, caller, operation)
        if read in self._waiting or len(self._waiting) < MAX_PENDING:
            self._waiting[read] += 1

    @asynccontextmanager
    async def written(self, engine: AsyncEngine) -> AsyncIterator[None]:
        """Writes the counters periodically while the context is open, and once more when it closes."""
        async with run_periodically(lambda: self.write(engine), seconds=FLUSH_SECONDS):
            yield

    async def write(self, engine: AsyncEngine) -> None:
        """Adds the buffered counters to the database. After a database error they are retried next time."""
        counted, self._waiting = self._waiting, Counter()
        if not counted:
            return
        # Sorted, so that two processes cannot deadlock.
        rows = [
            {"hour": datetime.fromtimestamp(hour * HOUR, UTC), "caller": caller, "operation": operation, "count": count}
            for (hour, caller, operation), count in sorted(counted.items())
        ]
        entered = insert(ReadCount)
        added = entered.on_conflict_do_update(
            index_elements=["hour", "caller", "operation"],
            set_={"count": ReadCount.count + entered.excluded.count},
        )
        try:
            async with engine.begin() as connection:
                await connection.execute(added, rows)
        except SQLAlchemyError as error:
            self._waiting.update(counted)
            logger.warning("how much was read could not be written: %s", type(error).__name__)
