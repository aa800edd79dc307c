"""Audit trail: operations in a hash chain, usage counters, and checkpoints."""

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, Identity, Index, UniqueConstraint, func
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, matches, one_of
from app.vocabulary import AuditOutcome

DIGEST = "^[0-9a-f]{64}$"


class AuditEntry(Base):
    """Audit entry of one operation. A trigger rejects every change and deletion.

    `position` has no gaps. `hash` covers all other columns, among them `previous`, the hash of the entry before.
    """

    __tablename__ = "audit_entries"
    __table_args__ = (
        one_of("outcome", AuditOutcome),
        matches("hash", DIGEST, name="hash_is_a_digest"),
        matches("previous", DIGEST, name="previous_is_a_digest"),
        CheckConstraint("position > 0", name="position_is_counted"),
        CheckConstraint("(outcome = 'refused') = (code IS NOT NULL)", name="refused_for_a_reason"),
        # Two entries with the same predecessor would be a fork of the chain.
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
    """Normalized name of the caller's person; null in entries that are older than this column."""
    operation: Mapped[str]
    record: Mapped[str | None]
    outcome: Mapped[str]
    code: Mapped[str | None]
    """Problem code of a refusal."""
    request_id: Mapped[str]
    detail: Mapped[str]
    """JSON, stored as the text that was hashed."""
    key_id: Mapped[str | None]
    """Id of the signing key; null without one."""
    previous: Mapped[str]
    hash: Mapped[str]


class ReadCount(Base):
    """Usage counter of one operation by one caller in one hour."""

    __tablename__ = "read_counts"
    __table_args__ = (CheckConstraint("count > 0", name="counts_something"), Index(None, "caller", "hour"))

    hour: Mapped[datetime] = mapped_column(primary_key=True)
    """Start of the hour."""
    caller: Mapped[str] = mapped_column(primary_key=True)
    operation: Mapped[str] = mapped_column(primary_key=True)
    count: Mapped[int] = mapped_column(BigInteger)


class AuditCheckpoint(Base):
    """Checkpoint: the end of the trail at a time. A copy outside the database reveals later tampering."""

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
    location: Mapped[str | None]
    """Location of a copy, in words."""
    version: Mapped[int] = mapped_column(server_default="1")
    updated_at: Mapped[datetime] = mapped_column(server_default=func.now())
