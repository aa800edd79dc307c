"""Selects over facets, each with its number of recommendations."""

from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Integer, Text, cast, column, func, literal_column, select, values
from sqlalchemy.dialects.postgresql import ARRAY, array
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.orm import InstrumentedAttribute, aliased

from app.core.db import as_text, json_list, json_object
from app.core.pagination import Listing, PageSlice, fetch_slice
from app.core.schemas import QueryParams
from app.core.statements import Binds, Bound, Conditions, any_of, built_once, filters_of, matching
from app.facets import schemas
from app.models import CountFacet, Organization, OrganizationName, RecommendationCount
from app.models.expressions.party import reference_json
from app.vocabulary import MEANINGS, PUBLIC_KINDS, Target, Topic

_parent = aliased(Organization)


def _count(facet: CountFacet, key: ColumnElement[Any] | InstrumentedAttribute[str]) -> ColumnElement[Any]:
    """The stored number of recommendations with this key."""
    held = RecommendationCount
    counted = select(held.count).where(held.facet == facet.value, held.key == cast(array([key]), ARRAY(Text)))
    return func.coalesce(counted.scalar_subquery(), literal_column("0"))


_BODY = json_object(
    schemas.BodyOut,
    id=Organization.id,
    name=Organization.name,
    kind=Organization.kind,
    part_of=reference_json(_parent),
    aliases=json_list(
        select(OrganizationName.name).where(
            OrganizationName.organization_id == Organization.id, OrganizationName.kind == "alias"
        ),
        of=Organization,
        order_by=OrganizationName.ordinal,
    ),
    asked_count=_count(CountFacet.ADDRESSEE, Organization.id),
    named_count=_count(CountFacet.BODY, Organization.id),
)


BODY_CONDITIONS: Conditions = {"kind": any_of(Organization.kind)}
"""Condition of each filter of bodies."""


async def find_bodies(connection: AsyncConnection, query: schemas.BodyQuery) -> PageSlice:
    return await fetch_slice(connection, await listed_bodies(connection, query), query=query)


@built_once
def _body_listing(binds: Binds) -> Listing:
    rows = (
        select(as_text(_BODY))
        .select_from(Organization)
        .outerjoin(_parent, _parent.id == Organization.part_of)
        .where(*matching(binds, BODY_CONDITIONS), Organization.kind.in_(PUBLIC_KINDS))
    )
    return Listing(rows, [Organization.id])


async def listed_bodies(_connection: AsyncConnection, query: schemas.BodyFilters) -> Bound[Listing]:
    """The bodies that match the filters."""
    return _body_listing(filters_of(query, BODY_CONDITIONS))


async def find_targets(connection: AsyncConnection, query: schemas.TargetQuery) -> PageSlice:
    return await fetch_slice(connection, await listed_targets(connection, query), query=query)


async def find_topics(connection: AsyncConnection, query: schemas.TopicQuery) -> PageSlice:
    return await fetch_slice(connection, await listed_topics(connection, query), query=query)


async def listed_targets(_connection: AsyncConnection, _query: QueryParams) -> Bound[Listing]:
    """All targets, in the order of the enum."""
    return _TARGETS


async def listed_topics(_connection: AsyncConnection, _query: QueryParams) -> Bound[Listing]:
    """All topics, in the order of the enum."""
    return _TOPICS


def _listed(words: type[StrEnum], *, shape: type[schemas.TargetOut | schemas.TopicOut], facet: CountFacet) -> Listing:
    """The values of an enum in its order, each with its description."""
    listed = values(column("word", Text), column("place", Integer), column("meaning", Text), name="listed").data(
        [(word.value, place, MEANINGS[word]) for place, word in enumerate(words)]
    )
    entry = json_object(
        shape,
        id=listed.c.word,
        description=listed.c.meaning,
        recommendation_count=_count(facet, listed.c.word),
    )
    return Listing(select(as_text(entry)).select_from(listed), [listed.c.place])


_TARGETS = Bound(_listed(Target, shape=schemas.TargetOut, facet=CountFacet.TARGET), {})
_TOPICS = Bound(_listed(Topic, shape=schemas.TopicOut, facet=CountFacet.TOPIC), {})
