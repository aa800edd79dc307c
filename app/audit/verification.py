"""Verification of the audit trail: every entry matches its hash, and none is missing."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, fields
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, case, select, text

from app.audit.chain import GENESIS, ChainedEntry, SigningKeys
from app.audit.checkpoints import CREATE, RECORDS, Checkpoint
from app.audit.guards import guard_faults, structure_faults
from app.core.schemas import EXACT_MOST
from app.models import AuditCheckpoint, AuditEntry

BATCH = 1_000
PROGRESS_INTERVAL = 100_000
EARLIEST = datetime(1, 1, 2, tzinfo=UTC)
LATEST = datetime(9999, 12, 30, tzinfo=UTC)
UNKNOWN_KEY = "which ROUNDTABLE_AUDIT_SIGNING_KEYS does not have"


@dataclass(frozen=True)
class KeyLimits:
    """Last entries that may be unsigned or signed by an earlier key, as the operator knows them."""

    unsigned_until: int = 0
    key_until: Mapping[str, int] = field(default_factory=dict)
    """Last entry that a key, by its id, may have signed."""


NO_LIMITS = KeyLimits()


@dataclass(frozen=True)
class TrailFault:
    """Verification fault of an entry; position 0 is the table itself."""

    position: int
    what: str


@dataclass(frozen=True)
class TrailFindings:
    """Result of a verification. `unsigned` entries have no key: anybody who can write the table can forge them."""

    count: int
    last: str
    unsigned: int
    checkpoints: int
    faults: tuple[TrailFault, ...]
    last_of_keys: Mapping[str, int] = field(default_factory=dict)
    """Position of the last entry that each key signed."""


def verify_trail(
    connection: Connection,
    *,
    keys: SigningKeys,
    external: Iterable[Checkpoint] = (),
    limits: KeyLimits = NO_LIMITS,
    say: Callable[[str], None] = lambda _: None,
) -> TrailFindings:
    """Verifies every entry and checkpoint. The connection needs one snapshot of the database throughout.

    If keys are configured, an entry or checkpoint without one is a fault, except up to `limits.unsigned_until`. One
    that an older key signed is a fault after the first entry of a newer key, or after the limit of the older key.
    """
    # The owner of the database could redirect names to other tables.
    connection.execute(text("SET LOCAL search_path = pg_catalog, public"))
    structure = [TrailFault(0, what) for what in structure_faults(connection)]
    if structure:
        return TrailFindings(0, GENESIS, 0, 0, tuple(structure))
    faults = [TrailFault(0, what) for what in guard_faults(connection)]
    rows = connection.execute(_STORED).all()
    stored = {
        row.id: Checkpoint(row.position, row.hash, row.taken_at, row.key_id, row.signature)
        for row in rows
        if row.taken_at and row.position <= EXACT_MOST
    }
    odd = [row.id for row in rows if row.id not in stored]
    faults += [
        TrailFault(0, f"the checkpoint {one} has a time or a position that no checkpoint can have") for one in odd
    ]
    points = sorted([*stored.values(), *external], key=lambda one: one.position)
    walk = _Walk(keys, limits, hashes={one.position: "" for one in points} | {0: GENESIS})
    _follow(connection, walk, say)
    if walk.fault is not None:
        faults.append(walk.fault)
    faults += _against(points, walk)
    faults += _removed(stored, walk)
    ordered = tuple(sorted(faults, key=lambda one: one.position))
    return TrailFindings(walk.count, walk.last, walk.unsigned, len(points), ordered, walk.last_of)


@dataclass
class _Walk:
    """State of the verification along the chain, which stops at its first fault."""

    keys: SigningKeys
    limits: KeyLimits
    hashes: dict[int, str]
    """Hashes at the positions of checkpoints, filled in during the verification."""
    count: int = 0
    last: str = GENESIS
    unsigned: int = 0
    fault: TrailFault | None = None
    first_of: dict[str, int] = field(default_factory=dict)
    last_of: dict[str, int] = field(default_factory=dict)
    """Positions of the first and last entry that each key signed."""
    noted: dict[int, tuple[int, Any, Any]] = field(default_factory=dict)
    """Checkpoints recorded in entries: by id, the entry's position, and the checkpoint's position and hash."""

    def needs_key(self, position: int) -> bool:
        return self.keys.current is not None and position > self.limits.unsigned_until

    def count_key(self, link: ChainedEntry) -> None:
        if link.key_id is None:
            self.unsigned += 1
        else:
            self.first_of.setdefault(link.key_id, link.position)
            self.last_of[link.key_id] = link.position

    def retired_fault(self, key_id: str | None, position: int) -> str | None:
        """Reason why a known key may not sign at a position, or None. Whoever finds a retired key must gain nothing."""
        ids = self.keys.ids
        if key_id not in ids:
            return None
        until = self.limits.key_until.get(key_id)
        if until is not None:
            return f"it is signed with the key {key_id}, which ends at entry {until}" if position > until else None
        newer = [one for one in ids[: ids.index(key_id)] if self.first_of.get(one, position + 1) <= position]
        if newer:
            return f"it is signed with the key {key_id}, which entry {self.first_of[newer[0]]} replaced by a newer one"
        return None


def _finite(time: Any) -> ColumnElement[Any]:
    """The time, or null if Python cannot represent it: PostgreSQL also has infinite times."""
    return case((time.between(EARLIEST, LATEST), time))


_ENTRIES = select(
    *(
        _finite(AuditEntry.recorded_at) if one.name == "recorded_at" else getattr(AuditEntry, one.name)
        for one in fields(ChainedEntry)
    ),
    AuditEntry.hash,
).order_by(AuditEntry.position)
_STORED = select(
    AuditCheckpoint.id,
    AuditCheckpoint.position,
    AuditCheckpoint.hash,
    _finite(AuditCheckpoint.taken_at).label("taken_at"),
    AuditCheckpoint.key_id,
    AuditCheckpoint.signature,
).order_by(AuditCheckpoint.position)


def _follow(connection: Connection, walk: _Walk, say: Callable[[str], None]) -> None:
    """Verifies the entries in order until the first fault."""
    rows = connection.execution_options(yield_per=BATCH).execute(_ENTRIES)
    for row in rows:
        *parts, found = row
        link = ChainedEntry(*parts)
        what = _fault_of(link, found, walk)
        if what is not None:
            walk.fault = TrailFault(walk.count + 1, what)
            break
        walk.count, walk.last = link.position, found
        walk.count_key(link)
        if link.position in walk.hashes:
            walk.hashes[link.position] = found
        if link.operation == CREATE and link.outcome == "done":
            _note(link, walk)
        if link.position % PROGRESS_INTERVAL == 0:
            say(f"{link.position:,} entries hold")
    rows.close()


def _fault_of(link: ChainedEntry, found: str, walk: _Walk) -> str | None:
    if link.position != walk.count + 1:
        return f"it is missing; the next one there is {link.position}"
    if link.recorded_at is None:
        return "its time is none that an entry can have"
    what = _hash_fault(link, found, walk)
    if what is None and link.previous != walk.last:
        return "it does not follow the entry before it"
    return what


def _hash_fault(link: ChainedEntry, found: str, walk: _Walk) -> str | None:
    if link.key_id is None and walk.needs_key(link.position):
        return "it has no key: it was made anew without one, or written where ROUNDTABLE_AUDIT_SIGNING_KEYS was not set"
    made = link.hash(walk.keys)
    if made is None:
        return f"it is signed with the key {link.key_id}, {UNKNOWN_KEY}"
    if made != found:
        return "it is not what its hash was made of"
    return walk.retired_fault(link.key_id, link.position)


def _note(link: ChainedEntry, walk: _Walk) -> None:
    """Records the checkpoint that an entry reports."""
    _, _, number = (link.record or "").partition(f"{RECORDS}/")
    detail = None
    with suppress(ValueError, RecursionError):
        detail = json.loads(link.detail)
    if number.isascii() and number.isdigit() and isinstance(detail, dict):
        walk.noted[int(number)] = (link.position, detail.get("position"), detail.get("hash"))


def _removed(stored: dict[int, Checkpoint], walk: _Walk) -> Iterator[TrailFault]:
    """Yields checkpoints that entries report but that are missing or different in the table."""
    for number, (entry, position, digest) in walk.noted.items():
        there = stored.get(number)
        if there is None:
            yield TrailFault(entry, f"the checkpoint {number} that it says was taken is gone from the table")
        elif (there.position, there.hash) != (position, digest):
            yield TrailFault(entry, f"the checkpoint {number} is not the one that it says was taken")


def _against(points: list[Checkpoint], walk: _Walk) -> Iterator[TrailFault]:
    """Yields faults that checkpoints reveal: a missing end, or entries rewritten before one of them."""
    good = 0
    for one in points:
        when = f"the checkpoint of {one.taken_at:%Y-%m-%d %H:%M:%S}"
        wrong = one.fault(walk.keys, needs_key=walk.needs_key(one.position))
        wrong = wrong or walk.retired_fault(one.key_id, one.position)
        if wrong is not None:
            yield TrailFault(one.position, f"{when} at this entry cannot be relied on: {wrong}")
        elif one.position > walk.count and walk.fault is None:
            yield TrailFault(walk.count + 1, f"it is missing; {when} has {one.position} entries")
        elif one.position <= walk.count and walk.hashes[one.position] != one.hash:
            yield TrailFault(good + 1, f"it, or one up to {one.position}, is not what it was at {when}")
        elif one.position <= walk.count:
            good = max(good, one.position)
