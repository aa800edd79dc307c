"""Selects over roundtables, panels and participations."""

from typing import Any

from sqlalchemy import ColumnElement, Select, bindparam, case, func, literal_column, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.orm import aliased

from app.auth.queries import absent
from app.core.db import as_text, as_version, json_list, json_object
from app.core.errors import not_found
from app.core.etags import Versioned
from app.core.pagination import Listing, PageSlice, fetch_slice
from app.core.statements import Binds, Bound, Conditions, any_of, built_once, filters_of, matching
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


def _is_person(names: Any) -> ColumnElement[bool]:
    return Participation.person_id.in_(person_ids_by_name(names))


def _is_organization(names: Any) -> ColumnElement[bool]:
    called = organization_ids_by_name(names)
    return or_(Participation.organization_id.in_(called), Participation.on_behalf_of_id.in_(called))


def _with_part(condition: ColumnElement[bool]) -> ColumnElement[bool]:
    return Panel.id.in_(select(Participation.panel_id).where(Participation.panel_id.is_not(None), condition))


ROUNDTABLE_CONDITIONS: Conditions = {
    "cable": any_of(Roundtable.cable_id),
    "country": any_of(Roundtable.country),
}
PANEL_CONDITIONS: Conditions = {
    "cable": any_of(Panel.cable_id),
    "roundtable": any_of(Panel.roundtable_id),
    "person": lambda names: _with_part(_is_person(names)),
    "organization": lambda names: _with_part(_is_organization(names)),
}
PART_CONDITIONS: Conditions = {
    "cable": lambda ids: Participation.anchor_id.in_(select(Anchor.id).where(any_of(Anchor.cable_id)(ids))),
    "roundtable": any_of(Participation.roundtable_id),
    "panel": lambda numbers: Participation.panel_id.in_(select(Panel.id).where(any_of(Panel.number)(numbers))),
    "person": _is_person,
    "organization": _is_organization,
    "capacity": any_of(Participation.capacity),
}
"""Condition of each filter of roundtables, panels and participations."""


async def find_roundtables(connection: AsyncConnection, query: schemas.RoundtableQuery) -> PageSlice:
    return await fetch_slice(connection, await listed_roundtables(connection, query), query=query)


@built_once
def _roundtable_listing(binds: Binds) -> Listing:
    return Listing(_roundtables().where(*matching(binds, ROUNDTABLE_CONDITIONS)), [Roundtable.id])


async def listed_roundtables(_connection: AsyncConnection, query: schemas.RoundtableFilters) -> Bound[Listing]:
    """Listing of the roundtables that match the filters."""
    values = filters_of(query, ROUNDTABLE_CONDITIONS)
    if query.country:
        values["country"] = [code.upper() for code in query.country]
    return _roundtable_listing(values)


_ONE_ROUNDTABLE = _roundtables().where(Roundtable.id == bindparam("id"))


async def get_roundtable(connection: AsyncConnection, roundtable_id: str) -> str:
    found = await connection.scalar(_ONE_ROUNDTABLE, {"id": roundtable_id})
    if found is None:
        raise not_found("roundtable", roundtable_id)
    return found


async def find_panels(connection: AsyncConnection, query: schemas.PanelQuery) -> PageSlice:
    return await fetch_slice(connection, await listed_panels(connection, query), query=query)


@built_once
def _panel_listing(binds: Binds) -> Listing:
    return Listing(_panels().where(*matching(binds, PANEL_CONDITIONS)), [Panel.id])


async def listed_panels(_connection: AsyncConnection, query: schemas.PanelFilters) -> Bound[Listing]:
    """Listing of the panels that match the filters."""
    return _panel_listing(filters_of(query, PANEL_CONDITIONS))


_ONE_PANEL = _panels().where(Panel.id == bindparam("id"))


async def get_panel(connection: AsyncConnection, panel_id: str) -> str:
    found = await connection.scalar(_ONE_PANEL, {"id": panel_id})
    if found is None:
        raise not_found("panel", panel_id)
    return found


async def find_participations(connection: AsyncConnection, query: schemas.ParticipationQuery) -> PageSlice:
    return await fetch_slice(connection, await listed_participations(connection, query), query=query)


def _participations() -> Select[str]:
    rows = participation_rows()
    return rows.with_only_columns(as_text(rows.selected_columns[0]), maintain_column_froms=True)


@built_once
def _participation_listing(binds: Binds) -> Listing:
    return Listing(_participations().where(*matching(binds, PART_CONDITIONS)), [Participation.id])


async def listed_participations(_connection: AsyncConnection, query: schemas.ParticipationFilters) -> Bound[Listing]:
    """Listing of the participations that match the filters."""
    return _participation_listing(filters_of(query, PART_CONDITIONS))


_ONE_PARTICIPATION = (
    _participations().add_columns(as_version(Participation.updated_at)).where(Participation.id == bindparam("id"))
)


async def get_participation(connection: AsyncConnection, participation_id: str) -> Versioned:
    found = (await connection.execute(_ONE_PARTICIPATION, {"id": participation_id})).one_or_none()
    if found is None:
        raise await absent(connection, Collection.PARTICIPATIONS, participation_id, kind="participation")
    return Versioned(found[0], record=f"participations/{participation_id}", version=found[1])
