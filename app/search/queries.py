"""Selects over search entries: what the words find, best first, and how many hits bear each word that filters."""

import json
from collections.abc import Callable
from typing import Any, NamedTuple

from sqlalchemy import (
    ColumnElement,
    Double,
    FromClause,
    Numeric,
    Select,
    Text,
    any_,
    case,
    cast,
    func,
    literal,
    literal_column,
    or_,
    select,
)
from sqlalchemy.dialects.postgresql import ARRAY, TSQUERY
from sqlalchemy.ext.asyncio import AsyncConnection

from app.access.queries import published
from app.core.db import as_text, json_list, json_object
from app.core.paging import Listing, Slice, fetch_slice
from app.models import SearchEntry
from app.models.search import ENGLISH, JOINTS, as_query, check_words, parted
from app.search import schemas
from app.search.schemas import Match

RANKED_MOST = 1_000
COUNTED_MOST = 10_000
"""Ranking or counting all hits of a common word would cost more than all else together."""
BY_LENGTH: ColumnElement[int] = literal_column("1 | 16 | 32")
"""A word counts for more in a short text, and in one of few different words; ranks stay below 1."""
SNIPPET: ColumnElement[str] = literal_column(
    "'StartSel=<mark>, StopSel=</mark>, MaxFragments=2, MinWords=8, MaxWords=28, FragmentDelimiter=\" ... \"'"
)
STAND_INS = "\ue000\ue001\ue002\ue003"
"""Private characters that stand in for the joints while a text is read, so that they part words and are kept."""


class Asked(NamedTuple):
    """What is looked for: `query` finds records, `any_word` the words to mark in one that holds them here and there.

    `words` are the single words, where a record need hold only some of them.
    """

    query: ColumnElement[Any]
    any_word: ColumnElement[Any]
    match: Match
    words: list[str]


class Found(NamedTuple):
    """A page of hits; `match` and `facets` are JSON texts."""

    page: Slice
    match: str
    facets: str


CONDITIONS: dict[str, Callable[[Any], ColumnElement[bool]]] = {
    "kind": SearchEntry.kind.in_,
    "target": SearchEntry.targets.overlap,
    "topic": SearchEntry.topics.overlap,
}
"""One condition for each filter of the query."""


async def find_hits(connection: AsyncConnection, query: schemas.SearchQuery) -> Found:
    """Records that hold all the words; where there is none in the whole register, those that hold some."""
    words = parted(query.q)
    said = await check_words(connection, words)
    combined = "|" in said or "!" in said
    any_word = as_query(words) if combined else cast(literal(said.replace(" & ", " | ")), TSQUERY)
    asked = Asked(as_query(words), any_word, Match.ALL, [])
    page = await _find_page(connection, query, asked=asked)
    if not page.items and not combined and " & " in said:
        singly = await _single_words(connection, words, asked=asked)
        if singly:
            asked = Asked(any_word, any_word, Match.ANY, singly)
            page = await _find_page(connection, query, asked=asked)
    hits = _entries([SearchEntry.kind, SearchEntry.targets, SearchEntry.topics], asked, query).limit(COUNTED_MOST)
    facets = await connection.scalar(select(as_text(_facets(hits.cte("hits")))))
    return Found(page, match=json.dumps(asked.match), facets=str(facets))


async def _find_page(connection: AsyncConnection, query: schemas.SearchQuery, *, asked: Asked) -> Slice:
    ranked = _entries(_ranked(asked), asked, query).limit(RANKED_MOST).subquery("ranked")
    rows = select(as_text(_hit(ranked, asked))).select_from(ranked)
    best_first = [ranked.c.rank.desc(), ranked.c.kind, ranked.c.record_id]
    return await fetch_slice(connection, Listing(rows, best_first), query=query)


async def _single_words(connection: AsyncConnection, words: str, *, asked: Asked) -> list[str]:
    """The words one by one; none where some record, whatever the filters, holds them all."""
    holding_all = _visible([SearchEntry.record_id], asked).exists()
    lexemes = func.tsvector_to_array(func.to_tsvector(ENGLISH, words), type_=ARRAY(Text))
    singly = await connection.scalar(select(case((holding_all, literal_column("NULL")), else_=lexemes)))
    return list(singly or [])


