"""Summaries in the audit trail: refusals and exports that are counted, with one entry a minute, instead of one each.

Anonymous requests cost their sender nothing. One entry for each would let anybody grow the trail, and hold the lock
under which writers append to the chain, for as long as he likes.
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
from app.audit.trail import Actor, record_event
from app.core.background import run_periodically

logger = logging.getLogger("roundtable")
REFUSALS = "summarize_refusals"
"""Operation of an entry that summarizes refusals."""
EXPORTS = "summarize_exports"
"""Operation of an entry that summarizes exports to anonymous callers."""
FLUSH_SECONDS = 60.0
"""Interval of summaries in seconds; a killed process loses the counts of up to one interval."""
OWN_ENTRIES = 20
"""Maximum refusals of one caller with an entry of their own, between two summaries."""
MAX_ROWS = 100
"""Maximum pairs of operation and network in a summary; further ones are counted together."""
OTHERS = ("others", "others")
NETWORK_BITS = {4: 24, 6: 48}


@dataclass
class _Summary:
    """Requests of one caller since the last summary, by operation and network: refusals with one code, or exports."""

    by: Actor
    code: str | None
    """Problem code; null for exports."""
    since: datetime
    until: datetime
    counts: Counter[tuple[str, str]] = field(default_factory=Counter)

    def add(self, kind: tuple[str, str], count: int) -> None:
        self.counts[kind if kind in self.counts or len(self.counts) < MAX_ROWS else OTHERS] += count

    @property
    def operation(self) -> str:
        return EXPORTS if self.code is None else REFUSALS

    def detail(self) -> Json:
        rows = [
            {"operation": operation, "network": network, "count": count}
            for (operation, network), count in self.counts.most_common()
        ]
        return {
            "count": self.counts.total(),
            "since": spelled(self.since),
            "until": spelled(self.until),
            self.operation.removeprefix("summarize_"): rows,
        }


class AuditSummaries:
    """Buffer of the counted requests of one process."""

    def __init__(self) -> None:
        self._summaries: dict[tuple[str, str | None], _Summary] = {}
        self._own: Counter[str] = Counter()

    def has_own_entry(self, by: Actor) -> bool:
        """True for the first refusals of a caller since the last summary, which get an entry of their own."""
        self._own[by.id] += 1
        return self._own[by.id] <= OWN_ENTRIES

    def count(self, by: Actor, *, operation: str, code: str | None, address: str) -> None:
        """Counts a refusal by its problem code, or an export, which has no code."""
        now = datetime.now(UTC)
        summary = self._summaries.setdefault((by.id, code), _Summary(by, code, since=now, until=now))
        summary.until = now
        summary.add((operation, network_of(address)), 1)

    @asynccontextmanager
    async def written(self, engine: AsyncEngine) -> AsyncIterator[None]:
        """Writes summaries every minute while the context is open, and once more when it closes."""
        async with run_periodically(lambda: self.write(engine), seconds=FLUSH_SECONDS):
            yield

    async def write(self, engine: AsyncEngine) -> None:
        """Writes the summaries to the audit trail. After an error they are retried next time."""
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
            logger.warning("summaries could not be entered into the audit trail: %s", type(error).__name__)


def _enter(connection: AsyncConnection, summaries: dict[tuple[str, str | None], _Summary]) -> None:
    for one in summaries.values():
        record_event(connection, by=one.by, record=None, operation=one.operation, refused=one.code, detail=one.detail())


def network_of(address: str) -> str:
    """Returns the network of an address, as wide as one subscriber or site; empty for an invalid address."""
    try:
        found = ip_address(address.partition("%")[0])
    except ValueError:
        return ""
    found = getattr(found, "ipv4_mapped", None) or found
    return str(ip_network((found, NETWORK_BITS[found.version]), strict=False))
