"""Checkpoints: where the trail ended at a time, signed, to be kept where who changes the database cannot reach."""

import json
from dataclasses import asdict, dataclass
from datetime import datetime
from hmac import compare_digest
from typing import Any

from sqlalchemy import Connection, func, insert, select

from app.audit.chain import Keys, canonical, spelled
from app.audit.trail import end_of_trail
from app.models import AuditCheckpoint


@dataclass(frozen=True)
class Checkpoint:
    """What a checkpoint says: after this position, the trail ended with this hash."""

    position: int
    hash: str
    taken_at: datetime
    key_id: str | None
    signature: str | None

    def signed_by(self, keys: Keys) -> str | None:
        """What its signature has to be."""
        told = {"position": self.position, "hash": self.hash, "taken_at": spelled(self.taken_at)}
        return keys.seal(canonical({"checkpoint": told, "key_id": self.key_id}), by=self.key_id)

    def fault(self, keys: Keys) -> str | None:
        """What is wrong with the checkpoint itself; one without a key is as good as the place it is from."""
        if self.key_id is None:
            return None
        expected = self.signed_by(keys)
        if expected is None:
            return f"it is signed with the key {self.key_id}, which ROUNDTABLE_AUDIT_KEY does not have"
        return None if compare_digest(expected, self.signature or "") else "its signature does not hold"

    def as_json(self) -> str:
        return json.dumps({**asdict(self), "taken_at": spelled(self.taken_at)}, indent=1) + "\n"


def checkpoint_of(text: str) -> Checkpoint:
    """A checkpoint that was kept, as `audit checkpoint` or the service wrote it; ValueError where it is none."""
    told: dict[str, Any] = json.loads(text)
    try:
        return Checkpoint(
            position=int(told["position"]),
            hash=str(told["hash"]),
            taken_at=datetime.fromisoformat(told["taken_at"]),
            key_id=told["key_id"],
            signature=told["signature"],
        )
    except (KeyError, TypeError) as error:
        raise ValueError(f"it has no {error}") from error


def take_checkpoint(connection: Connection, *, kept_at: str | None) -> tuple[int, Checkpoint]:
    """Notes where the trail ends now; the id of the checkpoint, and what it says."""
    keys: Keys = connection.get_execution_options().get("audit_keys", Keys())
    position, last = end_of_trail(connection)
    now: datetime = connection.execute(select(func.clock_timestamp())).scalar_one()
    unsigned = Checkpoint(position, last, now, keys.current, None)
    signature = unsigned.signed_by(keys) if keys.current else None
    made = Checkpoint(position, last, now, keys.current, signature)
    row = insert(AuditCheckpoint).values(**asdict(made), kept_at=kept_at).returning(AuditCheckpoint.id)
    return connection.execute(row).scalar_one(), made
