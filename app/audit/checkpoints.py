"""Checkpoints: the signed end of the audit trail at a time, to be stored outside the reach of database owners."""

import json
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from hmac import compare_digest
from pathlib import Path
from typing import Annotated

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError
from sqlalchemy import Connection, func, insert, select

from app.audit.chain import SigningKeys, canonical, spelled
from app.audit.trail import end_of_trail
from app.core.schemas import EXACT_MOST
from app.core.validation_messages import setting_message
from app.models import AuditCheckpoint

RECORDS = "audit_checkpoints"
CREATE = "create_checkpoint"
"""Operation of the audit entry of a new checkpoint."""
LONGEST_FILE = 65_536
Digest = Annotated[str, Field(pattern="^[0-9a-f]{64}$")]


class _File(BaseModel):
    """Checkpoint file. A response of the service, which has more members, is valid too."""

    model_config = ConfigDict(strict=True)

    position: Annotated[int, Field(ge=0, le=EXACT_MOST)]
    hash: Digest
    taken_at: AwareDatetime
    key_id: Annotated[str, Field(pattern="^[0-9a-f]{16}$")] | None
    signature: Digest | None


@dataclass(frozen=True)
class Checkpoint:
    """Checkpoint: the position and hash of the last entry at a time."""

    position: int
    hash: str
    taken_at: datetime
    key_id: str | None
    signature: str | None

    def signed_by(self, keys: SigningKeys) -> str | None:
        """Computes the expected signature; None if the key is unknown."""
        content = {"position": self.position, "hash": self.hash, "taken_at": spelled(self.taken_at)}
        return keys.sign(canonical({"checkpoint": content, "key_id": self.key_id}), by=self.key_id)

    def fault(self, keys: SigningKeys, *, needs_key: bool) -> str | None:
        """Reason why the checkpoint is not trustworthy, or None. Without a key it is as safe as its storage."""
        if self.key_id is None:
            return "it has no key, and ROUNDTABLE_AUDIT_SIGNING_KEYS is set" if needs_key else None
        expected = self.signed_by(keys)
        if expected is None:
            return f"it is signed with the key {self.key_id}, which ROUNDTABLE_AUDIT_SIGNING_KEYS does not have"
        # As bytes, since compare_digest accepts only ASCII strings, and the table may contain others.
        there = (self.signature or "").encode()
        return None if compare_digest(expected.encode(), there) else "its signature does not hold"

    def as_json(self) -> str:
        return json.dumps({**asdict(self), "taken_at": spelled(self.taken_at)}, indent=1) + "\n"


def read_checkpoint(file: Path) -> Checkpoint:
    """Reads a checkpoint file, written by `audit checkpoint` or the service. Raises ValueError for anything else."""
    try:
        with file.open("rb") as opened:
            content = opened.read(LONGEST_FILE + 1)
    except OSError as error:
        raise ValueError(f"it cannot be read ({error.strerror})") from error
    if len(content) > LONGEST_FILE:
        raise ValueError(f"it is longer than {LONGEST_FILE:,} bytes")
    try:
        # Some shells write a byte order mark at the start of a file.
        parsed = _File.model_validate_json(content.removeprefix(b"\xef\xbb\xbf"))
        return Checkpoint(**{**dict(parsed), "taken_at": parsed.taken_at.astimezone(UTC)})
    except ValidationError as error:
        fault = error.errors()[0]
        place = ".".join(str(part) for part in fault["loc"])
        words = setting_message(fault)
        raise ValueError(f"{place}: {words}" if place else words) from error
    except OverflowError as error:
        raise ValueError("taken_at: it is before or after all years that there are") from error


def take_checkpoint(connection: Connection, *, location: str | None) -> tuple[int, Checkpoint]:
    """Stores a checkpoint of the current end of the trail. Returns its id and the checkpoint."""
    keys: SigningKeys = connection.get_execution_options().get("audit_keys", SigningKeys())
    position, last = end_of_trail(connection)
    now: datetime = connection.execute(select(func.clock_timestamp())).scalar_one()
    unsigned = Checkpoint(position, last, now, keys.current, None)
    signature = unsigned.signed_by(keys) if keys.current else None
    made = Checkpoint(position, last, now, keys.current, signature)
    row = insert(AuditCheckpoint).values(**asdict(made), location=location).returning(AuditCheckpoint.id)
    return connection.execute(row).scalar_one(), made
