"""Endpoints of reforms and events."""

from typing import Annotated

from fastapi import Path, Query

from app.auth.dependencies import require_reader
from app.core.schemas import RECORD_ID_MOST, SLUG_MOST
from app.http.problems import GONE
from app.http.responses import RawJsonResponse, SvgResponse, page_response
from app.http.routing import ReadConnection, Router
from app.reforms import formats, queries
from app.reforms.schemas import (
    AllEventsQuery,
    ClockQuery,
    EventOut,
    EventPage,
    EventQuery,
    ReformDetailOut,
    ReformPage,
    ReformQuery,
)

router = Router(tag="reforms", requires=require_reader, cacheable=True)

Slug = Annotated[
    str,
    Path(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=SLUG_MOST, description="Slug.", examples=["patent-law"]),
]
EventId = Annotated[
    str,
    Path(
        pattern=r"^[a-z0-9]+(-[a-z0-9]+)*-EA?[0-9]{2,4}$",
        max_length=RECORD_ID_MOST,
        description="The reform's slug and the event's number.",
        examples=["patent-law-E03"],
    ),
]


@router.get("/reforms")
async def list_reforms(
    query: Annotated[ReformQuery, Query()], connection: ReadConnection
) -> RawJsonResponse[ReformPage]:
    """Reforms as of a day: stage and round, the round in force, and the next expected event."""
    return page_response(await queries.find_reforms(connection, query))


@router.get("/reforms/timeline.svg", response_class=SvgResponse)
async def draw_reforms(query: Annotated[ClockQuery, Query()], connection: ReadConnection) -> SvgResponse:
    """Timeline of all reforms as one drawing: occurred events solid, expected ones hollow, uncertain dates as bars."""
    reforms = await queries.get_timelines(connection, query=query)
    return SvgResponse(formats.draw_reforms([ReformDetailOut.model_validate_json(reform) for reform in reforms]))


@router.get("/reforms/{slug}")
async def get_reform(
    slug: Slug, query: Annotated[ClockQuery, Query()], connection: ReadConnection
) -> RawJsonResponse[ReformDetailOut]:
    """One reform with its timeline, the concerns raised about it, and the recommendations about it."""
    return RawJsonResponse(await queries.get_reform(connection, slug, query=query))


@router.get("/reforms/{slug}/timeline.svg", response_class=SvgResponse)
async def draw_reform(slug: Slug, query: Annotated[ClockQuery, Query()], connection: ReadConnection) -> SvgResponse:
    """Timeline of one reform as a drawing: stages against dates, and a key that describes each event."""
    reform = await queries.get_reform(connection, slug, query=query)
    return SvgResponse(formats.draw_reform(ReformDetailOut.model_validate_json(reform)))


@router.get("/reforms/{slug}/events")
async def list_reform_events(
    slug: Slug, query: Annotated[EventQuery, Query()], connection: ReadConnection
) -> RawJsonResponse[EventPage]:
    """Timeline of one reform as a list of events."""
    return page_response(await queries.find_events(connection, query, reform=slug))


@router.get("/events")
async def list_events(
    query: Annotated[AllEventsQuery, Query()], connection: ReadConnection
) -> RawJsonResponse[EventPage]:
    """Events that occurred or were expected, across reforms, each with its source and outcome."""
    return page_response(await queries.find_all_events(connection, query))


@router.get("/events/{event_id}", responses=GONE)
async def get_event(
    event_id: EventId, query: Annotated[ClockQuery, Query()], connection: ReadConnection
) -> RawJsonResponse[EventOut]:
    """One event. Returns 404 if no source had stated it yet, by the clocks given."""
    return RawJsonResponse(await queries.get_event(connection, event_id, query=query))
