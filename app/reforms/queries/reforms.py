"""Selects over reforms: the stage of each is derived from its events, and never stored."""

from typing import Any

from sqlalchemy import ColumnElement, Date, Select, and_, bindparam, case, func, literal_column, or_, select
from sqlalchemy import cast as sql_cast
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.orm import aliased

from app.core.db import as_text, json_list, json_object
from app.core.errors import not_found
from app.core.pagination import Listing, PageSlice, fetch_slice
from app.core.statements import Binds, Bound, Conditions, any_of, built_once, filters_of, matching
from app.models import (
    Anchor,
    Concern,
    ConcernRaiser,
    ConcernReform,
    Event,
    Paragraph,
    RecommendationReform,
    Reform,
    ReformRound,
)
from app.models.expressions.citation import citation_json, passage_json
from app.models.expressions.party import organization_ids_by_name, proposers_json, validate_body_names
from app.reforms import schemas
from app.reforms.queries.bitemporal import AS_OF, KNOWN_AT, as_of_params, had_occurred, rank, visible_as_of
from app.reforms.queries.events import EventsAsOf
from app.vocabulary import Outcome, Stage


def _counted(event: Any) -> ColumnElement[bool]:
    """Condition for events that count for the stage: of the reform's own text, occurred, and with a stage."""
    return and_(had_occurred(event), event.instrument.is_(None), event.stage.is_not(None))


def _current_stage() -> Any:
    """Subquery with the event that the stage of each reform rests on; if several reached the stage, the first.

    Only the newest round counts: the furthest event on the line, unless an event beside the line came later than all of
    those.
    """
    event = aliased(Event)
    far = rank(event)
    candidates = (
        select(
            event.id,
            event.reform_id,
            event.stage,
            event.round,
            event.latest,
            far.label("rank"),
            func.max(event.round).over(partition_by=event.reform_id).label("newest"),
            func.max(case((far.is_not(None), event.latest)))
            .over(partition_by=(event.reform_id, event.round))
            .label("on_line"),
        )
        .where(_counted(event))
        .subquery("candidates")
    )
    found = candidates.c
    came_later = and_(found.rank.is_(None), or_(found.on_line.is_(None), found.latest > found.on_line))
    return (
        select(found.id, found.reform_id, found.stage, found.round)
        .where(found.round == found.newest)
        .ext(distinct_on(found.reform_id))
        .order_by(
            found.reform_id,
            came_later.desc(),
            found.rank.desc().nulls_last(),
            found.latest,
            found.id,
        )
        .subquery("current_stage")
    )


def _in_force() -> Any:
    """Subquery with the event by which the newest round in force of each reform took effect."""
    event = aliased(Event)
    return (
        select(event.id, event.reform_id, event.round, event.date, event.latest)
        .where(_counted(event), event.stage == Stage.EFFECTIVE)
        .ext(distinct_on(event.reform_id))
        .order_by(event.reform_id, event.round.desc(), event.latest, event.id)
        .subquery("in_force")
    )


_current_stage_now = _current_stage().c
_force_now = _in_force().c
_round = aliased(ReformRound)
_force_round = aliased(ReformRound)
_next, _timeline = EventsAsOf(), EventsAsOf()
_pending = _next.rows().where(_next.event.reform_id == Reform.id, _next.outcome == Outcome.PENDING.value)
_of_round = aliased(Event)
_begun = (
    select(_of_round.round)
    .where(_of_round.reform_id == ReformRound.reform_id, visible_as_of(_of_round))
    .correlate(ReformRound)
)
_raised, _lead_in = aliased(Anchor), aliased(Anchor)


def _as_round(of: Any) -> ColumnElement[Any]:
    entry = json_object(schemas.RoundOut, number=of.number, name=of.name)
    return case((of.number.is_(None), literal_column("NULL::json")), else_=entry)


