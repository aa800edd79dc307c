"""Search: one entry for each record that words can find, the words to suggest, and the query that typed words make."""

from typing import Any, NamedTuple

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ColumnElement,
    Computed,
    ForeignKeyConstraint,
    Identity,
    Index,
    Text,
    cast,
    func,
    literal_column,
    or_,
    select,
)
from sqlalchemy.dialects.postgresql import ARRAY, TSQUERY, TSVECTOR
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.orm import Mapped, mapped_column

from app.core.errors import ProblemError
from app.models.base import Base, one_of
from app.vocabulary import Marking, Publication, RecordKind

ENGLISH: ColumnElement[Any] = literal_column("'english'::regconfig")
UNSTEMMED: ColumnElement[Any] = literal_column("'public.unstemmed'::regconfig")
"""Words as they are written, without the stop words of English."""
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


class SearchEntry(Base):
    """A record's text for the search, with its words, folded. Signs part words: `SC/LAO` is found by each half."""

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
        Index(None, "names", postgresql_using="gin"),
    )

    record_id: Mapped[str] = mapped_column(primary_key=True)
    """The record's id; of a paragraph the cable's, a hyphen and the label."""
    kind: Mapped[str] = mapped_column(primary_key=True)
    readers: Mapped[str] = mapped_column(primary_key=True, server_default=Marking.SBU.value)
    """Readers of which clearance find the record by this entry: `all`, or where its words differ, one for each."""
    url: Mapped[str]
    marking: Mapped[str | None]
    """The marking of the words; null where the record has none of its own."""
    publication: Mapped[str | None]
    """The recommendation's own, which PostgreSQL keeps it to; null for other kinds."""
    targets: Mapped[list[str]] = mapped_column(ARRAY(Text))
    topics: Mapped[list[str]] = mapped_column(ARRAY(Text))
    """Both are those of the recommendation; empty for other kinds."""
    cite_as: Mapped[str | None]
    title: Mapped[str]
    body: Mapped[str]
    """Cut words made whole, sure readings of misprints in brackets behind what is printed."""
    context: Mapped[str]
    """What it belongs to, and who has to do with it under every name they go by."""
    search: Mapped[Any] = mapped_column(TSVECTOR, Computed(_WEIGHED, persisted=True))
    exact: Mapped[Any] = mapped_column(TSVECTOR, Computed(_EXACT, persisted=True))
    """The words as they are written."""
    names: Mapped[list[str]] = mapped_column(ARRAY(Text), Computed(_NAMES, persisted=True))
    """The names of a person, organization or reform, folded."""


class SearchWord(Base):
    """A word of search entries, to suggest where one is misspelled; `deletes` is what is left without some letters."""

    __tablename__ = "search_words"
    __table_args__ = (Index(None, "deletes", postgresql_using="gin"),)

    word: Mapped[str] = mapped_column(Text(collation="C"), primary_key=True)
    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    """Transactions that enter the same word at once do not wait for each other: it is then there twice."""
    deletes: Mapped[list[str]] = mapped_column(ARRAY(Text), Computed("word_deletes(word)", persisted=True))


class ParsedQuery(NamedTuple):
    """A `q` as PostgreSQL reads it: its query by stems, that by words as they are written, and the name it may be."""

    stems: str
    exact: str
    name: str


def as_query(words: Any) -> ColumnElement[Any]:
    """The query that typed words make: "phrases", `or` and -not are understood, all other signs only part words."""
    return func.public.search_query(words, ENGLISH, type_=TSQUERY)


def is_searchable() -> ColumnElement[bool]:
    """The condition that an entry is of something published, or of what has no review."""
    return or_(SearchEntry.publication.is_(None), SearchEntry.publication == Publication.PUBLISHED)


async def parse_query(connection: AsyncConnection, words: str) -> ParsedQuery:
    """The query that a `q` makes; refused where there is no word to look for."""
    exact = func.public.search_query(words, UNSTEMMED, type_=TSQUERY)
    name: ColumnElement[str] = func.public.fold_name(words)
    row = (await connection.execute(select(cast(as_query(words), Text), cast(exact, Text), name))).one()
    if not row[0]:
        raise ProblemError("empty-search", "q: there is no word to look for, only stop words or signs.")
    return ParsedQuery(*row)
