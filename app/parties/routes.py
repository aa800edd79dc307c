"""Endpoints of people and organizations."""

from typing import Annotated

from fastapi import Path, Query

from app.auth.dependencies import READS
from app.http.responses import Answer, page_of
from app.http.routing import Reading, Router
from app.parties import queries
from app.parties.schemas import (
    OrganizationOut,
    OrganizationPage,
    OrganizationQuery,
    PersonOut,
    PersonPage,
    PersonQuery,
)

router = Router(tag="parties", needs=READS, kept=True)

PersonId = Annotated[
    str,
    Path(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=120, description="Slug.", examples=["jane-doe"]),
]
OrganizationId = Annotated[
    str,
    Path(
        pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$",
        max_length=120,
        description="Slug.",
        examples=["guild-of-kite-makers"],
    ),
]


@router.get("/people")
async def list_people(query: Annotated[PersonQuery, Query()], connection: Reading) -> Answer[PersonPage]:
    """People: every name they go by, and their participations."""
    return page_of(await queries.find_people(connection, query))


@router.get("/people/{person_id}")
async def get_person(person_id: PersonId, connection: Reading) -> Answer[PersonOut]:
    """One person."""
    return Answer(await queries.get_person(connection, person_id))


@router.get("/organizations")
async def list_organizations(
    query: Annotated[OrganizationQuery, Query()], connection: Reading
) -> Answer[OrganizationPage]:
    """Organizations, agencies, bodies and forums: every name they go by, and the participations for them."""
    return page_of(await queries.find_organizations(connection, query))


@router.get("/organizations/{organization_id}")
async def get_organization(organization_id: OrganizationId, connection: Reading) -> Answer[OrganizationOut]:
    """One organization."""
    return Answer(await queries.get_organization(connection, organization_id))
