"""Selects over people and organizations."""

from typing import Any

from sqlalchemy import ColumnElement, Select, bindparam, func, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.orm import aliased

from app.core.db import as_text, json_list, json_object
from app.core.errors import not_found
from app.core.pagination import Listing, PageSlice, fetch_slice
from app.core.statements import Binds, Bound, Conditions, any_of, built_once, filters_of, matching
from app.models import (
    Organization,
    OrganizationName,
    Panel,
    Participation,
    Person,
    PersonName,
    RecommendationProposer,
)
from app.models.expressions.participation import participations
from app.models.expressions.party import organization_ids_by_name, person_ids_by_name, reference_json
from app.parties import schemas


def _names(names: Any, *, kind: str, of: Any, where: ColumnElement[bool]) -> ColumnElement[Any]:
    rows = select(names.name).where(where, names.kind == kind)
    return json_list(rows, of=of, order_by=names.ordinal)


def _proposed(where: ColumnElement[bool], *, of: Any) -> ColumnElement[Any]:
    counted = select(func.count(RecommendationProposer.recommendation_id.distinct())).where(where)
    return counted.correlate(of).scalar_subquery()


_PERSON = json_object(
    schemas.PersonOut,
    id=Person.id,
    name=Person.name,
    aliases=_names(PersonName, kind="alias", of=Person, where=PersonName.person_id == Person.id),
    misspellings=_names(PersonName, kind="misspelling", of=Person, where=PersonName.person_id == Person.id),
    participations=participations(of=Person, where=Participation.person_id == Person.id),
    recommendation_count=_proposed(RecommendationProposer.person_id == Person.id, of=Person),
)
_parent = aliased(Organization)
_of_organization = OrganizationName.organization_id == Organization.id
_took_part = or_(Participation.organization_id == Organization.id, Participation.on_behalf_of_id == Organization.id)
_ORGANIZATION = json_object(
    schemas.OrganizationOut,
    id=Organization.id,
    name=Organization.name,
    aliases=_names(OrganizationName, kind="alias", of=Organization, where=_of_organization),
    misspellings=_names(OrganizationName, kind="misspelling", of=Organization, where=_of_organization),
    participations=participations(of=Organization, where=_took_part),
    recommendation_count=_proposed(
        or_(
            RecommendationProposer.organization_id == Organization.id,
            RecommendationProposer.on_behalf_of_id == Organization.id,
        ),
        of=Organization,
    ),
    kind=Organization.kind,
    part_of=reference_json(_parent),
)


def _people() -> Select[str]:
    return select(as_text(_PERSON)).select_from(Person)


def _organizations() -> Select[str]:
    return (
        select(as_text(_ORGANIZATION)).select_from(Organization).outerjoin(_parent, _parent.id == Organization.part_of)
    )


def _employed(names: Any) -> ColumnElement[bool]:
    called = organization_ids_by_name(names)
    return or_(Participation.organization_id.in_(called), Participation.on_behalf_of_id.in_(called))


PART_CONDITIONS: Conditions = {
    "panel": lambda numbers: Participation.panel_id.in_(select(Panel.id).where(any_of(Panel.number)(numbers))),
    "capacity": any_of(Participation.capacity),
    "organization": _employed,
}
"""Condition of each filter that one participation has to match together."""
PERSON_CONDITIONS: Conditions = {"name": lambda names: Person.id.in_(person_ids_by_name(names))}
ORGANIZATION_CONDITIONS: Conditions = {
    "name": lambda names: Organization.id.in_(organization_ids_by_name(names)),
    "kind": any_of(Organization.kind),
}
"""Condition of each other filter."""


def _taking_part(binds: Binds, part: Select[Any], *, of: Any) -> list[ColumnElement[bool]]:
    """Condition that a participation matches all of its filters that are bound."""
    conditions = matching(binds, PART_CONDITIONS)
    return [part.where(*conditions).correlate(of).exists()] if conditions else []


async def find_people(connection: AsyncConnection, query: schemas.PersonQuery) -> PageSlice:
    return await fetch_slice(connection, await listed_people(connection, query), query=query)


@built_once
def _person_listing(binds: Binds) -> Listing:
    part = select(Participation.person_id).where(Participation.person_id == Person.id)
    conditions = (*_taking_part(binds, part, of=Person), *matching(binds, PERSON_CONDITIONS))
    return Listing(_people().where(*conditions), [Person.id])


async def listed_people(_connection: AsyncConnection, query: schemas.PersonFilters) -> Bound[Listing]:
    """Returns the listing of people that match the filters."""
    return _person_listing(filters_of(query, {**PART_CONDITIONS, **PERSON_CONDITIONS}))


_ONE_PERSON = _people().where(Person.id == bindparam("id"))


async def get_person(connection: AsyncConnection, person_id: str) -> str:
    found = await connection.scalar(_ONE_PERSON, {"id": person_id})
    if found is None:
        raise not_found("person", person_id)
    return found


async def find_organizations(connection: AsyncConnection, query: schemas.OrganizationQuery) -> PageSlice:
    return await fetch_slice(connection, await listed_organizations(connection, query), query=query)


@built_once
def _organization_listing(binds: Binds) -> Listing:
    part = select(Participation.id).where(_took_part)
    conditions = (*_taking_part(binds, part, of=Organization), *matching(binds, ORGANIZATION_CONDITIONS))
    return Listing(_organizations().where(*conditions), [Organization.id])


async def listed_organizations(_connection: AsyncConnection, query: schemas.OrganizationFilters) -> Bound[Listing]:
    """Returns the listing of organizations that match the filters."""
    return _organization_listing(filters_of(query, {**PART_CONDITIONS, **ORGANIZATION_CONDITIONS}))


_ONE_ORGANIZATION = _organizations().where(Organization.id == bindparam("id"))


async def get_organization(connection: AsyncConnection, organization_id: str) -> str:
    found = await connection.scalar(_ONE_ORGANIZATION, {"id": organization_id})
    if found is None:
        raise not_found("organization", organization_id)
    return found
