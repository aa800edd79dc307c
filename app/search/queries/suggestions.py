"""Suggestions for words that nothing has: words of the register that are spelled much the same."""

import re
from collections.abc import Iterable
from typing import Any, NamedTuple

from sqlalchemy import (
    ColumnElement,
    Select,
    Text,
    cast,
    func,
    literal,
    or_,
    select,
    true,
)
from sqlalchemy.dialects.postgresql import ARRAY, TSQUERY
from sqlalchemy.ext.asyncio import AsyncConnection

from app.models import SearchEntry, SearchWord
from app.models.search import as_query, is_searchable

LOOKED_AT = 8
"""Words of a query that are looked at."""
CANDIDATES = 120
"""Words of the register that each is compared with."""
COUNTED = 100
"""Entries that are counted of each."""
SHORT = 4
"""Words of so few letters are near each other by one letter, longer ones by two."""
_WORD = re.compile(r"(?<![^\W_])(?:[^\W_]|[\u0300-\u036f]){3,40}(?![^\W_])")


class Candidate(NamedTuple):
    """A word that may be meant by another, and in how many entries it is found."""

    typed: str
    folded: str
    word: str
    hits: int


async def suggest(connection: AsyncConnection, q: str) -> str | None:
    """The query with each word that nothing has corrected; null where there is none, or nothing like it."""
    typed = list(dict.fromkeys(_WORD.findall(q)))[:LOOKED_AT]
    if not typed:
        return None
    found = [Candidate(*row) for row in await connection.execute(_candidates(typed))]
    meant = q
    for word in typed:
        best = _best(one for one in found if one.typed == word)
        if best is not None:
            meant = re.sub(rf"(?<![^\W_]){re.escape(word)}(?![^\W_])", best, meant)
    return meant if meant != q else None


def _candidates(typed: list[str]) -> Select[Any]:
    """Words that are near one that no entry has, each counted in what the reader may see."""
    word: ColumnElement[str] = func.unnest(literal(typed, ARRAY(Text))).column_valued("word")
    parsed = as_query(word)
    held = select(SearchEntry.record_id).where(SearchEntry.search.op("@@")(parsed), is_searchable()).exists()
    folded = func.public.fold_case(func.public.fold_text(word)).label("folded")
    unknown = select(word.label("typed"), folded).where(func.numnode(parsed) > 0, ~held).cte("unknown")
    likes = SearchWord.deletes.overlap(func.public.word_deletes(unknown.c.folded))
    completes = (SearchWord.word >= unknown.c.folded) & (SearchWord.word < func.concat(unknown.c.folded, "~"))
    near = select(SearchWord.word).where(or_(likes, completes)).limit(CANDIDATES).lateral("near")
    stem = func.plainto_tsquery("english", near.c.word, type_=TSQUERY)
    entries = (
        select(SearchEntry.record_id)
        .where(
            SearchEntry.search.op("@@")(stem), SearchEntry.exact.op("@@")(cast(near.c.word, TSQUERY)), is_searchable()
        )
        .limit(COUNTED)
        .correlate(near)
        .subquery()
    )
    hits = select(func.count()).select_from(entries).scalar_subquery().label("hits")
    return select(unknown.c.typed, unknown.c.folded, near.c.word, hits).select_from(unknown.join(near, true()))


def _best(candidates: Iterable[Candidate]) -> str | None:
    """The nearest word that is found, the more frequent first; of a beginning, the most frequent word that has it."""
    found = [one for one in candidates if one.hits]
    completing = [one for one in found if one.word.startswith(one.folded)]
    near = [(far, one) for one in found if (far := distance(one.folded, one.word)) <= _allowed(one.folded)]
    if near and not (completing and len(near[0][1].folded) < SHORT):
        order = [(far, one.folded[0] != one.word[0], -one.hits, one.word) for far, one in near]
        return min(order)[-1]
    return min(completing, key=lambda one: (-one.hits, len(one.word), one.word)).word if completing else None


def _allowed(folded: str) -> int:
    return 1 if len(folded) <= SHORT else 2


def distance(one: str, other: str) -> int:
    """How many letters are to be put in, left out, changed, or exchanged with the next (optimal string alignment)."""
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
