"""Keyset pagination for every list. A cursor is bound to the filters and the order of its list."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Any

from pydantic import Field, WithJsonSchema
from sqlakeyset import InvalidPage, Paging, serialize_bookmark, unserialize_bookmark
from sqlakeyset.asyncio import select_page
from sqlakeyset.paging import prepare_paging
from sqlalchemy import ColumnElement, Select, Text, UnaryExpression, any_, func, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.orm import InstrumentedAttribute

from app.core.cursors import cursor_key_of, decode_cursor, encode_cursor
from app.core.errors import ProblemError
from app.core.folding import FORBIDDEN
from app.core.schemas import Count, QueryParams, ResponseModel, ShortText

PAGE_DEFAULT = 50
PAGE_MOST = 200


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
        Field(max_length=10, description="`total` adds the number of rows on all pages.", examples=[["total"]]),
    ] = []


class Page(ResponseModel):
    """One page of a list; `items` is declared by each list."""

    next_cursor: ShortText | None
    """Cursor of the next page; null on the last page."""
    total: Count | None
    """Number of rows on all pages; null unless `include=total`."""


@dataclass(frozen=True)
class PageSlice:
    """Rows of one page as JSON strings, before HTTP."""

    items: tuple[str, ...]
    next_cursor: str | None
    total: int | None


@dataclass(frozen=True)
class Listing:
    """Query of a list, before pagination or export: its rows and their total order.

    The columns of `order` are not null, and the last one is unique.
    """

    rows: Select[str]
    order: Sequence[ColumnElement[Any] | InstrumentedAttribute[Any]]
    picked: Select[Any] | None = None
    """The same rows without the joins for display, for long lists: the page is selected first and joined afterwards."""


async def fetch_slice(
    connection: AsyncConnection,
    listing: Listing,
    *,
    query: PageQuery,
    within: str = "",
) -> PageSlice:
    """Fetches the page of a listing that `query` selects: one statement, and one more for the total.

    `within` names the list if its path has parameters.
    """
    rows, order = listing.rows, listing.order
    bound_to = f"{type(query).__qualname__}|{within}|{_filters(query)}"
    place = None
    if query.cursor:
        place = _place_of(query.cursor, key=await cursor_key_of(connection), bound_to=bound_to, order=order)
    # sqlakeyset looks for the sort keys among the columns, and gives a missing key a new name each time, so that the
    # statement is never cached. So the keys are selected, before the JSON, which it would otherwise compare as text.
    keys = [one.element if isinstance(one, UnaryExpression) else one for one in order]
    if listing.picked is not None:
        few = listing.picked.with_only_columns(*keys).order_by(*order)
        paged = prepare_paging(few, query.limit, place, backwards=False, orm=False, dialect=connection.dialect).select
        # As an array, which is evaluated before any join: PostgreSQL does not plan where to join it.
        picked = func.array(select(list(paged.subquery().c)[len(keys) - 1]).scalar_subquery(), type_=ARRAY(Text))
        rows = rows.where(keys[-1] == any_(picked))
    keyed = rows.with_only_columns(*keys, *rows.selected_columns, maintain_column_froms=True)
    page = await select_page(connection, keyed.order_by(*order), per_page=query.limit, after=place)
    total = None
    if Include.TOTAL in query.include:
        counted = (listing.rows if listing.picked is None else listing.picked).with_only_columns(
            func.count(), maintain_column_froms=True
        )
        total = (await connection.execute(counted)).scalar_one()
    return PageSlice(
        items=tuple(row[-1] for row in page),
        next_cursor=await _next_cursor(connection, page.paging, bound_to=bound_to),
        total=total,
    )


def _filters(query: PageQuery) -> str:
    return query.model_dump_json(exclude={"limit", "cursor", "include"})


async def _next_cursor(connection: AsyncConnection, paging: Paging[Any], *, bound_to: str) -> str | None:
    if not paging.has_next:
        return None
    return encode_cursor(serialize_bookmark(paging.next), key=await cursor_key_of(connection), bound_to=bound_to)


def _place_of(
    cursor: str, *, key: bytes, bound_to: str, order: Sequence[ColumnElement[Any] | InstrumentedAttribute[Any]]
) -> tuple[Any, ...]:
    """Decodes the position of a cursor. Raises `ProblemError` for a cursor of another list, or a forged one."""
    bookmark = decode_cursor(cursor, key=key, bound_to=bound_to)
    try:
        place = None if bookmark is None else unserialize_bookmark(bookmark).place
    except (ValueError, InvalidPage):
        place = None
    if (
        place is None
        or len(place) != len(order)
        or not all(_fits(value, column) for value, column in zip(place, order, strict=True))
    ):
        raise ProblemError(
            "invalid-cursor",
            "The cursor is invalid for this list with these filters and order: start at the first page.",
        )
    return tuple(place)


def _fits(value: Any, column: ColumnElement[Any] | InstrumentedAttribute[Any]) -> bool:
    if isinstance(value, str) and FORBIDDEN.search(value):
        return False
    return isinstance(value, column.type.python_type)
