"""The audit trail: who did what, when, each entry sealed with the one before it; and what was noted of its end."""

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, Identity, Index, UniqueConstraint, func
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, matches, one_of
from app.vocabulary import AuditOutcome

DIGEST = "^[0-9a-f]{64}$"


class AuditEntry(Base):
    """One operation. The database refuses to change or remove an entry, whoever asks.

    `position` has no gaps. `hash` is made of everything else here, `previous` among it, which is the hash before.
    """

    __tablename__ = "audit_entries"
    __table_args__ = (
        one_of("outcome", AuditOutcome),
        matches("hash", DIGEST, name="hash_is_a_digest"),
        matches("previous", DIGEST, name="previous_is_a_digest"),
        CheckConstraint("position > 0", name="position_is_counted"),
        CheckConstraint("(outcome = 'refused') = (code IS NOT NULL)", name="refused_for_a_reason"),
        # Two entries after the same one would be a fork.
        UniqueConstraint("previous"),
        Index(None, "caller", "position"),
        Index(None, "operation", "position"),
        Index(None, "person", "position"),
        Index(None, "record", "position"),
    )

    position: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    recorded_at: Mapped[datetime]
    caller: Mapped[str]
    caller_name: Mapped[str]
    person: Mapped[str | None]
    """The person behind the caller, as a folded name; null in entries from before persons were entered."""
    operation: Mapped[str]
    record: Mapped[str | None]
    outcome: Mapped[str]
    code: Mapped[str | None]
    """Of a refusal, the problem's code."""
    request_id: Mapped[str]
    detail: Mapped[str]
    """JSON, kept as the text that was hashed."""
    key_id: Mapped[str | None]
    """Which key sealed it; null where none was set."""
    previous: Mapped[str]
    hash: Mapped[str]


class ReadCount(Base):
    """How often somebody asked something in an hour."""

    __tablename__ = "read_counts"
    __table_args__ = (CheckConstraint("count > 0", name="counts_something"), Index(None, "caller", "hour"))

    hour: Mapped[datetime] = mapped_column(primary_key=True)
    """When it began."""
    caller: Mapped[str] = mapped_column(primary_key=True)
    operation: Mapped[str] = mapped_column(primary_key=True)
    count: Mapped[int] = mapped_column(BigInteger)


class AuditCheckpoint(Base):
    """Where the trail ended at a time. Kept elsewhere, it shows what was done to the trail since."""

    __tablename__ = "audit_checkpoints"
    __table_args__ = (
        matches("hash", DIGEST, name="hash_is_a_digest"),
        CheckConstraint("position >= 0", name="position_is_counted"),
        CheckConstraint("(key_id IS NULL) = (signature IS NULL)", name="signed_with_a_key"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    position: Mapped[int] = mapped_column(BigInteger)
    hash: Mapped[str]
    taken_at: Mapped[datetime]
    key_id: Mapped[str | None]
    signature: Mapped[str | None]
    kept_at: Mapped[str | None]
    """Where a copy of it is kept, as people say it."""
    version: Mapped[int] = mapped_column(server_default="1")
    updated_at: Mapped[datetime] = mapped_column(server_default=func.now())
