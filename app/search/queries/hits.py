"""Selects over search entries: ranked hits of a query, and facet counts."""

import json
import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, NamedTuple

from sqlalchemy import (
    ColumnElement,
    Double,
    FromClause,
    Numeric,
    Select,
    Text,
    bindparam,
    case,
    cast,
    func,
    literal_column,
    select,
    union_all,
)
from sqlalchemy.dialects.postgresql import ARRAY, TSQUERY
from sqlalchemy.ext.asyncio import AsyncConnection

from app.core.db import as_text, json_list, json_object
from app.core.pagination import Listing, PageSlice, fetch_slice
from app.core.statements import Binds, Conditions, any_of, as_array, built_once, filters_of, matching
from app.models import SearchEntry
from app.models.expressions.search import ParsedQuery, parse_query
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


CONDITIONS: Conditions = {
    "kind": any_of(SearchEntry.kind),
    "target": lambda words: SearchEntry.targets.overlap(as_array(words)),
    "topic": lambda words: SearchEntry.topics.overlap(as_array(words)),
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
        replace(page, items=tuple(json.dumps(hit) for hit in hits)),
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
    if await connection.scalar(_ANY_HIT, {"found_by": asked.found_by}):
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
    texts = (text for hit in hits for text in (hit["snippet"], hit["title"]))
    counted = _counts({"found_by": asked.found_by, **filters_of(query, CONDITIONS)})
    marking = {
        "shown": words_of(texts, like=lexemes),
        "any_lexeme": " | ".join(f"'{lexeme}'" for lexeme in lexemes),
    }
    row = (await connection.execute(counted.built, {**counted.values, **marking})).one()
    return str(row[0]), set(row[1])


@built_once
def _counts(binds: Binds) -> Select[str, Sequence[str]]:
    """Returns the select of the facets, and of the shown words that have one of the lexemes."""
    counted = _entries([SearchEntry.kind, SearchEntry.targets, SearchEntry.topics], binds).limit(COUNTED_MOST)
    word: ColumnElement[str] = func.unnest(bindparam("shown", type_=ARRAY(Text))).column_valued("word")
    vector = func.to_tsvector(ENGLISH, func.public.search_text(word))
    any_lexeme = cast(bindparam("any_lexeme", type_=Text), TSQUERY)
    marked = func.array(select(word).where(vector.op("@@")(any_lexeme)).scalar_subquery(), type_=ARRAY(Text))
    return select(as_text(_facets(counted.cte("hits"))), marked)


async def _find_page(connection: AsyncConnection, query: schemas.SearchQuery, *, asked: SearchRequest) -> PageSlice:
    by_words = {"words": asked.words} if asked.words else {"exact": asked.exact}
    values = {"found_by": asked.found_by, "name": asked.name, **by_words, **filters_of(query, CONDITIONS)}
    return await fetch_slice(connection, _listing(values), query=query)


@built_once
def _listing(binds: Binds) -> Listing:
    named = SearchEntry.names.contains(as_array(binds["name"]))
    first = _entries(_ranked(binds, named=True), binds).where(named).limit(NAMED_MOST)
    others = _entries(_ranked(binds, named=False), binds).where(~named).limit(RANKED_MOST)
    both = union_all(first.subquery().select(), others.subquery().select())
    ranked = both.limit(RANKED_MOST).subquery("ranked")
    rows = select(as_text(_hit(ranked))).select_from(ranked)
    return Listing(rows, [ranked.c.rank.desc(), ranked.c.kind, ranked.c.record_id])


_FOUND_BY = cast(bindparam("found_by", type_=Text), TSQUERY)


def _visible(columns: list[Any]) -> Select[Any]:
    """Returns the entries that the query finds and the reader may see."""
    return select(*columns).where(SearchEntry.search.op("@@")(_FOUND_BY))


_ANY_HIT = select(_visible([SearchEntry.record_id]).exists())


def _entries(columns: list[Any], binds: Binds) -> Select[Any]:
    return _visible(columns).where(*matching(binds, CONDITIONS))


def _ranked(binds: Binds, *, named: bool) -> list[Any]:
    """Returns the columns of a hit with its rank.

    The rank is `ts_rank_cd`, plus the number of words matched if some may be missing. Otherwise words as written rank
    above other forms of them. A record of that name ranks above all.
    """
    rank: ColumnElement[Any] = cast(func.ts_rank_cd(SearchEntry.search, _FOUND_BY, BY_LENGTH), Numeric)
    if "words" in binds:
        word: ColumnElement[str] = func.unnest(func.tsvector_to_array(SearchEntry.search)).column_valued("word")
        rank = rank + select(func.count()).where(any_of(word)(binds["words"])).scalar_subquery()
    else:
        exact = SearchEntry.exact.op("@@")(cast(binds["exact"], TSQUERY))
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