_SUMMARY: dict[str, Any] = {
    "slug": Reform.id,
    "name": Reform.name,
    "kind": Reform.kind,
    "summary": Reform.summary,
    "as_of": sql_cast(AS_OF, Date),
    "known_at": sql_cast(KNOWN_AT, Date),
    "stage": _current_stage_now.stage,
    "stage_event": _current_stage_now.id,
    "round": _as_round(_round),
    "in_force": case(
        (_force_now.id.is_(None), literal_column("NULL::json")),
        else_=json_object(
            schemas.InForceOut,
            round=_as_round(_force_round),
            date=_force_now.date,
            by=_force_now.latest,
            event=_force_now.id,
        ),
    ),
    "next_expected": _pending.order_by(_next.event.latest.asc().nulls_last(), _next.event.id)
    .limit(1)
    .correlate(Reform)
    .scalar_subquery(),
    "rounds": json_list(
        select(json_object(schemas.RoundOut, number=ReformRound.number, name=ReformRound.name)).where(
            ReformRound.reform_id == Reform.id, ReformRound.number.in_(_begun)
        ),
        of=Reform,
        order_by=ReformRound.number,
    ),
}
_CONCERN = json_object(
    schemas.ConcernOut,
    id=Concern.id,
    text=Concern.text,
    raised_by=proposers_json(ConcernRaiser, of=Concern, where=ConcernRaiser.concern_id == Concern.id),
    lead_in=passage_json(_lead_in),
    citation=citation_json(_raised),
    marking=Paragraph.marking,
)
_concerns = (
    select(_CONCERN)
    .select_from(ConcernReform)
    .join(Concern, Concern.id == ConcernReform.concern_id)
    .join(_raised, _raised.id == Concern.anchor_id)
    .join(Paragraph, and_(Paragraph.cable_id == _raised.cable_id, Paragraph.label == _raised.paragraph))
    .outerjoin(_lead_in, _lead_in.id == Concern.lead_in_anchor_id)
    .where(ConcernReform.reform_id == Reform.id)
)
_asked = select(RecommendationReform.recommendation_id).where(RecommendationReform.reform_id == Reform.id)
_DETAIL = json_object(
    schemas.ReformDetailOut,
    **_SUMMARY,
    timeline=json_list(
        _timeline.rows().where(_timeline.event.reform_id == Reform.id),
        of=Reform,
        order_by=(_timeline.event.dated, _timeline.event.id),
    ),
    concerns=json_list(_concerns, of=Reform, order_by=Concern.id),
    recommendations=json_list(_asked, of=Reform, order_by=RecommendationReform.recommendation_id),
)


def _reforms(shape: ColumnElement[Any]) -> Select[str]:
    return (
        select(as_text(shape))
        .select_from(Reform)
        .outerjoin(_current_stage_now.id.table, _current_stage_now.reform_id == Reform.id)
        .outerjoin(_round, and_(_round.reform_id == Reform.id, _round.number == _current_stage_now.round))
        .outerjoin(_force_now.id.table, _force_now.reform_id == Reform.id)
        .outerjoin(_force_round, and_(_force_round.reform_id == Reform.id, _force_round.number == _force_now.round))
    )


_SUMMARIES = _reforms(json_object(schemas.ReformOut, **_SUMMARY))
_DETAILS = _reforms(_DETAIL)


def _concerning(names: Any) -> ColumnElement[bool]:
    visible = EventsAsOf()
    responsible = visible.event.body_id.in_(organization_ids_by_name(names))
    return Reform.id.in_(visible.reforms().where(responsible))


def _expected_before(day: Any) -> ColumnElement[bool]:
    visible = EventsAsOf()
    soon = and_(visible.outcome == Outcome.PENDING.value, visible.event.latest < day)
    return Reform.id.in_(visible.reforms().where(soon))


CONDITIONS: Conditions = {
    "stage": any_of(_current_stage_now.stage),
    "kind": any_of(Reform.kind),
    "body": _concerning,
    "expected_before": _expected_before,
}
"""Condition of each filter of the query."""


@built_once
def _listing(binds: Binds) -> Listing:
    return Listing(_SUMMARIES.where(*matching(binds, CONDITIONS)), [Reform.ordinal, Reform.id])


async def find_reforms(connection: AsyncConnection, query: schemas.ReformQuery) -> PageSlice:
    return await fetch_slice(connection, await listed_reforms(connection, query), query=query)


async def listed_reforms(connection: AsyncConnection, query: schemas.ReformFilters) -> Bound[Listing]:
    """Listing of the reforms that match the filters, by the two clocks."""
    await validate_body_names(connection, body=query.body)
    return _listing({**filters_of(query, CONDITIONS), **as_of_params(query)})


_ONE = _DETAILS.where(Reform.id == bindparam("id"))
_TIMELINES = _DETAILS.order_by(Reform.ordinal)


async def get_reform(connection: AsyncConnection, slug: str, *, query: schemas.ClockQuery) -> str:
    found = await connection.scalar(_ONE, {"id": slug, **as_of_params(query)})
    if found is None:
        raise not_found("reform", slug)
    return found


async def get_timelines(connection: AsyncConnection, *, query: schemas.ClockQuery) -> list[str]:
    """Full JSON of every reform, in the register's order."""
    return list(await connection.scalars(_TIMELINES, as_of_params(query)))
