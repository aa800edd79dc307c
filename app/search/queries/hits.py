"""Selects over search entries: ranked hits of a query, and facet counts."""

import json
import re
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
    select,
    union_all,
)
from sqlalchemy.dialects.postgresql import ARRAY, TSQUERY
from sqlalchemy.ext.asyncio import AsyncConnection

from app.core.db import as_text, json_list, json_object
from app.core.pagination import Listing, PageSlice, fetch_slice
from app.models import SearchEntry
from app.models.expressions.search import ParsedQuery, is_searchable, parse_query
from app.models.search import ENGLISH
from app.search import schemas
from app.search.formats import snippet, words_of
from app.search.queries.suggestions import suggest
from app.search.schemas import Match

RANKED_MOST = 1_000
COUNTED_MOST = 10_000
"""Limits of ranking and counting: a common word has so many hits that these would dominate the cost."""
NAMED_MOST = 100
"""Limit of the records with the searched name, which come before all others."""
FEW = 5
"""Limit of hits below which the words without a hit are checked for misspellings."""
BY_LENGTH: ColumnElement[int] = literal_column("1 | 16 | 32")
"""Normalization of `ts_rank_cd`: a word weighs more in a short text, and in one of few different words. Ranks stay
below 1."""
_EXCLUDED = re.compile(r"!\( [^()]* \)|!'[^']*'")
_LEXEME = re.compile(r"'([^']*)'")


class SearchRequest(NamedTuple):
    """Query in its parts: `found_by` finds records, `exact` has the words as written, `name` is case-folded.

    `words` are the single lexemes if a record may match only some of them; otherwise it is empty.
    """

    found_by: str
    exact: str
    name: str
    match: Match
    words: list[str]


class SearchResult(NamedTuple):
    """Page of hits; `match`, `facets` and `did_you_mean` are JSON texts."""

    page: PageSlice
    match: str
    facets: str
    did_you_mean: str


CONDITIONS: dict[str, Callable[[Any], ColumnElement[bool]]] = {
    "kind": SearchEntry.kind.in_,
    "target": SearchEntry.targets.overlap,
    "topic": SearchEntry.topics.overlap,
}
"""Condition of each filter of the query."""


async def find_hits(connection: AsyncConnection, query: schemas.SearchQuery, *, prefix: str) -> SearchResult:
    """Finds records that contain all the words. If the whole register has none, finds records that contain some.

    `prefix` is the root path of the service, put before each URL.
    """
    said = await parse_query(connection, query.q)
    lexemes = list(dict.fromkeys(_LEXEME.findall(_EXCLUDED.sub("", said.stems))))
    asked, page = await _find_best(connection, query, said=said, lexemes=lexemes)
    hits = [json.loads(item) for item in page.items]
    facets, marked = await _count_and_mark(connection, query, asked=asked, lexemes=lexemes, hits=hits)
    for hit in hits:
        hit["snippet"] = snippet(hit["snippet"], hit["title"], marked=marked)
        hit["url"] = f"{prefix}{hit['url']}"
    few = json.loads(facets)["hits"] < FEW or asked.match is Match.ANY
    meant = await suggest(connection, query.q) if few and not query.cursor else None
    return SearchResult(
        PageSlice(tuple(json.dumps(hit) for hit in hits), page.next_cursor, page.total),
        match=json.dumps(asked.match),
        facets=facets,
        did_you_mean=json.dumps(meant),
    )


async def _find_best(
    connection: AsyncConnection, query: schemas.SearchQuery, *, said: ParsedQuery, lexemes: list[str]
) -> tuple[SearchRequest, PageSlice]:
    """Returns the page of records with all words, or else with some, and the query that found it."""
    asked = SearchRequest(said.stems, said.exact, said.name, Match.ALL, [])
    page = await _find_page(connection, query, asked=asked)
    combined = "|" in said.stems or "!" in said.stems
    if page.items or combined or " & " not in said.stems:
        return asked, page
    if await connection.scalar(select(_visible([SearchEntry.record_id], asked).exists())):
        return asked, page
    asked = asked._replace(found_by=said.stems.replace(" & ", " | "), match=Match.ANY, words=lexemes)
    return asked, await _find_page(connection, query, asked=asked)


