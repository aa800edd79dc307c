"""Search: one entry for each record that words can find, and how the words typed become a query."""

import re
from typing import Any

from sqlalchemy import (
    CheckConstraint,
    ColumnElement,
    Computed,
    ForeignKeyConstraint,
    Index,
    Text,
    cast,
    func,
    literal_column,
    select,
)
from sqlalchemy.dialects.postgresql import ARRAY, TSQUERY, TSVECTOR
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.orm import Mapped, mapped_column

from app.core.errors import ProblemError
from app.models.base import Base, one_of
from app.vocabulary import Marking, RecordKind

ENGLISH: ColumnElement[Any] = literal_column("'english'::regconfig")
_IDLE_MINUS = re.compile(r'-(?![\w"])')
"""A minus sign that negates nothing. A row of them is more than PostgreSQL's own reading of a query can stand."""
_JOINT = re.compile(r"[/<>]|(?<=\S)-")
"""A slash, the brackets of a tag, and a hyphen inside a word."""
JOINTS = "-/<>"
"""What makes one word of two, or hides words as a tag does, in PostgreSQL's reading of a text."""
_PARTED = f"'{JOINTS}'::text, '{' ' * len(JOINTS)}'::text"
_WEIGHED = " || ".join(
    f"setweight(to_tsvector('english'::regconfig, translate({text}, {_PARTED})), '{weight}'::\"char\")"
    for text, weight in (("title", "A"), ("body", "B"), ("(context || ' '::text) || record_id", "D"))
)


class SearchEntry(Base):
    """What is searched and shown of a record. Hyphens and slashes part words: `SC/LAO` is found by each half."""

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


def as_query(words: str) -> ColumnElement[Any]:
    """The query that typed words make: "phrases", `or` and -not are understood, all other signs only part words."""
    return func.websearch_to_tsquery(ENGLISH, _IDLE_MINUS.sub(" ", words), type_=TSQUERY)


def parted(words: str) -> str:
    """Typed words without the signs that entries are searched without."""
    return _JOINT.sub(" ", words)


async def check_words(connection: AsyncConnection, words: str) -> str:
    """The text of the query that a `q` makes; refused where there is nothing in it to look for."""
    query: str = (await connection.execute(select(cast(as_query(words), Text)))).scalar_one()
    if not query:
        raise ProblemError("empty-search", "q: there is no word to look for, only stop words or signs.")
    return query
