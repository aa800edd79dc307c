"""Change feed: changed records in commit order; the identity of the register; and the cursor key."""

from datetime import datetime

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Identity,
    Index,
    LargeBinary,
    UniqueConstraint,
    column,
    func,
    table,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, one_of
from app.vocabulary import Collection

RANDOM_BYTES = "sha256(convert_to(gen_random_uuid()::text || gen_random_uuid()::text, 'UTF8'))"
"""SQL for 32 bytes with 244 random bits."""


withdrawals = table("withdrawals", column("collection"), column("record_id"))
"""View of the withdrawn records that this reader could read before, defined in `clearance_views`."""


class Change(Base):
    """Change of a record. Triggers on every table of a record write it, for every writer.

    `position` is assigned at commit, one transaction at a time, so a reader up to a position has missed nothing. Each
    record has only its last position.
    """

    __tablename__ = "changes"
    __table_args__ = (
        one_of("collection", Collection),
        CheckConstraint("num_nonnulls(transaction, position) = 1", name="under_way_or_placed"),
        # One entry per record and transaction, for any number of changed rows.
        UniqueConstraint("collection", "record_id", "transaction"),
        UniqueConstraint("position"),
        Index(
            "uq_changes_placed",
            "collection",
            "record_id",
            unique=True,
            postgresql_where=text("position IS NOT NULL"),
        ),
        UniqueConstraint("position_at_u"),
        Index("ix_changes_under_way", "transaction", postgresql_where=text("transaction IS NOT NULL")),
        CheckConstraint("(changed_at_u IS NULL) = (position_at_u IS NULL)", name="time_at_u_has_its_position"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    collection: Mapped[str]
    record_id: Mapped[str]
    transaction: Mapped[str | None] = mapped_column(server_default=text("pg_current_xact_id()::text"))
    """Transaction id, until the commit only: the ids start again on another server."""
    position: Mapped[int | None] = mapped_column(BigInteger)
    changed_at: Mapped[datetime] = mapped_column(server_default=func.now())
    at_u: Mapped[bool] = mapped_column(server_default="false")
    """True if a row changed that readers with clearance U see, as they see it."""
    read_at_u: Mapped[bool | None]
    """True if a reader with clearance U could read the record at commit."""
    position_at_u: Mapped[int | None] = mapped_column(BigInteger)
    """Position for readers with clearance U; null if no change was one for them while they could read the record."""
    changed_at_u: Mapped[datetime | None]
    """Time of the last change for readers with clearance U."""


class Register(Base):
    """Identity of this register, a single row: positions of one register are meaningless in another."""

    __tablename__ = "register"
    __table_args__ = (CheckConstraint("sole", name="sole_row"),)

    sole: Mapped[bool] = mapped_column(primary_key=True, server_default="true")
    id: Mapped[str] = mapped_column(server_default=text("gen_random_uuid()::text"))


class CursorKey(Base):
    """Signing key of cursors, a single row. It is created with the database, and no reader may read it."""

    __tablename__ = "cursor_keys"
    __table_args__ = (
        CheckConstraint("sole", name="sole_row"),
        CheckConstraint("octet_length(secret) = 32", name="secret_has_its_length"),
    )

    sole: Mapped[bool] = mapped_column(primary_key=True, server_default="true")
    secret: Mapped[bytes] = mapped_column(LargeBinary, server_default=text(RANDOM_BYTES))