async def _count_and_mark(
    connection: AsyncConnection,
    query: schemas.SearchQuery,
    *,
    asked: SearchRequest,
    lexemes: list[str],
    hits: list[Any],
) -> tuple[str, set[str]]:
    """Returns the facets as JSON, and the words in the shown texts that matched."""
    counted = _entries([SearchEntry.kind, SearchEntry.targets, SearchEntry.topics], asked, query).limit(COUNTED_MOST)
    texts = (text for hit in hits for text in (hit["snippet"], hit["title"]))
    word: ColumnElement[str] = func.unnest(literal(words_of(texts, like=lexemes), ARRAY(Text))).column_valued("word")
    vector = func.to_tsvector(ENGLISH, func.public.search_text(word))
    any_lexeme = cast(literal(" | ".join(f"'{lexeme}'" for lexeme in lexemes)), TSQUERY)
    marked = func.array(select(word).where(vector.op("@@")(any_lexeme)).scalar_subquery(), type_=ARRAY(Text))
    row = (await connection.execute(select(as_text(_facets(counted.cte("hits"))), marked))).one()
    return str(row[0]), set(row[1])


async def _find_page(connection: AsyncConnection, query: schemas.SearchQuery, *, asked: SearchRequest) -> PageSlice:
    named = SearchEntry.names.contains([asked.name])
    first = _entries(_ranked(asked, named=True), asked, query).where(named).limit(NAMED_MOST)
    others = _entries(_ranked(asked, named=False), asked, query).where(~named).limit(RANKED_MOST)
    both = union_all(first.subquery().select(), others.subquery().select())
    ranked = both.limit(RANKED_MOST).subquery("ranked")
    rows = select(as_text(_hit(ranked))).select_from(ranked)
    best_first = [ranked.c.rank.desc(), ranked.c.kind, ranked.c.record_id]
    return await fetch_slice(connection, Listing(rows, best_first), query=query)


def _visible(columns: list[Any], asked: SearchRequest) -> Select[Any]:
    """Returns the entries that the query finds and the reader may see."""
    found_by = cast(literal(asked.found_by), TSQUERY)
    return select(*columns).where(SearchEntry.search.op("@@")(found_by), is_searchable())


def _entries(columns: list[Any], asked: SearchRequest, query: schemas.SearchQuery) -> Select[Any]:
    filters = {name: getattr(query, name) for name in CONDITIONS}
    conditions = [CONDITIONS[name](words) for name, words in filters.items() if words]
    return _visible(columns, asked).where(*conditions)


def _ranked(asked: SearchRequest, *, named: bool) -> list[Any]:
    """Returns the columns of a hit with its rank.

    The rank is `ts_rank_cd`, plus the number of words matched if some may be missing. Otherwise words as written rank
    above other forms of them. A record of that name ranks above all.
    """
    rank: ColumnElement[Any] = cast(
        func.ts_rank_cd(SearchEntry.search, cast(literal(asked.found_by), TSQUERY), BY_LENGTH), Numeric
    )
    if asked.words:
        word: ColumnElement[str] = func.unnest(func.tsvector_to_array(SearchEntry.search)).column_valued("word")
        held = select(func.count()).where(word == any_(literal(asked.words, ARRAY(Text))))
        rank = rank + held.scalar_subquery()
    else:
        exact = SearchEntry.exact.op("@@")(cast(literal(asked.exact), TSQUERY))
        rank = rank + case((exact, literal_column("1")), else_=literal_column("0"))
    if named:
        rank = rank + literal_column("2")
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
        # Rounded, so that the value in a cursor equals the stored one.
        cast(func.round(rank, 9), Double).label("rank"),
    ]


def _hit(ranked: FromClause) -> ColumnElement[Any]:
    """Returns the JSON of a hit, with the whole text in the place of the snippet."""
    shown = func.coalesce(func.nullif(ranked.c.body, ""), ranked.c.title)
    return json_object(
        schemas.HitOut,
        kind=ranked.c.kind,
        id=ranked.c.record_id,
        title=ranked.c.title,
        snippet=func.concat_ws(" | ", shown, func.nullif(ranked.c.context, "")),
        url=ranked.c.url,
        marking=ranked.c.marking,
        cite_as=ranked.c.cite_as,
        rank=ranked.c.rank,
    )


def _facets(hits: FromClause) -> ColumnElement[Any]:
    def counted(words: ColumnElement[Any]) -> ColumnElement[Any]:
        cells = select(words.label("word"), func.count().label("times")).select_from(hits).group_by("word").subquery()
        facet = json_object(schemas.FacetOut, value=cells.c.word, count=cells.c.times)
        return json_list(select(facet), of=None, order_by=(cells.c.times.desc(), cells.c.word))

    return json_object(
        schemas.FacetsOut,
        hits=select(func.count()).select_from(hits).scalar_subquery(),
        kind=counted(hits.c.kind),
        target=counted(func.unnest(hits.c.targets)),
        topic=counted(func.unnest(hits.c.topics)),
    )
