"""Selects over statistics."""

from collections.abc import Callable
from typing import Any

from sqlalchemy import ColumnElement, Select, func, or_, select
from sqlalchemy.dialects.postgresql.ranges import Range
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.orm import aliased

from app.auth.queries import absent
from app.core.dates import check_order
from app.core.db import as_text, as_version, json_object, json_ranges
from app.core.errors import unknown_enum_value
from app.core.etags import Versioned
from app.core.pagination import Listing, PageSlice, fetch_slice
from app.models import Anchor, Panel, PanelParagraph, Paragraph, Statistic, StatisticSpeaker
from app.models.expressions.citation import passage_json
from app.models.expressions.party import organization_ids_by_name, person_ids_by_name, proposers_json
from app.statistics import schemas
from app.vocabulary import Collection

_lead_in = aliased(Anchor)

_STATISTIC = json_object(
    schemas.StatisticOut,
    id=Statistic.id,
    cable_id=Statistic.cable_id,
    paragraph=Anchor.paragraph,
    quote=Anchor.quote,
    ranges=json_ranges(Anchor.ranges),
    lead_in=passage_json(_lead_in),
    value=Statistic.value,
    value_to=Statistic.value_to,
    qualifier=Statistic.qualifier,
    unit=Statistic.unit,
    what=Statistic.what,
    period=Statistic.period,
    date=Statistic.date,
    earliest=Statistic.earliest,
    latest=Statistic.latest,
    said_by=proposers_json(StatisticSpeaker, of=Statistic, where=StatisticSpeaker.statistic_id == Statistic.id),
    panel=Panel.number,
    marking=Paragraph.marking,
    cite_as=func.concat(Anchor.cable_id, ", para. ", Anchor.paragraph),
    updated_at=Statistic.updated_at,
)


def _statistics() -> Select[str]:
    return (
        select(as_text(_STATISTIC))
        .select_from(Statistic)
        .join(Anchor, Anchor.id == Statistic.anchor_id)
        .join(Paragraph, (Paragraph.cable_id == Anchor.cable_id) & (Paragraph.label == Anchor.paragraph))
        .outerjoin(_lead_in, _lead_in.id == Statistic.lead_in_anchor_id)
        .outerjoin(
            PanelParagraph,
            (PanelParagraph.cable_id == Anchor.cable_id) & (PanelParagraph.paragraph == Anchor.paragraph),
        )
        .outerjoin(Panel, Panel.id == PanelParagraph.panel_id)
    )


def _said(condition: ColumnElement[bool]) -> ColumnElement[bool]:
    return Statistic.id.in_(select(StatisticSpeaker.statistic_id).where(condition))


def _said_for(organizations: Any) -> ColumnElement[bool]:
    called = organization_ids_by_name(organizations)
    return _said(or_(StatisticSpeaker.organization_id.in_(called), StatisticSpeaker.on_behalf_of_id.in_(called)))


CONDITIONS: dict[str, Callable[[Any], ColumnElement[bool]]] = {
    "cable": Statistic.cable_id.in_,
    "paragraph": Anchor.paragraph.in_,
    "panel": Panel.number.in_,
    "unit": lambda words: func.lower(Statistic.unit).in_([word.strip().lower() for word in words]),
    "said_by": lambda names: _said(StatisticSpeaker.person_id.in_(person_ids_by_name(names))),
    "organization": _said_for,
}
"""Condition of each filter of the query, except the two dates, which form one condition."""


def matching(query: schemas.StatisticFilters) -> list[ColumnElement[bool]]:
    """Conditions of the filters that are set."""
    filters = {name: getattr(query, name) for name in CONDITIONS}
    conditions = [CONDITIONS[name](value) for name, value in filters.items() if value]
    check_order(query.from_, query.to)
    if query.from_ or query.to:
        conditions.append(Statistic.during.overlaps(Range(query.from_, query.to, bounds="[]")))
    return conditions


async def find_statistics(connection: AsyncConnection, query: schemas.StatisticQuery) -> PageSlice:
    return await fetch_slice(connection, await listed(connection, query), query=query)


async def listed(connection: AsyncConnection, query: schemas.StatisticFilters) -> Listing:
    """Listing of the figures that match the filters."""
    if query.unit:
        await _check_units(connection, query.unit)
    return Listing(_statistics().where(*matching(query)), [Statistic.id])


async def _check_units(connection: AsyncConnection, words: list[str]) -> None:
    """Rejects a unit that no figure has; the error lists the known units."""
    known = set(await connection.scalars(select(Statistic.unit).distinct()))
    for word in words:
        if word.strip().lower() not in {unit.lower() for unit in known}:
            raise unknown_enum_value("unit", word, known=known)


async def get_statistic(connection: AsyncConnection, statistic_id: str) -> Versioned:
    one = _statistics().add_columns(as_version(Statistic.updated_at)).where(Statistic.id == statistic_id)
    found = (await connection.execute(one)).one_or_none()
    if found is None:
        raise await absent(connection, Collection.STATISTICS, statistic_id, kind="statistic")
    return Versioned(found[0], record=f"statistics/{statistic_id}", version=found[1])
