"""Refusals in the audit trail: an entry each for who shows credentials, up to a limit; all others are counted.

Strangers cost nothing to send requests, so that an entry for each of their refusals would let them grow the trail, and
hold the lock under which writers chain theirs, for as long as they like.
"""

import logging
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from ipaddress import ip_address, ip_network

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from app.audit.chain import Json, spelled
from app.audit.trail import Named, enter
from app.core.repeating import repeated

logger = logging.getLogger("roundtable")
SUMMARY = "summarize_refusals"
"""The operation of an entry that counts refusals."""
WRITTEN_EVERY_SECONDS = 60.0
"""The interval of summaries; counts of so long are lost where the process is killed."""
OWN_ENTRIES = 20
"""The number of refusals of one caller that are entries of their own, between two summaries."""
MOST_ROWS = 100
"""The number of operations and networks that a summary tells apart."""
OTHERS = ("others", "others")
NETWORK_BITS = {4: 24, 6: 48}


@dataclass
class _Summary:
    """The refusals of one caller with one code since the last summary, by operation and network."""

    by: Named
    code: str
    since: datetime
    until: datetime
    counts: Counter[tuple[str, str]] = field(default_factory=Counter)

    def add(self, kind: tuple[str, str], count: int) -> None:
        self.counts[kind if kind in self.counts or len(self.counts) < MOST_ROWS else OTHERS] += count

    def detail(self) -> Json:
        rows = [
            {"operation": operation, "network": network, "count": count}
            for (operation, network), count in self.counts.most_common()
        ]
        return {
            "count": self.counts.total(),
            "since": spelled(self.since),
            "until": spelled(self.until),
            "refusals": rows,
        }


class Refusals:
    """The refusals that one process counts, until they are written."""

    def __init__(self) -> None:
        self._summaries: dict[tuple[str, str], _Summary] = {}
        self._own: Counter[str] = Counter()

    def has_own_entry(self, by: Named) -> bool:
        """True for the first refusals of a caller since the last summary, which are entries of their own."""
        self._own[by.id] += 1
        return self._own[by.id] <= OWN_ENTRIES

    def count(self, by: Named, *, operation: str, code: str, address: str) -> None:
        now = datetime.now(UTC)
        summary = self._summaries.setdefault((by.id, code), _Summary(by, code, since=now, until=now))
        summary.until = now
        summary.add((operation, network_of(address)), 1)

    @asynccontextmanager
    async def written(self, engine: AsyncEngine) -> AsyncIterator[None]:
        """While it is open, summaries are written each minute, and the last ones at the end."""
        async with repeated(lambda: self.write(engine), seconds=WRITTEN_EVERY_SECONDS):
            yield

    async def write(self, engine: AsyncEngine) -> None:
        """Enters what was counted since the last time; what cannot be entered now is tried again."""
        taken, self._summaries = self._summaries, {}
        self._own.clear()
        if not taken:
            return
        try:
            async with engine.begin() as connection:
                _enter(connection, taken)
        except (SQLAlchemyError, RuntimeError) as error:
            for key, summary in taken.items():
                later = self._summaries.get(key)
                for kind, count in later.counts.items() if later else ():
                    summary.add(kind, count)
                summary.until = later.until if later else summary.until
                self._summaries[key] = summary
            logger.warning("refusals could not be entered into the audit trail: %s", type(error).__name__)


def _enter(connection: AsyncConnection, summaries: dict[tuple[str, str], _Summary]) -> None:
    for one in summaries.values():
        enter(connection, by=one.by, record=None, operation=SUMMARY, refused=one.code, detail=one.detail())


def network_of(address: str) -> str:
    """The network that an address is of, as wide as one subscriber or site has it; empty where it is none."""
    try:
        found = ip_address(address.partition("%")[0])
    except ValueError:
        return ""
    found = getattr(found, "ipv4_mapped", None) or found
    return str(ip_network((found, NETWORK_BITS[found.version]), strict=False))
