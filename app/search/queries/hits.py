"""Selects over search entries: ranked hits of a query, and facet counts."""

import json
import re
from dataclasses import replace
from typing import Any, NamedTuple

from sqlalchemy import (
    ColumnElement,
    Double,
    FromClause,
    Numeric,
    Select,
    Text,
    and_,
    bindparam,
    case,
    cast,
    column,
    func,
    literal_column,
    select,
    union_all,
)
from sqlalchemy.dialects.postgresql import ARRAY, TSQUERY
from sqlalchemy.ext.asyncio import AsyncConnection

from app.core.db import as_text, json_list, json_object
from app.core.pagination import Listing, PageSlice, fetch_slice
from app.core.statements import Binds, Bound, Conditions, any_of, as_array, built_once, filters_of, matching
from app.models import SearchEntry
from app.models.expressions.search import ParsedQuery, parse_query
from app.models.search import ENGLISH
from app.search import schemas
from app.search.formats import snippet, words_of
from app.search.queries.suggestions import suggest
from app.search.schemas import Match

RANKED_MOST = 500
"""Limit of the hits that are ranked, listed and counted: a common word has too many."""
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


class Candidates(NamedTuple):
    """Hits of a query, at most `RANKED_MOST`: keys and ranks as parallel arrays, and the facets as JSON."""

    kinds: list[str]
    ids: list[str]
    readers: list[str]
    ranks: list[float]
    facets: str
    match: Match


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
    found = await _find_best(connection, query, said=said, lexemes=lexemes)
    page = await fetch_slice(connection, Bound(_LISTING, _values_of(found)), query=query)
    hits = [json.loads(item) for item in page.items]
    marked = await _marked_words(connection, hits, lexemes=lexemes)
    for hit in hits:
        hit["snippet"] = snippet(hit["snippet"], hit["title"], marked=marked)
        hit["url"] = f"{prefix}{hit['url']}"
    few = len(found.ids) < FEW or found.match is Match.ANY
    meant = await suggest(connection, query.q) if few and not query.cursor else None
    return SearchResult(
        replace(page, items=tuple(json.dumps(hit) for hit in hits)),
        match=json.dumps(found.match),
        facets=found.facets,
        did_you_mean=json.dumps(meant),
    )


async def _find_best(
    connection: AsyncConnection, query: schemas.SearchQuery, *, said: ParsedQuery, lexemes: list[str]
) -> Candidates:
    """Returns the records with all words, or else those with some."""
    asked = SearchRequest(said.stems, said.exact, said.name, Match.ALL, [])
    found = await _find(connection, query, asked=asked)
    combined = "|" in said.stems or "!" in said.stems
    if found.ids or combined or " & " not in said.stems:
        return found
    if await connection.scalar(_ANY_HIT, {"found_by": asked.found_by}):
        return found
    asked = asked._replace(found_by=said.stems.replace(" & ", " | "), match=Match.ANY, words=lexemes)
    return await _find(connection, query, asked=asked)


async def _find(connection: AsyncConnection, query: schemas.SearchQuery, *, asked: SearchRequest) -> Candidates:
    by_words = {"words": asked.words} if asked.words else {"exact": asked.exact}
    values = {"found_by": asked.found_by, "name": asked.name, **by_words, **filters_of(query, CONDITIONS)}
    statement = _candidates(values)
    kinds, ids, readers, ranks, facets = (await connection.execute(statement.built, statement.values)).one()
    return Candidates(kinds or [], ids or [], readers or [], ranks or [], str(facets), asked.match)


@built_once
def _candidates(binds: Binds) -> Select[Any]:
    """Returns the select of the hits in one row. It reads the index once, for the ranks and the facets."""
    named = SearchEntry.names.contains(as_array(binds["name"]))
    first = _entries(_ranked(binds, named=True), binds).where(named).limit(NAMED_MOST)
    others = _entries(_ranked(binds, named=False), binds).where(~named).limit(RANKED_MOST)
    both = union_all(first.subquery().select(), others.subquery().select()).limit(RANKED_MOST)
    hits = both.cte("hits").prefix_with("MATERIALIZED")
    keys: list[Any] = [func.array_agg(hits.c[name]) for name in ("kind", "record_id", "readers", "rank")]
    facets = select(as_text(_facets(hits))).scalar_subquery()
    found: Select[Any] = select(*keys, facets).select_from(hits)
    return found


async def _marked_words(connection: AsyncConnection, hits: list[Any], *, lexemes: list[str]) -> set[str]:
    """Returns the words in the shown texts that have one of the lexemes."""
    texts = (text for hit in hits for text in (hit["snippet"], hit["title"]))
    values = {"shown": words_of(texts, like=lexemes), "any_lexeme": " | ".join(f"'{one}'" for one in lexemes)}
    return set((await connection.execute(_MARKED, values)).scalars())


def _marking() -> Select[str]:
    word: ColumnElement[str] = func.unnest(bindparam("shown", type_=ARRAY(Text))).column_valued("word")
    vector = func.to_tsvector(ENGLISH, func.public.search_text(word))
    return select(word).where(vector.op("@@")(cast(bindparam("any_lexeme", type_=Text), TSQUERY)))


_MARKED = _marking()


def _listed() -> Listing:
    """Returns the listing of hits whose keys and ranks are bound."""
    arrays = {"kind": Text, "record_id": Text, "readers": Text, "rank": Double}
    bound: list[Any] = [bindparam(f"hit_{name}", type_=ARRAY(of)) for name, of in arrays.items()]
    hit = (
        func.unnest(*bound)
        .table_valued(*(column(name, of) for name, of in arrays.items()), name="hit")
        .render_derived()
    )
    keys = ("record_id", "kind", "readers")
    same = and_(*(getattr(SearchEntry, key) == hit.c[key] for key in keys))
    # A subquery, which is evaluated for the hits of the page alone, after the order and the limit.
    shown = select(as_text(_hit(hit.c.rank))).where(same).correlate(hit).scalar_subquery()
    return Listing(select(shown).select_from(hit), [hit.c.rank.desc(), hit.c.kind, hit.c.record_id])


def _values_of(found: Candidates) -> dict[str, Any]:
    return {
        "hit_kind": found.kinds,
        "hit_record_id": found.ids,
        "hit_readers": found.readers,
        "hit_rank": found.ranks,
    }


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
        entry.readers,
        entry.targets,
        entry.topics,
        # Rounded, so that the value in a cursor equals the stored one.
        cast(func.round(rank, 9), Double).label("rank"),
    ]


def _hit(rank: ColumnElement[Any]) -> ColumnElement[Any]:
    """Returns the JSON of a hit, with the whole text in the place of the snippet."""
    entry = SearchEntry
    shown = func.coalesce(func.nullif(entry.body, ""), entry.title)
    return json_object(
        schemas.HitOut,
        kind=entry.kind,
        id=entry.record_id,
        title=entry.title,
        snippet=func.concat_ws(" | ", shown, func.nullif(entry.context, "")),
        url=entry.url,
        marking=entry.marking,
        cite_as=entry.cite_as,
        rank=rank,
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


_LISTING = _listed()
