"""Request and response schemas of people and organizations."""

from typing import Annotated

from pydantic import Field

from app.core.pagination import Page, PageQuery
from app.core.schemas import Count, Identifier, Names, Numbers, QueryParams, Reference, ResponseModel, ShortText
from app.vocabulary import CapacityWord, OrganizationKind, ParticipationOut


class _PartyFilters(QueryParams):
    name: Annotated[Names, Field(examples=[["doe"]])] = []
    """Slug, code, name, alias or known misspelling, in any case."""
    panel: Annotated[Numbers, Field(examples=[[1]])] = []
    """Number of a panel in which they took part."""
    capacity: Annotated[list[CapacityWord], Field(max_length=10, examples=[["keynote"]])] = []
    """Capacity in which they took part."""


class PersonFilters(_PartyFilters):
    organization: Annotated[Names, Field(examples=[["GKM"]])] = []
    """Employer or represented organization: slug, code or any alias."""


class OrganizationFilters(_PartyFilters):
    kind: Annotated[list[OrganizationKind], Field(max_length=20, examples=[["industry_association"]])] = []
    """Kind of organization."""


class PersonQuery(PageQuery, PersonFilters):
    pass


class OrganizationQuery(PageQuery, OrganizationFilters):
    pass


class _PartyOut(ResponseModel):
    id: Identifier
    name: ShortText
    aliases: list[ShortText]
    misspellings: list[ShortText]
    """Wrong spellings in the cable; a search by one finds this record."""
    participations: list[ParticipationOut]
    recommendation_count: Count
    """Recommendations that they made, or that were made on their behalf."""


class PersonOut(_PartyOut):
    """Person with all names, and with the participations."""


class OrganizationOut(_PartyOut):
    """Organization with all names, and with the participations for it."""

    kind: OrganizationKind
    part_of: Reference | None


class PersonPage(Page):
    """One page of the people."""

    items: list[PersonOut]


class OrganizationPage(Page):
    """One page of the organizations."""

    items: list[OrganizationOut]