def _visible(columns: list[Any], asked: Asked) -> Select[Any]:
    """The entries that the query finds and a reader may see."""
    a_reader_may_see = or_(SearchEntry.publication.is_(None), published(SearchEntry))
    return select(*columns).where(SearchEntry.search.op("@@")(asked.query), a_reader_may_see)


def _entries(columns: list[Any], asked: Asked, query: schemas.SearchQuery) -> Select[Any]:
    given = {name: getattr(query, name) for name in CONDITIONS}
    conditions = [CONDITIONS[name](words) for name, words in given.items() if words]
    return _visible(columns, asked).where(*conditions)


def _ranked(asked: Asked) -> list[Any]:
    """What is shown of an entry, with its rank: how close and how weighty the words are, after how many it holds."""
    rank: ColumnElement[Any] = cast(func.ts_rank_cd(SearchEntry.search, asked.query, BY_LENGTH), Numeric)
    if asked.words:
        word: ColumnElement[str] = func.unnest(func.tsvector_to_array(SearchEntry.search)).column_valued("word")
        held = select(func.count()).where(word == any_(literal(asked.words, ARRAY(Text))))
        rank = rank + held.scalar_subquery()
    entry = SearchEntry
    return [
        entry.kind,
        entry.record_id,
        entry.url,
        entry.marking,
        entry.cite_as,
        entry.title,
        entry.body,
        entry.context,
        # Rounded, so that a cursor brings back the very number.
        cast(func.round(rank, 9), Double).label("rank"),
    ]


def _hit(ranked: FromClause, asked: Asked) -> ColumnElement[Any]:
    return json_object(
        schemas.HitOut,
        kind=ranked.c.kind,
        id=ranked.c.record_id,
        title=ranked.c.title,
        snippet=_snippet(ranked, asked),
        url=ranked.c.url,
        marking=ranked.c.marking,
        cite_as=ranked.c.cite_as,
        rank=ranked.c.rank,
    )


def _snippet(ranked: FromClause, asked: Asked) -> ColumnElement[Any]:
    """The words around the hits, out of the text where they are in the text, else out of the title."""
    shown = func.coalesce(func.nullif(ranked.c.body, ""), ranked.c.title)
    text = _parted(func.concat_ws(" | ", shown, func.nullif(ranked.c.context, "")))
    vector = func.to_tsvector(ENGLISH, text)
    return case(
        (vector.op("@@")(asked.query), _marked(text, asked.query)),
        (vector.op("@@")(asked.any_word), _marked(text, asked.any_word)),
        else_=_marked(_parted(ranked.c.title), asked.any_word),
    )


def _parted(text: ColumnElement[Any]) -> ColumnElement[Any]:
    return func.translate(text, JOINTS, STAND_INS)


def _marked(text: ColumnElement[Any], query: ColumnElement[Any]) -> ColumnElement[Any]:
    """A parted text with its joints back; the brackets come back escaped, so that only the marks are tags."""
    marked: ColumnElement[Any] = func.ts_headline(ENGLISH, text, query, SNIPPET)
    shown = ("-", "/", "&lt;", "&gt;")
    for sign, written in (("&", "&amp;"), *zip(STAND_INS, shown, strict=True)):
        marked = func.replace(marked, sign, written)
    return marked


def _facets(hits: FromClause) -> ColumnElement[Any]:
    def counted(words: ColumnElement[Any]) -> ColumnElement[Any]:
        cells = select(words.label("word"), func.count().label("times")).select_from(hits).group_by("word").subquery()
        facet = json_object(schemas.FacetOut, word=cells.c.word, count=cells.c.times)
        return json_list(select(facet), of=None, order_by=(cells.c.times.desc(), cells.c.word))

    return json_object(
        schemas.FacetsOut,
        hits=select(func.count()).select_from(hits).scalar_subquery(),
        kind=counted(hits.c.kind),
        target=counted(func.unnest(hits.c.targets)),
        topic=counted(func.unnest(hits.c.topics)),
    )
