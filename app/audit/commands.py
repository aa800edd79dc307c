"""What the command does with the trail, and the words in which it tells."""

import getpass
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import inspect

from app.audit.chain import Keys
from app.audit.checkpoints import Checkpoint, checkpoint_of, take_checkpoint
from app.audit.trail import enter
from app.audit.verification import Fault, verify
from app.core.db import loading_engine
from app.core.persons import Realms
from app.models import AuditEntry


@dataclass(frozen=True)
class Person:
    """Who runs the command on this machine."""

    id: str
    name: str
    person: str

    @classmethod
    def here(cls) -> "Person":
        user = getpass.getuser()
        return cls(f"command:{user}", user, Realms().person(user))


def look_through(
    url: str, *, keys: Keys, files: Iterable[Path], say: Callable[[str], None]
) -> tuple[list[str], list[str]]:
    """What was found, and what is wrong, each a line. The database is seen as it is at one moment."""
    kept: list[Checkpoint] = []
    faults: list[str] = []
    for file in files:
        try:
            kept.append(checkpoint_of(file.read_text(encoding="utf-8")))
        except ValueError as error:
            faults.append(f"{file} is no checkpoint: {error}")
    engine = loading_engine(url)
    with engine.connect().execution_options(isolation_level="REPEATABLE READ") as connection:
        if not inspect(connection).has_table(AuditEntry.__tablename__):
            return [], ["there is no audit trail: the table audit_entries is gone, or the schema is not up to date"]
        found = verify(connection, keys=keys, kept=kept, say=say)
    engine.dispose()
    lines = [f"{found.count:,} entries hold; the last has the hash {found.last}"]
    if found.unsealed:
        lines.append(f"{found.unsealed:,} of them have no key: whoever can write the table could have made them")
    lines.append(f"{found.checkpoints} checkpoints, {len(kept)} of them from files")
    return lines, faults + [_told(fault) for fault in found.faults]


def _told(fault: Fault) -> str:
    return f"entry {fault.position}: {fault.what}" if fault.position else fault.what


def checkpoint_at(url: str, *, keys: Keys, kept_at: str | None) -> str:
    """Takes a checkpoint, and enters that into the trail; the checkpoint as JSON."""
    engine = loading_engine(url, audit_keys=keys)
    with engine.begin() as connection:
        made, checkpoint = take_checkpoint(connection, kept_at=kept_at)
        detail = {"position": checkpoint.position, "hash": checkpoint.hash, "kept_at": kept_at}
        enter(
            connection,
            by=Person.here(),
            record=f"audit_checkpoints/{made}",
            operation="create_checkpoint",
            detail=detail,
        )
    engine.dispose()
    return checkpoint.as_json()
