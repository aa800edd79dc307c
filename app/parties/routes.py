"""Endpoints of people and organizations."""

from typing import Annotated

from fastapi import Path, Query

from app.auth.dependencies import require_reader
from app.core.schemas import SLUG_MOST
from app.http.responses import RawJsonResponse, page_response
from app.http.routing import ReadConnection, Router
from app.parties import queries
from app.parties.schemas import OrganizationOut, OrganizationPage, OrganizationQuery, PersonOut, PersonPage, PersonQuery

router = Router(tag="parties", requires=require_reader, cacheable=True)

PersonId = Annotated[
    str,
    Path(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=SLUG_MOST, description="Slug.", examples=["jane-doe"]),
]
OrganizationId = Annotated[
    str,
    Path(
        pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$",
        max_length=SLUG_MOST,
        description="Slug.",
        examples=["guild-of-kite-makers"],
    ),
]


@router.get("/people")
async def list_people(
    query: Annotated[PersonQuery, Query()], connection: ReadConnection
) -> RawJsonResponse[PersonPage]:
    """People: all their names, and their participations."""
    return page_response(await queries.find_people(connection, query))


@router.get("/people/{person_id}")
async def get_person(person_id: PersonId, connection: ReadConnection) -> RawJsonResponse[PersonOut]:
    """One person."""
    return RawJsonResponse(await queries.get_person(connection, person_id))


@router.get("/organizations")
async def list_organizations(
    query: Annotated[OrganizationQuery, Query()], connection: ReadConnection
) -> RawJsonResponse[OrganizationPage]:
    """Organizations, agencies, bodies and forums: all their names, and the participations for them."""
    return page_response(await queries.find_organizations(connection, query))


@router.get("/organizations/{organization_id}")
async def get_organization(
    organization_id: OrganizationId, connection: ReadConnection
) -> RawJsonResponse[OrganizationOut]:
    """One organization."""
    return RawJsonResponse(await queries.get_organization(connection, organization_id))
