"""Logic and output of the `audit` command."""

from collections.abc import Callable, Iterable
from pathlib import Path

from app.audit.chain import SigningKeys
from app.audit.checkpoints import CREATE, RECORDS, Checkpoint, read_checkpoint, take_checkpoint
from app.audit.trail import OsUser, record_event
from app.audit.verification import NO_LIMITS, KeyLimits, TrailFault, TrailFindings, verify_trail
from app.core.db import admin_engine


def verify_with_report(
    url: str, *, keys: SigningKeys, files: Iterable[Path], say: Callable[[str], None], limits: KeyLimits = NO_LIMITS
) -> tuple[list[str], list[str]]:
    """Verifies the trail in one snapshot of the database. Returns the lines of the report, and those of the faults."""
    external: list[Checkpoint] = []
    faults: list[str] = []
    for file in files:
        try:
            external.append(read_checkpoint(file))
        except ValueError as error:
            faults.append(f"{file} is no checkpoint: {error}")
    engine = admin_engine(url)
    with engine.connect().execution_options(isolation_level="REPEATABLE READ") as connection:
        found = verify_trail(connection, keys=keys, external=external, limits=limits, say=say)
    engine.dispose()
    return _finding_lines(found, keys, files=len(external)), faults + [_fault_line(fault) for fault in found.faults]


def _finding_lines(found: TrailFindings, keys: SigningKeys, *, files: int) -> list[str]:
    """The lines of the report: verified entries, and the limits of the verification."""
    lines = [f"{found.count:,} entries hold; the last has the hash {found.last}"]
    if found.unsigned:
        lines.append(f"{found.unsigned:,} of them have no key: whoever can write the table could have made them")
    for earlier in keys.ids[1:]:
        last = found.last_of_keys.get(earlier)
        lines.append(
            f"the last entry of the earlier key {earlier} is {last}: --key-until {earlier}={last} rejects a later one"
            if last
            else f"the earlier key {earlier} signed no entry: remove it from ROUNDTABLE_AUDIT_SIGNING_KEYS"
        )
    lines.append(f"{found.checkpoints} checkpoints, {files} of them from files")
    if keys.current is None:
        lines.append(
            "not shown: that the trail is the one that was written, since ROUNDTABLE_AUDIT_SIGNING_KEYS is not set; "
            "up to a checkpoint that was kept elsewhere, --checkpoint shows it"
        )
    elif not files:
        lines.append("not shown: that the last entries are there; a checkpoint kept elsewhere (--checkpoint) shows it")
    return lines


def _fault_line(fault: TrailFault) -> str:
    return f"entry {fault.position}: {fault.what}" if fault.position else fault.what


def create_checkpoint(url: str, *, keys: SigningKeys, location: str | None) -> str:
    """Takes a checkpoint and records it in the trail. Returns it as JSON."""
    engine = admin_engine(url, audit_keys=keys)
    with engine.begin() as connection:
        made, checkpoint = take_checkpoint(connection, location=location)
        detail = {"position": checkpoint.position, "hash": checkpoint.hash, "location": location}
        record_event(
            connection,
            by=OsUser.here(),
            record=f"{RECORDS}/{made}",
            operation=CREATE,
            detail=detail,
        )
    engine.dispose()
    return checkpoint.as_json()
