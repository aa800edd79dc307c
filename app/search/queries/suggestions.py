"""Spelling suggestions for words without a hit: similar words of the register."""

import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby
from operator import itemgetter
from typing import NamedTuple

from sqlalchemy import ColumnElement, Label, Select, Text, bindparam, cast, func, or_, select, true
from sqlalchemy.dialects.postgresql import ARRAY, TSQUERY
from sqlalchemy.ext.asyncio import AsyncConnection

from app.models import SearchEntry, SearchWord
from app.models.expressions.search import as_query
from app.models.search import ENGLISH

LOOKED_AT = 8
"""Limit of query words that are checked."""
CANDIDATES = 120
"""Limit of register words that each is compared with."""
COMPARED = 10
"""Limit of those that are counted: the nearest ones, and the shortest ones that begin with the typed word."""
ABBREVIATION = 5
"""Limit of letters of an abbreviation, which is written in capitals."""
COUNTED = 25
"""Limit of entries that are counted for each word."""
SHORT = 4
"""Limit of letters of a short word. Short words match within one edit, longer ones within two."""
_JOINS = "['\u2019&.@/:+]"
"""Signs inside one expression, such as Int'l, AT&T or an address. A corrected part of it would make no word."""
_BEFORE = rf"(?<![^\W_])(?<![^\W_]{_JOINS})(?<!\*)"
_AFTER = rf"(?![^\W_])(?!{_JOINS}[^\W_])(?!\*)"
_WORD = re.compile(rf"{_BEFORE}(?:[^\W_]|[\u0300-\u036f]){{3,40}}{_AFTER}")


class Candidate(NamedTuple):
    """Register word that may be meant by a typed word; `far` is the edit distance, null for a completion."""

    typed: str
    far: int | None
    word: str


async def suggest(connection: AsyncConnection, q: str) -> str | None:
    """Returns the query with each unmatched word corrected; null if all words match or nothing is similar."""
    typed = [word for word in dict.fromkeys(_WORD.findall(q)) if not _is_abbreviation(word)][:LOOKED_AT]
    if not typed:
        return None
    rows = await connection.execute(_NEAR, {"typed": typed})
    candidates = list(_nearest((row[0], row[1], row[2]) for row in rows))
    if not candidates:
        return None
    words = sorted({one.word for one in candidates})
    hits = {word: count for word, count in await connection.execute(_COUNTS, {"words": words}) if count}
    meant = q
    for word in typed:
        best = _best((one for one in candidates if one.typed == word), hits=hits)
        if best is not None:
            meant = re.sub(rf"{_BEFORE}{re.escape(word)}{_AFTER}", best, meant)
    return meant if meant != q else None


def _is_abbreviation(word: str) -> bool:
    """True for a few capitals: an abbreviation is not a misspelling of a word that begins alike."""
    return word.isupper() and len(word) <= ABBREVIATION


def _near() -> Select[str, str, str]:
    """Selects the typed words without a hit, each with register words that may be similar or begin with it."""
    word: ColumnElement[str] = func.unnest(bindparam("typed", type_=ARRAY(Text))).column_valued("word")
    parsed = as_query(word)
    held = select(SearchEntry.record_id).where(SearchEntry.search.op("@@")(parsed)).exists()
    folded: Label[str] = func.public.fold_case(func.public.fold_text(word)).label("folded")
    unknown = select(word.label("typed"), folded).where(func.numnode(parsed) > 0, ~held).cte("unknown")
    likes = SearchWord.deletes.overlap(func.public.word_deletes(unknown.c.folded))
    completes = (SearchWord.word >= unknown.c.folded) & (SearchWord.word < func.concat(unknown.c.folded, "~"))
    near = select(SearchWord.word).where(or_(likes, completes)).limit(CANDIDATES).lateral("near")
    return select(unknown.c.typed, unknown.c.folded, near.c.word).select_from(unknown.join(near, true()))


def _nearest(rows: Iterable[tuple[str, str, str]]) -> Iterator[Candidate]:
    """Yields the nearest words of each typed one, and the shortest that begin with it."""
    compared = sorted({(typed, folded, distance(folded, word), len(word), word) for typed, folded, word in rows})
    for typed, group in groupby(compared, key=itemgetter(0)):
        words = list(group)
        near = sorted((far, word) for _, folded, far, _, word in words if far <= _allowed(folded))
        longer = sorted((size, word) for _, folded, _, size, word in words if word.startswith(folded))
        yield from (Candidate(typed, far, word) for far, word in near[:COMPARED])
        yield from (Candidate(typed, None, word) for _, word in longer[:COMPARED])


_NEAR = _near()


def _counts() -> Select[str, int]:
    """Counts the entries of each word that the reader may see, up to a limit."""
    asked = select(func.unnest(bindparam("words", type_=ARRAY(Text))).column_valued("word")).cte("asked")
    stem = func.plainto_tsquery(ENGLISH, asked.c.word, type_=TSQUERY)
    exact = SearchEntry.exact.op("@@")(cast(asked.c.word, TSQUERY))
    entries = (
        select(SearchEntry.record_id)
        .where(SearchEntry.search.op("@@")(stem), exact)
        .limit(COUNTED)
        .correlate(asked)
        .subquery()
    )
    return select(asked.c.word, select(func.count()).select_from(entries).scalar_subquery())


_COUNTS = _counts()


def _best(candidates: Iterable[Candidate], *, hits: Mapping[str, int]) -> str | None:
    """Returns the nearest word that has hits, then the most frequent; for a completion, the most frequent."""
    found = [one for one in candidates if one.word in hits]
    near = [
        (one.far, one.typed[0].lower() != one.word[0], -hits[one.word], one.word)
        for one in found
        if one.far is not None
    ]
    longer = [(-hits[one.word], len(one.word), one.word) for one in found if one.far is None]
    if near and not (longer and len(found[0].typed) < SHORT):
        return min(near)[-1]
    return min(longer)[-1] if longer else None


def _allowed(folded: str) -> int:
    return 1 if len(folded) <= SHORT else 2


def distance(one: str, other: str) -> int:
    """Returns the edit distance: insertions, deletions, changes, and swaps of neighbors (optimal string alignment)."""
    row = list(range(len(other) + 1))
    rows = [row]
    for place, letter in enumerate(one, 1):
        above, row = row, [place]
        for spot, other_letter in enumerate(other, 1):
            cost = min(above[spot] + 1, row[-1] + 1, above[spot - 1] + (letter != other_letter))
            if min(place, spot) > 1 and letter == other[spot - 2] and one[place - 2] == other_letter:
                cost = min(cost, rows[place - 2][spot - 2] + 1)
            row.append(cost)
        rows.append(row)
    return row[-1]
