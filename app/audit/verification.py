"""Looking through the trail: whether every entry is what its hash was made of, and none is missing."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, fields
from typing import Any

from sqlalchemy import Connection, select, text

from app.audit.chain import GENESIS, Keys, Link
from app.audit.checkpoints import Checkpoint
from app.models import AuditCheckpoint, AuditEntry

GUARD = "audit_is_only_added_to"
GUARD_BODY = "BEGIN\n    RAISE EXCEPTION 'the audit trail is only ever added to';\nEND"
BATCH = 1_000
TOLD_EVERY = 100_000


@dataclass(frozen=True)
class Fault:
    """What is wrong, and with which entry; position 0 is the table itself."""

    position: int
    what: str


@dataclass(frozen=True)
class Findings:
    """What a look through the trail found. `unsealed` are without a key: who can write the table can make them."""

    count: int
    last: str
    unsealed: int
    checkpoints: int
    faults: tuple[Fault, ...]


def verify(
    connection: Connection, *, keys: Keys, kept: Iterable[Checkpoint] = (), say: Callable[[str], None] = lambda _: None
) -> Findings:
    """Looks at every entry and checkpoint. The connection has to see one state of the database throughout."""
    faults = [Fault(0, what) for what in _guard_faults(connection)]
    stored = connection.execute(select(AuditCheckpoint).order_by(AuditCheckpoint.position)).all()
    points = [Checkpoint(one.position, one.hash, one.taken_at, one.key_id, one.signature) for one in stored]
    points = sorted([*points, *kept], key=lambda one: one.position)
    hashes = {one.position: "" for one in points} | {0: GENESIS}
    walked = _walk(connection, keys, hashes, say)
    if walked.fault is not None:
        faults.append(walked.fault)
    faults += _against(points, keys, hashes, walked)
    ordered = tuple(sorted(faults, key=lambda one: one.position))
    return Findings(walked.count, walked.last, walked.unsealed, len(points), ordered)


@dataclass
class _Walk:
    count: int = 0
    last: str = GENESIS
    unsealed: int = 0
    sealed: bool = False
    fault: Fault | None = None


def _walk(connection: Connection, keys: Keys, hashes: dict[int, str], say: Callable[[str], None]) -> _Walk:
    """Follows the chain until it breaks, and fills in the hashes at the positions asked for."""
    walk = _Walk()
    columns = [getattr(AuditEntry, field.name) for field in fields(Link)]
    rows = connection.execution_options(yield_per=BATCH).execute(
        select(*columns, AuditEntry.hash).order_by(AuditEntry.position)
    )
    for row in rows:
        walk.fault = _fault_of(row, walk, keys)
        if walk.fault is not None:
            break
        walk.count, walk.last = row.position, row.hash
        walk.sealed = row.key_id is not None
        walk.unsealed += not walk.sealed
        if row.position in hashes:
            hashes[row.position] = row.hash
        if row.position % TOLD_EVERY == 0:
            say(f"{row.position:,} entries hold")
    rows.close()
    return walk


def _fault_of(row: Any, walk: _Walk, keys: Keys) -> Fault | None:
    expected = walk.count + 1
    if row.position != expected:
        return Fault(expected, f"it is missing; the next one there is {row.position}")
    *told, found = row
    link = Link(*told)
    made = link.hash(keys)
    if made is None:
        return Fault(expected, f"it is sealed with the key {link.key_id}, which ROUNDTABLE_AUDIT_KEY does not have")
    if made != found:
        return Fault(expected, "it is not what its hash was made of")
    if link.previous != walk.last:
        return Fault(expected, "it does not follow the entry before it")
    if walk.sealed and link.key_id is None:
        return Fault(expected, "it has no key, and the entry before it has one")
    return None


def _against(points: list[Checkpoint], keys: Keys, hashes: dict[int, str], walk: _Walk) -> list[Fault]:
    """What checkpoints show: that the end is gone, or that entries were made anew up to one of them."""
    faults = []
    good = 0
    for one in points:
        when = f"the checkpoint of {one.taken_at:%Y-%m-%d %H:%M:%S}"
        wrong = one.fault(keys)
        if wrong is not None:
            faults.append(Fault(one.position, f"{when} at this entry cannot be relied on: {wrong}"))
        elif one.position > walk.count and walk.fault is None:
            faults.append(Fault(walk.count + 1, f"it is missing; {when} has {one.position} entries"))
        elif one.position <= walk.count and hashes[one.position] != one.hash:
            faults.append(Fault(good + 1, f"it, or one up to {one.position}, is not what it was at {when}"))
        elif one.position <= walk.count:
            good = max(good, one.position)
    return faults


_GUARDS = text(
    "SELECT t.tgenabled, p.prosrc, t.tgtype FROM pg_trigger t JOIN pg_proc p ON p.oid = t.tgfoid "
    "WHERE t.tgrelid = 'audit_entries'::regclass AND t.tgname = :name"
)
BEFORE_CHANGE_OF_ANY_ROW = 2 + 8 + 16 + 32
"""In pg_trigger: before, delete, update, truncate, for a statement."""


def _guard_faults(connection: Connection) -> Iterable[str]:
    guard = connection.execute(_GUARDS, {"name": GUARD}).one_or_none()
    if guard is None:
        yield f"the trigger {GUARD} is gone: entries can be changed"
    elif guard.tgenabled != "A":
        yield f"the trigger {GUARD} is off: entries can be changed"
    elif guard.prosrc.strip() != GUARD_BODY or guard.tgtype != BEFORE_CHANGE_OF_ANY_ROW:
        yield f"the trigger {GUARD} is not the one of this release: entries can be changed"
