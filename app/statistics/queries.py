"""Selects over statistics."""

from typing import Any

from sqlalchemy import ColumnElement, Select, bindparam, func, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.orm import aliased

from app.auth.queries import absent
from app.core.dates import check_order
from app.core.db import as_text, as_version, json_object, json_ranges
from app.core.errors import unknown_enum_value
from app.core.etags import Versioned
from app.core.pagination import Listing, PageSlice, fetch_slice
from app.core.statements import (
    Binds,
    Bound,
    Conditions,
    any_of,
    built_once,
    dates_of,
    during,
    filters_of,
    matching,
)
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


CONDITIONS: Conditions = {
    "cable": any_of(Statistic.cable_id),
    "paragraph": any_of(Anchor.paragraph),
    "panel": any_of(Panel.number),
    "unit": any_of(func.lower(Statistic.unit)),
    "said_by": lambda names: _said(StatisticSpeaker.person_id.in_(person_ids_by_name(names))),
    "organization": _said_for,
}
"""Condition of each filter of the query, except the two dates, which form one condition."""


@built_once
def _listing(binds: Binds) -> Listing:
    conditions = [*matching(binds, CONDITIONS), *during(binds, Statistic.during)]
    return Listing(_statistics().where(*conditions), [Statistic.id])


async def find_statistics(connection: AsyncConnection, query: schemas.StatisticQuery) -> PageSlice:
    return await fetch_slice(connection, await listed(connection, query), query=query)


async def listed(connection: AsyncConnection, query: schemas.StatisticFilters) -> Bound[Listing]:
    """Listing of the figures that match the filters."""
    values = {**filters_of(query, CONDITIONS), **dates_of(query)}
    if query.unit:
        await _check_units(connection, query.unit)
        values["unit"] = [word.strip().lower() for word in query.unit]
    check_order(query.from_, query.to)
    return _listing(values)


_UNITS = select(Statistic.unit).distinct()


async def _check_units(connection: AsyncConnection, words: list[str]) -> None:
    """Rejects a unit that no figure has; the error lists the known units."""
    known = set(await connection.scalars(_UNITS))
    for word in words:
        if word.strip().lower() not in {unit.lower() for unit in known}:
            raise unknown_enum_value("unit", word, known=known)


_ONE = _statistics().add_columns(as_version(Statistic.updated_at)).where(Statistic.id == bindparam("id"))


async def get_statistic(connection: AsyncConnection, statistic_id: str) -> Versioned:
    found = (await connection.execute(_ONE, {"id": statistic_id})).one_or_none()
    if found is None:
        raise await absent(connection, Collection.STATISTICS, statistic_id, kind="statistic")
    return Versioned(found[0], record=f"statistics/{statistic_id}", version=found[1])
