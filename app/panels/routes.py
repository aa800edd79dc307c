"""Endpoints of roundtables, panels and participations."""

from typing import Annotated

from fastapi import Path, Query

from app.auth.dependencies import require_reader
from app.core.schemas import SLUG_MOST
from app.http.problems import GONE
from app.http.responses import RawJsonResponse, page_response
from app.http.routing import ReadConnection, Router
from app.panels import queries
from app.panels.schemas import (
    PanelOut,
    PanelPage,
    PanelQuery,
    ParticipationPage,
    ParticipationQuery,
    RoundtableOut,
    RoundtablePage,
    RoundtableQuery,
)
from app.vocabulary import ParticipationOut

router = Router(tag="panels", requires=require_reader, cacheable=True)

RoundtableId = Annotated[
    str,
    Path(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=SLUG_MOST, description="Slug.", examples=["beijing-2007"]),
]
PanelId = Annotated[
    str,
    Path(
        pattern=r"^[0-9]{2}[A-Z]+[0-9]+-P[0-9]{1,3}$",
        max_length=48,
        description="The cable's reference id and the panel's number.",
        examples=["07BEIJING7192-P4"],
    ),
]
ParticipationId = Annotated[
    str,
    Path(
        pattern=r"^[0-9]{2}[A-Z]+[0-9]+-PTA?[0-9]{2,4}$",
        max_length=48,
        description="The cable's reference id and the participation's number.",
        examples=["07BEIJING7192-PT04"],
    ),
]


@router.get("/roundtables")
async def list_roundtables(
    query: Annotated[RoundtableQuery, Query()], connection: ReadConnection
) -> RawJsonResponse[RoundtablePage]:
    """Roundtables: theme, dates, place, attendance, keynote speakers and panels."""
    return page_response(await queries.find_roundtables(connection, query))


@router.get("/roundtables/{roundtable_id}")
async def get_roundtable(roundtable_id: RoundtableId, connection: ReadConnection) -> RawJsonResponse[RoundtableOut]:
    """One roundtable."""
    return RawJsonResponse(await queries.get_roundtable(connection, roundtable_id))


@router.get("/panels")
async def list_panels(query: Annotated[PanelQuery, Query()], connection: ReadConnection) -> RawJsonResponse[PanelPage]:
    """Panels: full title, sections, sessions, participants, and the number of recommendations to each target."""
    return page_response(await queries.find_panels(connection, query))


@router.get("/panels/{panel_id}")
async def get_panel(panel_id: PanelId, connection: ReadConnection) -> RawJsonResponse[PanelOut]:
    """One panel."""
    return RawJsonResponse(await queries.get_panel(connection, panel_id))


@router.get("/participations")
async def list_participations(
    query: Annotated[ParticipationQuery, Query()], connection: ReadConnection
) -> RawJsonResponse[ParticipationPage]:
    """Participations: person, capacity, organization, and the words that report them."""
    return page_response(await queries.find_participations(connection, query))


@router.get("/participations/{participation_id}", responses=GONE)
async def get_participation(
    participation_id: ParticipationId, connection: ReadConnection
) -> RawJsonResponse[ParticipationOut]:
    """One participation."""
    return RawJsonResponse(await queries.get_participation(connection, participation_id))
