"""Select expressions of full-text search: a query parsed once."""

from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Text, bindparam, cast, func, select
from sqlalchemy.dialects.postgresql import TSQUERY
from sqlalchemy.ext.asyncio import AsyncConnection

from app.core.errors import ProblemError
from app.models.search import ENGLISH, UNSTEMMED


class ParsedQuery(NamedTuple):
    """Search query parsed by PostgreSQL: with stems, with exact words, and as a name."""

    stems: str
    exact: str
    name: str


def as_query(words: Any) -> ColumnElement[Any]:
    """SQL expression that parses a search query: "phrases", `or` and -not; all other signs separate words."""
    return func.public.search_query(words, ENGLISH, type_=TSQUERY)


_words = bindparam("words", type_=Text)
_PARSED = select(
    cast(as_query(_words), Text),
    cast(func.public.search_query(_words, UNSTEMMED, type_=TSQUERY), Text),
    func.public.fold_name(_words),
)


async def parse_query(connection: AsyncConnection, words: str) -> ParsedQuery:
    """Parses `q`. Raises `ProblemError` (empty-search) if it has no word to search for."""
    row = (await connection.execute(_PARSED, {"words": words})).one()
    if not row[0]:
        raise ProblemError("empty-search", "q: contains only stop words or symbols. Use at least one other word.")
    return ParsedQuery(*row)
