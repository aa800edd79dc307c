"""Selects over roundtables, panels and participations."""

from collections.abc import Callable
from typing import Any

from sqlalchemy import ColumnElement, Select, case, func, literal_column, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.orm import aliased

from app.auth.queries import absent, published
from app.core.db import as_text, as_version, json_list, json_object
from app.core.errors import not_found
from app.core.etags import Versioned
from app.core.pagination import Listing, PageSlice, fetch_slice
from app.models import (
    Anchor,
    FollowUp,
    FollowUpBody,
    Organization,
    Panel,
    PanelParagraph,
    PanelSession,
    Paragraph,
    Participation,
    Recommendation,
    RecommendationTarget,
    Roundtable,
    Section,
)
from app.models.expressions.citation import citation_json
from app.models.expressions.participation import participation_rows, participations
from app.models.expressions.party import organization_ids_by_name, person_ids_by_name, reference_json
from app.panels import schemas
from app.vocabulary import Collection

_attendance_anchor = aliased(Anchor)
_plan_anchor = aliased(Anchor)
_responsible = aliased(Organization)
_ROUNDTABLE = json_object(
    schemas.RoundtableOut,
    id=Roundtable.id,
    cable_id=Roundtable.cable_id,
    name=Roundtable.name,
    edition=Roundtable.edition,
    theme=Roundtable.theme,
    starts_on=Roundtable.starts_on,
    ends_on=Roundtable.ends_on,
    place=Roundtable.place,
    country=Roundtable.country,
    host=reference_json(Organization),
    attendance=case(
        (Roundtable.attendance.is_(None), literal_column("NULL::json")),
        else_=json_object(
            schemas.AttendanceOut,
            qualifier=Roundtable.attendance_qualifier,
            value=Roundtable.attendance,
            of=Roundtable.attendance_of,
            citation=citation_json(_attendance_anchor),
        ),
    ),
    keynotes=participations(
        of=Roundtable,
        where=(Participation.roundtable_id == Roundtable.id) & Participation.panel_id.is_(None),
    ),
    panels=json_list(
        select(json_object(schemas.PanelReference, id=Panel.id, number=Panel.number, title=Panel.title)).where(
            Panel.roundtable_id == Roundtable.id
        ),
        of=Roundtable,
        order_by=Panel.number,
    ),
    follow_up=json_list(
        select(
            json_object(
                schemas.FollowUpOut,
                id=FollowUp.id,
                text=FollowUp.text,
                responsible=json_list(
                    select(reference_json(_responsible))
                    .select_from(FollowUpBody)
                    .join(_responsible, _responsible.id == FollowUpBody.organization_id)
                    .where(FollowUpBody.follow_up_id == FollowUp.id),
                    of=FollowUp,
                    order_by=FollowUpBody.ordinal,
                ),
                due=FollowUp.due,
                citation=citation_json(_plan_anchor),
            )
        )
        .select_from(FollowUp)
        .join(_plan_anchor, _plan_anchor.id == FollowUp.anchor_id)
        .where(FollowUp.roundtable_id == Roundtable.id),
        of=Roundtable,
        order_by=FollowUp.id,
    ),
    citation=citation_json(Anchor),
)

# Labels of the paragraphs under each heading, per panel. Headings are ordered by their first paragraph.
_headed = (
    select(
        PanelParagraph.panel_id,
        Section.heading,
        func.json_agg(Paragraph.label).aggregate_order_by(Paragraph.ordinal).label("labels"),
        func.min(Paragraph.ordinal).label("first"),
    )
    .join(
        Paragraph,
        (Paragraph.cable_id == PanelParagraph.cable_id) & (Paragraph.label == PanelParagraph.paragraph),
    )
    .outerjoin(Section, (Section.cable_id == Paragraph.cable_id) & (Section.ordinal == Paragraph.section))
    .group_by(PanelParagraph.panel_id, Section.ordinal, Section.heading)
    .subquery("headed")
)


def _labels(where: ColumnElement[bool], *, of: Any) -> ColumnElement[Any]:
    rows = (
        select(Paragraph.label)
        .select_from(PanelParagraph)
        .join(
            Paragraph,
            (Paragraph.cable_id == PanelParagraph.cable_id) & (Paragraph.label == PanelParagraph.paragraph),
        )
        .where(where)
    )
    return json_list(rows, of=of, order_by=Paragraph.ordinal)


_session_anchor = aliased(Anchor)
_asked = (
    select(Recommendation.panel_id, RecommendationTarget.target, func.count().label("count"))
    .join(RecommendationTarget, RecommendationTarget.recommendation_id == Recommendation.id)
    .where(published())
    .group_by(Recommendation.panel_id, RecommendationTarget.target)
    .subquery("asked")
)
_PANEL = json_object(
    schemas.PanelOut,
    id=Panel.id,
    roundtable_id=Panel.roundtable_id,
    cable_id=Panel.cable_id,
    number=Panel.number,
    title=Panel.title,
    paragraphs=_labels(PanelParagraph.panel_id == Panel.id, of=Panel),
    sections=json_list(
        select(json_object(schemas.SectionOut, heading=_headed.c.heading, paragraphs=_headed.c.labels)).where(
            _headed.c.panel_id == Panel.id
        ),
        of=Panel,
        order_by=_headed.c.first,
    ),
    sessions=json_list(
        select(
            json_object(
                schemas.SessionOut,
                name=PanelSession.name,
                paragraphs=_labels(
                    (PanelParagraph.panel_id == PanelSession.panel_id)
                    & (PanelParagraph.session == PanelSession.ordinal),
                    of=PanelSession,
                ),
                citation=citation_json(_session_anchor),
            )
        )
        .select_from(PanelSession)
        .join(_session_anchor, _session_anchor.id == PanelSession.anchor_id)
        .where(PanelSession.panel_id == Panel.id),
        of=Panel,
        order_by=PanelSession.ordinal,
    ),
    participants=participations(of=Panel, where=Participation.panel_id == Panel.id),
    recommendations_by_target=json_list(
        select(json_object(schemas.TargetCount, target=_asked.c.target, count=_asked.c.count)).where(
            _asked.c.panel_id == Panel.id
        ),
        of=Panel,
        order_by=_asked.c.target,
    ),
    citation=citation_json(Anchor),
)


