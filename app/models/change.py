"""Changes: which records changed, in the order in which that was committed; and the register they are of."""

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, Identity, Index, LargeBinary, UniqueConstraint, func, text
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, one_of
from app.vocabulary import Collection

RANDOM_BYTES = "sha256(convert_to(gen_random_uuid()::text || gen_random_uuid()::text, 'UTF8'))"
"""Of 244 random bits."""


class Change(Base):
    """A record changed. Triggers on every table that a record is made of enter it, whoever writes.

    `position` is given at the commit, one transaction at a time: who has read up to a position has missed nothing. A
    record has one position, the last.
    """

    __tablename__ = "changes"
    __table_args__ = (
        one_of("collection", Collection),
        CheckConstraint("num_nonnulls(transaction, position) = 1", name="under_way_or_placed"),
        # One entry for a record in a transaction, however many of its rows it touches.
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
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    collection: Mapped[str]
    record_id: Mapped[str]
    transaction: Mapped[str | None] = mapped_column(server_default=text("pg_current_xact_id()::text"))
    """Only until it is committed: the numbers of transactions begin again on another server."""
    position: Mapped[int | None] = mapped_column(BigInteger)
    changed_at: Mapped[datetime] = mapped_column(server_default=func.now())
    read_at_u: Mapped[bool | None]
    """Whether a reader of U saw the record when this was committed."""
    position_at_u: Mapped[int | None] = mapped_column(BigInteger)
    """The position for readers of U; null where they are not told: they saw the record neither then nor just before."""


class Register(Base):
    """The one row that tells this register from every other: positions of one mean nothing in another."""

    __tablename__ = "register"
    __table_args__ = (CheckConstraint("sole", name="sole_row"),)

    sole: Mapped[bool] = mapped_column(primary_key=True, server_default="true")
    id: Mapped[str] = mapped_column(server_default=text("gen_random_uuid()::text"))


class CursorKey(Base):
    """The one row with the key that authenticates cursors. It comes with the database, and no reader sees it."""

    __tablename__ = "cursor_keys"
    __table_args__ = (
        CheckConstraint("sole", name="sole_row"),
        CheckConstraint("octet_length(secret) = 32", name="secret_has_its_length"),
    )

    sole: Mapped[bool] = mapped_column(primary_key=True, server_default="true")
    secret: Mapped[bytes] = mapped_column(LargeBinary, server_default=text(RANDOM_BYTES))
