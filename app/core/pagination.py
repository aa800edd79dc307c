"""Keyset pagination for every list. A cursor is bound to the filters and the order of its list."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cached_property
from typing import Annotated, Any

from pydantic import Field, WithJsonSchema
from sqlakeyset import InvalidPage, serialize_bookmark, unserialize_bookmark
from sqlakeyset.paging import prepare_paging
from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Integer,
    Select,
    Text,
    UnaryExpression,
    any_,
    bindparam,
    func,
    literal_column,
    select,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.orm import InstrumentedAttribute

from app.core.cursors import cursor_key_of, decode_cursor, encode_cursor
from app.core.errors import ProblemError
from app.core.folding import FORBIDDEN
from app.core.schemas import Count, QueryParams, ResponseModel, ShortText
from app.core.statements import Bound

PAGE_DEFAULT = 50
PAGE_MOST = 200
BATCH = 500
"""Rows of a batch of an export."""
COUNTED_MOST = 10_000
"""Limit up to which `include=total` counts."""
_FETCHED: BindParameter[int] = bindparam("fetched", type_=Integer)
_DIALECT = PGDialect_psycopg()  # type: ignore[no-untyped-call] # untyped in SQLAlchemy


class Include(StrEnum):
    """Optional parts of a page."""

    TOTAL = "total"


PageSize = Annotated[
    int,
    Field(ge=1, le=PAGE_MOST, description="Rows on a page.", json_schema_extra={"format": "int32"}, examples=[50]),
]


class PageQuery(QueryParams):
    """Query parameters of every list: page size, cursor and optional parts."""

    limit: PageSize = PAGE_DEFAULT
    cursor: Annotated[
        str,
        Field(
            max_length=1_000,
            description="`next_cursor` of the page before. It fits only the filters and order it came with.",
            examples=[""],
        ),
    ] = ""
    include: Annotated[
        list[Annotated[Include, WithJsonSchema({"type": "string", "maxLength": 64, "x-extensible-enum": ["total"]})]],
        Field(
            max_length=10,
            description=f"`total` adds the number of rows on all pages, counted up to {COUNTED_MOST:,}.",
            examples=[["total"]],
        ),
    ] = []


class Page(ResponseModel):
    """One page of a list; `items` is declared by each list."""

    next_cursor: ShortText | None
    """Cursor of the next page; null on the last page."""
    total: Count | None
    """Number of rows on all pages; null unless `include=total`, and above 10,000."""
    total_at_least: Count | None
    """10,001 if `include=total` finds more than 10,000 rows on all pages; null otherwise."""


@dataclass(frozen=True)
class PageSlice:
    """Rows of one page as JSON strings, before HTTP."""

    items: tuple[str, ...]
    next_cursor: str | None
    total: int | None = None
    total_at_least: int | None = None
    """See `Page`."""


@dataclass(frozen=True, eq=False)
class Listing:
    """Query of a list, before pagination or export: its rows and their total order, and the statements over them.

    The columns of `order` are not null, and the last one is unique. Values are bind parameters, so that a listing is
    built once and used by all requests with the same filters.
    """

    rows: Select[str]
    order: Sequence[ColumnElement[Any] | InstrumentedAttribute[Any]]
    picked: Select[Any] | None = None
    """The same rows without the joins for display, for long lists: the page is selected first and joined afterwards."""

    @cached_property
    def keys(self) -> list[Any]:
        """Columns of the order, without directions."""
        return [one.element if isinstance(one, UnaryExpression) else one for one in self.order]

    @cached_property
    def position(self) -> list[BindParameter[Any]]:
        """Bind parameters of the position after which a page begins."""
        return [bindparam(f"after_{place}", type_=key.type) for place, key in enumerate(self.keys)]

    @cached_property
    def first_page(self) -> Select[Any]:
        return self._page(())

    @cached_property
    def next_page(self) -> Select[Any]:
        return self._page(tuple(self.position))

    @cached_property
    def count(self) -> Select[Any]:
        """Counts the rows, up to one more than `COUNTED_MOST`."""
        counted = self.rows if self.picked is None else self.picked
        found: Select[Any] = counted.with_only_columns(literal_column("1"), maintain_column_froms=True)
        return select(func.count()).select_from(found.limit(COUNTED_MOST + 1).subquery())

    @cached_property
    def all_rows(self) -> Select[str]:
        """All rows in order, in batches from the server."""
        return self.rows.order_by(*self.order).execution_options(yield_per=BATCH)

    def _page(self, position: tuple[Any, ...]) -> Select[Any]:
        rows, keys = self.rows, self.keys
        if self.picked is not None:
            paged = _paged(self.picked.with_only_columns(*keys).order_by(*self.order), position)
            # As an array, which is evaluated before any join: PostgreSQL does not plan where to join it.
            last = list(paged.subquery().c)[len(keys) - 1]
            rows = rows.where(keys[-1] == any_(func.array(select(last).scalar_subquery(), type_=ARRAY(Text))))
        # sqlakeyset looks for the sort keys among the columns, and gives a missing key a new name each time. So the
        # keys are selected, before the JSON, which it would otherwise compare as text.
        keyed = rows.with_only_columns(*keys, *rows.selected_columns, maintain_column_froms=True)
        return _paged(keyed.order_by(*self.order), position)


def _paged(rows: Select[Any], position: tuple[Any, ...]) -> Select[Any]:
    """Returns the rows after a position, as many as are bound."""
    paging = prepare_paging(rows, 0, position or None, backwards=False, orm=False, dialect=_DIALECT)
    return paging.select.limit(_FETCHED)


async def fetch_slice(
    connection: AsyncConnection,
    found: Bound[Listing],
    *,
    query: PageQuery,
    within: str = "",
) -> PageSlice:
    """Fetches the page of a listing that `query` selects: one statement, and one more for the total.

    `within` names the list if its path has parameters.
    """
    listing, values = found.built, dict(found.values)
    bound_to = f"{type(query).__qualname__}|{within}|{_filters(query)}"
    statement = listing.first_page
    if query.cursor:
        place = _place_of(query.cursor, key=await cursor_key_of(connection), bound_to=bound_to, keys=listing.keys)
        values |= {bind.key: value for bind, value in zip(listing.position, place, strict=True)}
        statement = listing.next_page
    # One more than the page has, to see whether there is a next page.
    rows = (await connection.execute(statement, {**values, _FETCHED.key: query.limit + 1})).all()
    shown = rows[: query.limit]
    next_cursor = None
    if len(rows) > query.limit:
        last = serialize_bookmark((tuple(shown[-1][:-1]), False))
        next_cursor = encode_cursor(last, key=await cursor_key_of(connection), bound_to=bound_to)
    page = PageSlice(items=tuple(row[-1] for row in shown), next_cursor=next_cursor)
    if Include.TOTAL not in query.include:
        return page
    counted = (await connection.execute(listing.count, found.values)).scalar_one()
    return replace(page, total=counted) if counted <= COUNTED_MOST else replace(page, total_at_least=counted)


def _filters(query: PageQuery) -> str:
    return query.model_dump_json(exclude={"limit", "cursor", "include"})


def _place_of(cursor: str, *, key: bytes, bound_to: str, keys: Sequence[Any]) -> tuple[Any, ...]:
    """Decodes the position of a cursor. Raises `ProblemError` for a cursor of another list, or a forged one."""
    bookmark = decode_cursor(cursor, key=key, bound_to=bound_to)
    try:
        place = None if bookmark is None else unserialize_bookmark(bookmark).place
    except (ValueError, InvalidPage):
        place = None
    if (
        place is None
        or len(place) != len(keys)
        or not all(_fits(value, column) for value, column in zip(place, keys, strict=True))
    ):
        raise ProblemError(
            "invalid-cursor",
            "The cursor is invalid for this list with these filters and order: start at the first page.",
        )
    return tuple(place)


def _fits(value: Any, column: Any) -> bool:
    if isinstance(value, str) and FORBIDDEN.search(value):
        return False
    return isinstance(value, column.type.python_type)