def _roundtables() -> Select[str]:
    return (
        select(as_text(_ROUNDTABLE))
        .select_from(Roundtable)
        .join(Organization, Organization.id == Roundtable.host_id)
        .join(Anchor, Anchor.id == Roundtable.anchor_id)
        .outerjoin(_attendance_anchor, _attendance_anchor.id == Roundtable.attendance_anchor_id)
    )


def _panels() -> Select[str]:
    return select(as_text(_PANEL)).select_from(Panel).outerjoin(Anchor, Anchor.id == Panel.anchor_id)


def matching(query: schemas.PanelFilters) -> list[ColumnElement[bool]]:
    """Conditions of the panel filters that are set, one each."""
    wanted: list[ColumnElement[bool]] = []
    if query.cable:
        wanted.append(Panel.cable_id.in_(query.cable))
    if query.roundtable:
        wanted.append(Panel.roundtable_id.in_(query.roundtable))
    took_part = select(Participation.panel_id).where(Participation.panel_id.is_not(None))
    if query.person:
        wanted.append(Panel.id.in_(took_part.where(Participation.person_id.in_(person_ids_by_name(query.person)))))
    if query.organization:
        named = organization_ids_by_name(query.organization)
        wanted.append(
            Panel.id.in_(
                took_part.where(or_(Participation.organization_id.in_(named), Participation.on_behalf_of_id.in_(named)))
            )
        )
    return wanted


async def find_roundtables(connection: AsyncConnection, query: schemas.RoundtableQuery) -> PageSlice:
    return await fetch_slice(connection, await listed_roundtables(connection, query), query=query)


async def listed_roundtables(_connection: AsyncConnection, query: schemas.RoundtableFilters) -> Listing:
    """Listing of the roundtables that match the filters."""
    rows = _roundtables()
    if query.cable:
        rows = rows.where(Roundtable.cable_id.in_(query.cable))
    if query.country:
        rows = rows.where(Roundtable.country.in_([code.upper() for code in query.country]))
    return Listing(rows, [Roundtable.id])


async def get_roundtable(connection: AsyncConnection, roundtable_id: str) -> str:
    found = await connection.scalar(_roundtables().where(Roundtable.id == roundtable_id))
    if found is None:
        raise not_found("roundtable", roundtable_id)
    return found


async def find_panels(connection: AsyncConnection, query: schemas.PanelQuery) -> PageSlice:
    return await fetch_slice(connection, await listed_panels(connection, query), query=query)


async def listed_panels(_connection: AsyncConnection, query: schemas.PanelFilters) -> Listing:
    """Listing of the panels that match the filters."""
    return Listing(_panels().where(*matching(query)), [Panel.id])


async def get_panel(connection: AsyncConnection, panel_id: str) -> str:
    found = await connection.scalar(_panels().where(Panel.id == panel_id))
    if found is None:
        raise not_found("panel", panel_id)
    return found


PART_CONDITIONS: dict[str, Callable[[Any], ColumnElement[bool]]] = {
    "cable": lambda ids: Participation.anchor_id.in_(select(Anchor.id).where(Anchor.cable_id.in_(ids))),
    "roundtable": Participation.roundtable_id.in_,
    "panel": lambda numbers: Participation.panel_id.in_(select(Panel.id).where(Panel.number.in_(numbers))),
    "person": lambda names: Participation.person_id.in_(person_ids_by_name(names)),
    "organization": lambda names: or_(
        Participation.organization_id.in_(organization_ids_by_name(names)),
        Participation.on_behalf_of_id.in_(organization_ids_by_name(names)),
    ),
    "capacity": Participation.capacity.in_,
}
"""Condition of each filter of participations."""


async def find_participations(connection: AsyncConnection, query: schemas.ParticipationQuery) -> PageSlice:
    return await fetch_slice(connection, await listed_participations(connection, query), query=query)


async def listed_participations(_connection: AsyncConnection, query: schemas.ParticipationFilters) -> Listing:
    """Listing of the participations that match the filters."""
    filters = {name: getattr(query, name) for name in PART_CONDITIONS}
    conditions = [PART_CONDITIONS[name](value) for name, value in filters.items() if value]
    return Listing(_participations().where(*conditions), [Participation.id])


async def get_participation(connection: AsyncConnection, participation_id: str) -> Versioned:
    one = _participations().add_columns(as_version(Participation.updated_at))
    found = (await connection.execute(one.where(Participation.id == participation_id))).one_or_none()
    if found is None:
        raise await absent(connection, Collection.PARTICIPATIONS, participation_id, kind="participation")
    return Versioned(found[0], record=f"participations/{participation_id}", version=found[1])


def _participations() -> Select[str]:
    rows = participation_rows()
    return rows.with_only_columns(as_text(rows.selected_columns[0]), maintain_column_froms=True)
