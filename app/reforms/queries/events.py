"""Selects over events of reforms, with the outcomes of expectations."""

from typing import Any

from sqlalchemy import ColumnElement, Select, and_, bindparam, case, func, literal_column, select
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.orm import aliased

from app.auth.queries import absent, published
from app.core.dates import check_order
from app.core.db import as_text, as_version, json_list, json_object
from app.core.errors import not_found
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
from app.models import (
    Anchor,
    Event,
    EventConflict,
    EventOutcome,
    EventSource,
    Organization,
    Paragraph,
    Recommendation,
    Reform,
    Source,
)
from app.models.expressions.citation import citation_json
from app.models.expressions.party import organization_ids_by_name, reference_json, validate_body_names
from app.reforms import schemas
from app.reforms.queries.bitemporal import as_of_params, had_occurred, outcome, visible_as_of
from app.reforms.schemas import Order
from app.vocabulary import Collection, Marking


def _as_source(source: Any) -> ColumnElement[Any]:
    return json_object(
        schemas.SourceOut,
        id=source.id,
        title=source.title,
        url=source.url,
        published_on=source.published_on,
        retrieved=source.retrieved,
    )


class EventsAsOf:
    """Events visible by the two clocks, with their joined records. Use one instance for each place in a select."""

    def __init__(self) -> None:
        self.event = aliased(Event)
        self._fulfilling = aliased(Event)
        self._body = aliased(Organization)
        self._anchor = aliased(Anchor)
        self._paragraph = aliased(Paragraph)
        self._source = aliased(Source)
        self.outcome = outcome(self.event, self._fulfilling)

    def reforms(self) -> Select[Any]:
        """Select of the reform ids of the events; callers add conditions."""
        return self.rows().with_only_columns(self.event.reform_id, maintain_column_froms=True)

    def rows(self) -> Select[Any]:
        """Select of the events as JSON; callers add conditions."""
        event, anchor, fulfilling = self.event, self._anchor, self._fulfilling
        return (
            select(self.json())
            .select_from(event)
            .outerjoin(fulfilling, and_(fulfilling.id == event.fulfilled_by_id, had_occurred(fulfilling)))
            .outerjoin(self._body, self._body.id == event.body_id)
            .outerjoin(anchor, anchor.id == event.anchor_id)
            .outerjoin(
                self._paragraph,
                and_(self._paragraph.cable_id == anchor.cable_id, self._paragraph.label == anchor.paragraph),
            )
            .outerjoin(self._source, self._source.id == event.source_id)
            .where(visible_as_of(event))
        )

    def json(self) -> ColumnElement[Any]:
        event, source = self.event, self._source
        web = case((source.id.is_(None), literal_column("NULL::json")), else_=_as_source(source))
        return json_object(
            schemas.EventOut,
            id=event.id,
            reform=event.reform_id,
            round=event.round,
            stage=event.stage,
            instrument=event.instrument,
            instrument_kind=event.instrument_kind,
            body=reference_json(self._body),
            text=event.text,
            kind=event.kind,
            outcome=self.outcome,
            fulfilled_by=self._fulfilling.id,
            date_text=event.date_text,
            date=event.date,
            earliest=event.earliest,
            latest=event.latest,
            confidence=event.confidence,
            prospective=event.prospective,
            known_from=event.known_from,
            known_from_basis=event.known_from_basis,
            citation=json_object(schemas.EventCitation, cable=citation_json(self._anchor), source=web),
            also_sources=self._also_sources(),
            conflicts_with=self._conflicts(),
            outcome_of=self._outcomes(),
            note=event.note,
            marking=func.coalesce(self._paragraph.marking, Marking.U.value),
            updated_at=event.updated_at,
        )

    def _also_sources(self) -> ColumnElement[Any]:
        further = aliased(Source)
        rows = (
            select(_as_source(further))
            .select_from(EventSource)
            .join(further, further.id == EventSource.source_id)
            .where(EventSource.event_id == self.event.id)
        )
        return json_list(rows, of=self.event, order_by=EventSource.ordinal)

    def _conflicts(self) -> ColumnElement[Any]:
        other = aliased(Event)
        rows = (
            select(EventConflict.other_id)
            .join(other, other.id == EventConflict.other_id)
            .where(EventConflict.event_id == self.event.id, visible_as_of(other))
        )
        return json_list(rows, of=self.event, order_by=EventConflict.other_id)

    def _outcomes(self) -> ColumnElement[Any]:
        recommendation = aliased(Recommendation)
        rows = (
            select(
                json_object(
                    schemas.OutcomeOf, recommendation=EventOutcome.recommendation_id, wording=EventOutcome.wording
                )
            )
            .select_from(EventOutcome)
            .join(recommendation, recommendation.id == EventOutcome.recommendation_id)
            .where(EventOutcome.event_id == self.event.id, published(recommendation))
        )
        return json_list(rows, of=self.event, order_by=EventOutcome.recommendation_id)


