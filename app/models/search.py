"""Full-text search: one entry per record, words for suggestions, and the parser of search queries."""

from typing import Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ColumnElement,
    Computed,
    ForeignKeyConstraint,
    Identity,
    Index,
    Text,
    literal_column,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, TSVECTOR
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, VisibleMixin, one_of
from app.vocabulary import Marking, RecordKind

ENGLISH: ColumnElement[Any] = literal_column("'english'::regconfig")
UNSTEMMED: ColumnElement[Any] = literal_column("'public.unstemmed'::regconfig")
"""Text search configuration without stemming, and without English stop words."""
_WEIGHED = " || ".join(
    f"setweight(to_tsvector('english'::regconfig, search_text({text})), '{weight}'::\"char\")"
    for text, weight in (("title", "A"), ("body", "B"), ("(context || ' '::text) || record_id", "D"))
)
_EXACT = (
    "to_tsvector('unstemmed'::regconfig, search_text((((((title || ' '::text) || body) || ' '::text) || context) "
    "|| ' '::text) || record_id))"
)
_NAMES = (
    "CASE WHEN kind IN ('person', 'organization', 'reform') THEN string_to_array(fold_name(title || "
    "CASE WHEN kind = 'reform' OR body = '' THEN '' ELSE '; ' || body END), '; ') ELSE '{}'::text[] END"
)


class SearchEntry(VisibleMixin, Base):
    """Search entry of a record, with folded text. Punctuation separates words: `SC/LAO` is found by each half."""

    __tablename__ = "search_entries"
    __table_args__ = (
        one_of("kind", RecordKind),
        one_of("marking", Marking),
        CheckConstraint("readers IN ('U', 'SBU', 'all')", name="readers_is_a_word"),
        ForeignKeyConstraint(
            ["record_id", "publication"],
            ["recommendations.id", "recommendations.publication"],
            onupdate="CASCADE",
            ondelete="CASCADE",
        ),
        CheckConstraint("(kind = 'recommendation') = (publication IS NOT NULL)", name="recommendation_has_its_state"),
        Index(None, "search", postgresql_using="gin"),
        Index("ix_search_entries_at_u", "search", postgresql_using="gin", postgresql_where=text("visible_from = 'u'")),
        Index(None, "names", postgresql_using="gin"),
    )

    record_id: Mapped[str] = mapped_column(primary_key=True)
    """Id of the record; for a paragraph, the cable's id, a hyphen and the label."""
    kind: Mapped[str] = mapped_column(primary_key=True)
    readers: Mapped[str] = mapped_column(primary_key=True, server_default=Marking.SBU.value)
    """Clearance of the readers of this entry: `all`, or one entry for each if their texts differ."""
    url: Mapped[str]
    marking: Mapped[str | None]
    """Marking of the text; null for records without a marking."""
    publication: Mapped[str | None]
    """Editing state of the recommendation, kept equal by a foreign key; null for other kinds."""
    targets: Mapped[list[str]] = mapped_column(ARRAY(Text))
    topics: Mapped[list[str]] = mapped_column(ARRAY(Text))
    """Targets and topics are those of the recommendation; empty for other kinds."""
    cite_as: Mapped[str | None]
    title: Mapped[str]
    body: Mapped[str]
    """Text with split words rejoined, and certain readings of misprints in brackets after the printed word."""
    context: Mapped[str]
    """Names of its parent record, and all names of the people and organizations involved."""
    search: Mapped[Any] = mapped_column(TSVECTOR, Computed(_WEIGHED, persisted=True))
    exact: Mapped[Any] = mapped_column(TSVECTOR, Computed(_EXACT, persisted=True))
    """Unstemmed words."""
    names: Mapped[list[str]] = mapped_column(ARRAY(Text), Computed(_NAMES, persisted=True))
    """Folded names of a person, organization or reform."""


class SearchWord(Base):
    """Word of search entries, for spelling suggestions. `deletes` are its forms with some letters removed."""

    __tablename__ = "search_words"
    __table_args__ = (Index(None, "deletes", postgresql_using="gin"),)

    word: Mapped[str] = mapped_column(Text(collation="C"), primary_key=True)
    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    """Part of the key, so that concurrent transactions do not wait for each other; a word may occur twice."""
    deletes: Mapped[list[str]] = mapped_column(ARRAY(Text), Computed("word_deletes(word)", persisted=True))
