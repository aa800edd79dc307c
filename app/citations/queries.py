"""Selects over citable records: the cable, paragraph and words, or the web page, that a record rests on."""

import re
from collections.abc import Awaitable, Callable
from datetime import UTC
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, bindparam, func, select
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.orm import aliased

from app.citations.schemas import Cited, CitedCable, CitedPage, CitedParagraph
from app.core.errors import not_found
from app.models import (
    Anchor,
    Cable,
    Concern,
    Event,
    FollowUp,
    HeaderField,
    Panel,
    Paragraph,
    Participation,
    Recommendation,
    Roundtable,
    Source,
    Statistic,
    Witness,
)
from app.panels.queries import get_participation
from app.recommendations.queries import get_recommendation
from app.reforms.queries import get_event
from app.reforms.queries.bitemporal import as_of_params, visible_as_of
from app.reforms.schemas import ClockQuery
from app.statistics.queries import get_statistic

OF_A_CABLE = re.compile(
    r"(?P<cable>[0-9]{2}[A-Z]+[0-9]+)(-(?P<label>[0-9]{1,4}(-[0-9]{1,2})?)|-(?P<kind>[A-Z]+)[0-9]+)?"
)
KINDS: dict[str, Any] = {
    "R": Recommendation,
    "A": Recommendation,
    "P": Panel,
    "PT": Participation,
    "PTA": Participation,
    "F": FollowUp,
    "C": Concern,
    "S": Statistic,
    "SA": Statistic,
}
"""Table of a record by the letters after its cable id; in each, `anchor_id` refers to the record's exact words."""
ENDPOINTS: dict[str | None, Callable[[AsyncConnection, str], Awaitable[Any]]] = {
    "R": get_recommendation,
    "A": get_recommendation,
    "PT": get_participation,
    "PTA": get_participation,
    "S": get_statistic,
    "SA": get_statistic,
    "E": get_event,
}
"""Queries of single records that can be withdrawn."""


def _header(name: str) -> ColumnElement[str | None]:
    """Field of the header: from the stored copy, or from another copy if it is lost."""
    shown = func.coalesce(HeaderField.value, HeaderField.other_value)
    of_this = (HeaderField.cable_id == Cable.id) & (HeaderField.name == name)
    return select(shown).where(of_this).correlate(Cable).scalar_subquery().label(name)


_alike = aliased(Paragraph)
_so_numbered = (
    select(func.count())
    .where(_alike.cable_id == Paragraph.cable_id, _alike.number == Paragraph.number)
    .correlate(Paragraph)
)


@cache
def _cables() -> Select[Any]:
    return (
        select(Cable.id, Cable.sent_at, Cable.post, _header("from"), _header("subject"))
        .add_columns(Witness.publisher, Witness.address)
        .select_from(Cable)
        .outerjoin(Witness, Witness.id == Cable.witness_id)
    )


@cache
def _paragraphs() -> Select[Any]:
    return (
        _cables()
        .join(Paragraph, Paragraph.cable_id == Cable.id)
        .add_columns(
            Paragraph.label,
            _so_numbered.where(_alike.ordinal <= Paragraph.ordinal).scalar_subquery().label("turn"),
            _so_numbered.scalar_subquery().label("turns"),
        )
    )


@cache
def _quoted(table: Any) -> Select[Any]:
    """Select of the exact words that the records of a table rest on."""
    return (
        _paragraphs()
        .join(Anchor, (Anchor.cable_id == Paragraph.cable_id) & (Anchor.paragraph == Paragraph.label))
        .join(table, table.anchor_id == Anchor.id)
        .add_columns(Anchor.quote)
    )


@cache
def _one(table: Any) -> Select[Any]:
    """Select of the exact words that the record with the bound id rests on."""
    shown = (visible_as_of(Event),) if table is Event else ()
    return _quoted(table).where(table.id == bindparam("id"), *shown)


_ONE_CABLE = _cables().where(Cable.id == bindparam("id"))
_ONE_PARAGRAPH = _paragraphs().where(Paragraph.cable_id == bindparam("cable"), Paragraph.label == bindparam("label"))
_ONE_PAGE = (
    select(Source.title, Source.url, Source.published_on, Source.retrieved)
    .join(Event, Event.source_id == Source.id)
    .where(visible_as_of(Event), Event.id == bindparam("id"))
)


async def get_cited(connection: AsyncConnection, record_id: str) -> Cited:
    """Source of a record: a cable, a paragraph with its words, or a web page. Raises not found for other ids."""
    of_a_cable = OF_A_CABLE.fullmatch(record_id)
    cited: Cited | None
    if of_a_cable:
        cited = await _of_a_cable(connection, record_id, parts=of_a_cable)
    elif "-E" in record_id:
        cited = await _of_an_event(connection, record_id)
    else:
        cited = _cable(record_id, await _find(connection, _one(Roundtable), id=record_id))
    if cited is None:
        kind = "E" if "-E" in record_id else of_a_cable["kind"] if of_a_cable else None
        if kind in ENDPOINTS:
            # Withdrawn or unknown: raises the same error as the endpoint of the record.
            await ENDPOINTS[kind](connection, record_id)
        raise not_found("citable record", record_id)
    return cited


async def _of_a_cable(connection: AsyncConnection, record_id: str, *, parts: re.Match[str]) -> CitedCable | None:
    table = KINDS.get(parts["kind"])
    if parts["label"]:
        row = await _find(connection, _ONE_PARAGRAPH, cable=parts["cable"], label=parts["label"])
    else:
        row = await _find(connection, _ONE_CABLE if table is None else _one(table), id=record_id)
    return _cable(record_id, row)


async def _of_an_event(connection: AsyncConnection, record_id: str) -> Cited | None:
    """Page or words that an event rests on; none before the event is visible by today's clocks."""
    values = {"id": record_id, **as_of_params(ClockQuery())}
    page = await _find(connection, _ONE_PAGE, **values)
    if page is not None:
        return CitedPage(record_id, **page._mapping)  # noqa: SLF001 - the name is public, kept clear of columns
    return _cable(record_id, await _find(connection, _one(Event), **values))


async def _find(connection: AsyncConnection, rows: Select[*tuple[Any, ...]], **values: Any) -> Row[Any] | None:
    found: Row[Any] | None = (await connection.execute(rows, values)).one_or_none()
    return found


def _cable(record_id: str, row: Row[Any] | None) -> CitedCable | None:
    if row is None:
        return None
    found = row._mapping  # noqa: SLF001 - the name is public, kept clear of columns
    place = CitedParagraph(found["label"], turn=found["turn"], turns=found["turns"]) if "label" in found else None
    return CitedCable(
        record_id=record_id,
        cable_id=found["id"],
        sent_on=found["sent_at"].astimezone(UTC).date(),
        post=found["post"],
        sender=found["from"],
        subject=found["subject"],
        publisher=found["publisher"],
        address=found["address"],
        paragraph=place,
        quote=found.get("quote"),
    )