_visible = EventsAsOf()
_EVENTS = _visible.rows().with_only_columns(as_text(_visible.json()), maintain_column_froms=True)
ORDERS: dict[Order, list[ColumnElement[Any]]] = {
    Order.DATE: [_visible.event.dated.asc(), _visible.event.id.asc()],
    Order.DATE_DOWN: [_visible.event.dated.desc(), _visible.event.id.desc()],
}


def _resting_on(recommendations: Any) -> ColumnElement[bool]:
    bearing = select(EventOutcome.event_id).where(any_of(EventOutcome.recommendation_id)(recommendations))
    return _visible.event.id.in_(bearing)


CONDITIONS: Conditions = {
    "stage": any_of(_visible.event.stage),
    "body": lambda names: _visible.event.body_id.in_(organization_ids_by_name(names)),
    "kind": any_of(_visible.event.kind),
    "outcome": any_of(_visible.outcome),
    "confidence": any_of(_visible.event.confidence),
    "recommendation": _resting_on,
    "reform": any_of(_visible.event.reform_id),
}
"""Condition of each filter of the query, except the two dates, which form one condition."""
_REFORM_ID = select(Reform.id).where(Reform.id == bindparam("id"))


@built_once
def _listing(binds: Binds, order: Order) -> Listing:
    conditions = [*matching(binds, CONDITIONS), *during(binds, _visible.event.during)]
    return Listing(_EVENTS.where(*conditions), ORDERS[order])


async def find_events(connection: AsyncConnection, query: schemas.EventQuery, *, reform: str) -> PageSlice:
    """Page of the timeline of one reform."""
    if await connection.scalar(_REFORM_ID, {"id": reform}) is None:
        raise not_found("reform", reform)
    mine = _listing({**await _checked_filters(connection, query), "reform": reform}, query.sort)
    return await fetch_slice(connection, mine, query=query, within=reform)


async def find_all_events(connection: AsyncConnection, query: schemas.AllEventsQuery) -> PageSlice:
    return await fetch_slice(connection, await listed_events(connection, query), query=query)


async def listed_events(connection: AsyncConnection, query: schemas.EventFilters) -> Bound[Listing]:
    """Listing of the events that match the filters and are visible by the clocks."""
    return _listing(await _checked_filters(connection, query), query.sort)


async def _checked_filters(connection: AsyncConnection, query: schemas.EventFilters) -> dict[str, Any]:
    await validate_body_names(connection, body=query.body)
    check_order(query.from_, query.to)
    return {**filters_of(query, CONDITIONS), **dates_of(query), **as_of_params(query)}


_ONE = _EVENTS.add_columns(as_version(_visible.event.updated_at)).where(_visible.event.id == bindparam("id"))
_EVENT_ID = select(Event.id).where(Event.id == bindparam("id"))


async def get_event(
    connection: AsyncConnection, event_id: str, *, query: schemas.ClockQuery | None = None
) -> Versioned:
    """One event as seen by the clocks, by default today's."""
    values = {"id": event_id, **as_of_params(query or schemas.ClockQuery())}
    found = (await connection.execute(_ONE, values)).one_or_none()
    if found is None:
        if await connection.scalar(_EVENT_ID, {"id": event_id}):
            raise not_found("event", event_id)
        raise await absent(connection, Collection.EVENTS, event_id, kind="event")
    return Versioned(found[0], record=f"events/{event_id}", version=found[1])
