"""How much is read, by whom: counts per hour, caller and operation. They are not chained."""

import logging
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine

from app.core.repeating import repeated
from app.models import ReadCount

logger = logging.getLogger("roundtable")
HOUR = 3_600
WRITTEN_EVERY_SECONDS = 60.0
"""How far behind the counts may be; so much of them is lost where the process is killed."""
KEPT_MOST = 50_000
"""How many counts wait to be written at the most, where the database does not answer; later ones are lost."""

Read = tuple[int, str, str]
"""The hour, counted from 1970, the caller and the operation."""


class ReadCounts:
    """The counts of one process, until they are written."""

    def __init__(self) -> None:
        self._waiting: Counter[Read] = Counter()

    def count(self, caller: str, operation: str) -> None:
        read = (int(time.time()) // HOUR, caller, operation)
        if read in self._waiting or len(self._waiting) < KEPT_MOST:
            self._waiting[read] += 1

    @asynccontextmanager
    async def written(self, engine: AsyncEngine) -> AsyncIterator[None]:
        """While it is open, counts are written now and then, and the last ones at the end."""
        async with repeated(lambda: self.write(engine), seconds=WRITTEN_EVERY_SECONDS):
            yield

    async def write(self, engine: AsyncEngine) -> None:
        """Adds what was counted since the last time; what cannot be written now is tried again."""
        counted, self._waiting = self._waiting, Counter()
        if not counted:
            return
        # In one order, so that two processes do not wait for each other.
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
