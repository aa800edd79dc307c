"""Editing: the source content of records, the edits made through the service, and drafts."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, Identity, Index, Text, func, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, guarded_authors, matches, one_of
from app.vocabulary import Editable, Publication

IS_OPEN = "publication IN ('draft', 'in_review', 'returned')"


class RecordContent(Base):
    """Source content of a record, in the format of its curated entry. Loads and publishing write it."""

    __tablename__ = "entries"
    __table_args__ = (matches("collection", "^[a-z]+$", name="collection_is_a_name"),)

    collection: Mapped[str] = mapped_column(primary_key=True)
    record_id: Mapped[str] = mapped_column(primary_key=True)
    content: Mapped[dict[str, Any]] = mapped_column(JSONB)


class RecordEdit(Base):
    """Edits of a record through the service, by field. Loads keep them."""

    __tablename__ = "edits"
    __table_args__ = (one_of("collection", Editable),)

    collection: Mapped[str] = mapped_column(primary_key=True)
    record_id: Mapped[str] = mapped_column(primary_key=True)
    made: Mapped[bool]
    """True if the record was created through the service; `fields` is then its whole content."""
    fields: Mapped[dict[str, Any]] = mapped_column(JSONB)
    """Published values by field."""
    base: Mapped[dict[str, Any]] = mapped_column(JSONB)
    """Values in the curated files at the time of the edit."""
    curated: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default=text("'{}'"))
    """Values in the curated files at the last load, if they differ from `base`."""


class Draft(Base):
    """Draft of a new record or of a change, until it is published or withdrawn."""

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
    """True for a new record."""
    withdraws: Mapped[bool]
    """True if publishing the draft withdraws the record."""
    publication: Mapped[str]
    content: Mapped[dict[str, Any]] = mapped_column(JSONB)
    """Content of the whole record after the change, in the format of its curated entry."""
    opened_on: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    """Published content when the draft was opened; null for a new record."""
    version: Mapped[int] = mapped_column(server_default="1")
    author: Mapped[str]
    author_name: Mapped[str]
    authors: Mapped[list[str]] = mapped_column(ARRAY(Text))
    """Caller ids of all authors; none of them may review the draft."""
    persons: Mapped[list[str]] = mapped_column(ARRAY(Text))
    """Normalized names of the authors' persons."""
    note: Mapped[str | None]
    """Reviewer's reason for returning the draft."""
    reviewer: Mapped[str | None]
    reviewer_person: Mapped[str | None]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    updated_at: Mapped[datetime] = mapped_column(server_default=func.now())
    submitted_at: Mapped[datetime | None]
    reviewed_at: Mapped[datetime | None]
