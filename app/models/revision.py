"""Editing: what each record is made of, what people changed of it, and the revisions on the way there."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, Identity, Index, Text, func, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, guarded_authors, matches, one_of
from app.vocabulary import Editable, Publication

IS_OPEN = "publication IN ('draft', 'in_review', 'returned')"


class Entry(Base):
    """What a record was made of, in the shape of its curated entry. Loads and publishing write it."""

    __tablename__ = "entries"
    __table_args__ = (matches("collection", "^[a-z]+$", name="collection_is_a_name"),)

    collection: Mapped[str] = mapped_column(primary_key=True)
    record_id: Mapped[str] = mapped_column(primary_key=True)
    content: Mapped[dict[str, Any]] = mapped_column(JSONB)


class Edit(Base):
    """What people changed of a record through the service, field by field. A load leaves it so."""

    __tablename__ = "edits"
    __table_args__ = (one_of("collection", Editable),)

    collection: Mapped[str] = mapped_column(primary_key=True)
    record_id: Mapped[str] = mapped_column(primary_key=True)
    made: Mapped[bool]
    """Whether the record was made through the service; its fields are then all of it."""
    fields: Mapped[dict[str, Any]] = mapped_column(JSONB)
    """What was published, by field."""
    base: Mapped[dict[str, Any]] = mapped_column(JSONB)
    """What the curated files had there."""
    curated: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default=text("'{}'"))
    """What they had there at the last load, where that is something else."""


class Revision(Base):
    """A new record or a change to one, from its draft to where it was published or withdrawn."""

    __tablename__ = "revisions"
    __table_args__ = (
        one_of("collection", Editable),
        one_of("publication", Publication),
        CheckConstraint("made = (opened_on IS NULL)", name="a_change_is_of_something"),
        CheckConstraint("NOT (made AND withdraws)", name="what_is_new_withdraws_nothing"),
        CheckConstraint("author = ANY (authors)", name="author_is_an_author"),
        CheckConstraint("version > 0", name="version_is_counted"),
        CheckConstraint(
            "publication <> 'published' OR reviewer IS NOT NULL AND reviewer <> ALL (authors)",
            name="published_by_another",
        ),
        *guarded_authors(),
        CheckConstraint("publication <> 'returned' OR note IS NOT NULL", name="returned_with_a_note"),
        Index(
            "uq_revisions_one_open",
            "collection",
            "record_id",
            unique=True,
            postgresql_where=text(IS_OPEN),
        ),
        Index("uq_revisions_made_once", "collection", "record_id", unique=True, postgresql_where=text("made")),
        Index(None, "author", "id"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    collection: Mapped[str]
    record_id: Mapped[str]
    made: Mapped[bool]
    """Whether it is a new record."""
    withdraws: Mapped[bool]
    """Whether publishing it withdraws the record."""
    publication: Mapped[str]
    content: Mapped[dict[str, Any]] = mapped_column(JSONB)
    """The whole record as it would be, in the shape of its curated entry."""
    opened_on: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    """What was published when it was opened; null for a new record."""
    version: Mapped[int] = mapped_column(server_default="1")
    author: Mapped[str]
    author_name: Mapped[str]
    authors: Mapped[list[str]] = mapped_column(ARRAY(Text))
    """Everyone who wrote in it, by the id of the caller, none of whom may review it."""
    persons: Mapped[list[str]] = mapped_column(ARRAY(Text))
    """The persons behind them, as folded names."""
    note: Mapped[str | None]
    """The reviewer's words on returning it."""
    reviewer: Mapped[str | None]
    reviewer_person: Mapped[str | None]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    updated_at: Mapped[datetime] = mapped_column(server_default=func.now())
    submitted_at: Mapped[datetime | None]
    reviewed_at: Mapped[datetime | None]
