"""Selects over recommendations and the words that filter them."""

from collections.abc import Callable
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Select,
    case,
    func,
    literal_column,
    or_,
    select,
    union_all,
)
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.orm import aliased

from app.access.queries import published
from app.core.db import as_text, json_list, json_object, json_ranges
from app.core.errors import ProblemError, not_found
from app.core.paging import Slice, fetch_slice
from app.models import (
    Anchor,
    Organization,
    Panel,
    Paragraph,
    Recommendation,
    RecommendationAddressee,
    RecommendationBody,
    RecommendationProposer,
    RecommendationReform,
    RecommendationRelation,
    RecommendationTarget,
    RecommendationTopic,
)
from app.models.citation import as_citation, as_passage
from app.models.party import as_reference, check_bodies, organizations_called, people_called, proposers_of
from app.recommendations import schemas
from app.recommendations.schemas import Order
from app.vocabulary import Publication, RelationKind

ORDERS: dict[Order, list[ColumnElement[Any]]] = {
    Order.ID: [Recommendation.id.asc()],
    Order.ID_DOWN: [Recommendation.id.desc()],
    Order.UPDATED: [Recommendation.updated_at.asc(), Recommendation.id.asc()],
    Order.UPDATED_DOWN: [Recommendation.updated_at.desc(), Recommendation.id.desc()],
}

_lead_in = aliased(Anchor)
_answered = aliased(Anchor)
_asked = aliased(Organization)
_named = aliased(Organization)
_other = aliased(Recommendation)


def _listed(rows: Select[Any], table: Any, *, order_by: Any) -> ColumnElement[Any]:
    """The JSON array of what hangs on a recommendation in one of its tables."""
    mine = rows.where(table.recommendation_id == Recommendation.id)
    return json_list(mine, of=Recommendation, order_by=order_by)


_relations = union_all(
    select(
        RecommendationRelation.recommendation_id.label("of"),
        RecommendationRelation.other_id.label("id"),
        RecommendationRelation.kind,
    ),
    select(
        RecommendationRelation.other_id,
        RecommendationRelation.recommendation_id,
        case(
            (RecommendationRelation.kind == RelationKind.DUPLICATE_OF, RelationKind.DUPLICATED_BY.value),
            else_=RecommendationRelation.kind,
        ),
    ),
).subquery("relations")

_RECOMMENDATION = json_object(
    schemas.RecommendationOut,
    id=Recommendation.id,
    cable_id=Recommendation.cable_id,
    paragraph=Anchor.paragraph,
    quote=Anchor.quote,
    ranges=json_ranges(Anchor.ranges),
    lead_in=as_passage(_lead_in),
    text=Recommendation.text,
    targets=_listed(select(RecommendationTarget.target), RecommendationTarget, order_by=RecommendationTarget.target),
    addressee_bodies=_listed(
        select(json_object(schemas.AddresseeOut, body=as_reference(_asked), basis=RecommendationAddressee.basis))
        .select_from(RecommendationAddressee)
        .join(_asked, _asked.id == RecommendationAddressee.organization_id),
        RecommendationAddressee,
        order_by=_asked.id,
    ),
    seeks_change_by=Recommendation.seeks_change_by,
    proposers=proposers_of(
        RecommendationProposer, of=Recommendation, where=RecommendationProposer.recommendation_id == Recommendation.id
    ),
    named_bodies=_listed(
        select(as_reference(_named))
        .select_from(RecommendationBody)
        .join(_named, _named.id == RecommendationBody.organization_id),
        RecommendationBody,
        order_by=_named.id,
    ),
    topics=_listed(select(RecommendationTopic.topic), RecommendationTopic, order_by=RecommendationTopic.ordinal),
    reforms=_listed(
        select(RecommendationReform.reform_id), RecommendationReform, order_by=RecommendationReform.reform_id
    ),
    panel=Panel.number,
    certainty=Recommendation.certainty,
    continuing=Recommendation.continuing,
    marking=Paragraph.marking,
    position=Recommendation.position,
    position_citation=as_citation(_answered),
    implementation=Recommendation.implementation,
    state=Recommendation.state,
    related=json_list(
        select(json_object(schemas.RelatedOut, id=_relations.c.id, kind=_relations.c.kind)).where(
            _relations.c.of == Recommendation.id, _relations.c.id == _other.id, published(_other)
        ),
        of=Recommendation,
        order_by=_relations.c.id,
    ),
    cite_as=func.concat(Anchor.cable_id, ", para. ", Anchor.paragraph),
    updated_at=Recommendation.updated_at,
)


def _recommendations() -> Select[str]:
    return (
        select(as_text(_RECOMMENDATION))
        .select_from(Recommendation)
        .join(Anchor, Anchor.id == Recommendation.anchor_id)
        .join(Paragraph, (Paragraph.cable_id == Anchor.cable_id) & (Paragraph.label == Anchor.paragraph))
        .outerjoin(_lead_in, _lead_in.id == Recommendation.lead_in_anchor_id)
        .outerjoin(_answered, _answered.id == Recommendation.position_anchor_id)
        .outerjoin(Panel, Panel.id == Recommendation.panel_id)
        .where(published())
    )


def _searched(words: str) -> ColumnElement[Any]:
    return func.websearch_to_tsquery(literal_column("'english'::regconfig"), words)


def _among(table: Any, condition: ColumnElement[bool]) -> ColumnElement[bool]:
    return Recommendation.id.in_(select(table.recommendation_id).where(condition))


def _concerning(targets: Any) -> ColumnElement[bool]:
    asked = _among(RecommendationTarget, RecommendationTarget.target.in_(targets))
    return or_(asked, Recommendation.seeks_change_by.in_(targets))


def _asked_by(organizations: Any) -> ColumnElement[bool]:
    called = organizations_called(organizations)
    employed = RecommendationProposer.organization_id.in_(called)
    return _among(RecommendationProposer, or_(employed, RecommendationProposer.on_behalf_of_id.in_(called)))


CONDITIONS: dict[str, Callable[[Any], ColumnElement[bool]]] = {
    "target": lambda words: _among(RecommendationTarget, RecommendationTarget.target.in_(words)),
    "concerns": _concerning,
    "seeks_change_by": Recommendation.seeks_change_by.in_,
    "addressee": lambda names: _among(
        RecommendationAddressee, RecommendationAddressee.organization_id.in_(organizations_called(names))
    ),
    "body": lambda names: _among(
        RecommendationBody, RecommendationBody.organization_id.in_(organizations_called(names))
    ),
    "topic": lambda words: _among(RecommendationTopic, RecommendationTopic.topic.in_(words)),
    "panel": Panel.number.in_,
    "proposer": lambda names: _among(
        RecommendationProposer, RecommendationProposer.person_id.in_(people_called(names))
    ),
    "organization": _asked_by,
    "cable": Recommendation.cable_id.in_,
    "paragraph": Anchor.paragraph.in_,
    "reform": lambda slugs: _among(RecommendationReform, RecommendationReform.reform_id.in_(slugs)),
    "certainty": Recommendation.certainty.in_,
    "continuing": Recommendation.continuing.in_,
    "position": Recommendation.position.in_,
    "implementation": Recommendation.implementation.in_,
    "state": Recommendation.state.in_,
    "id": Recommendation.id.in_,
    "updated_since": lambda instant: Recommendation.updated_at >= instant,
    "q": lambda words: Recommendation.search.op("@@")(_searched(words)),
}
"""One condition for each filter of the query."""


def matching(query: schemas.RecommendationQuery) -> list[ColumnElement[bool]]:
    """The conditions of the filters that are given."""
    given = {name: getattr(query, name) for name in CONDITIONS}
    return [CONDITIONS[name](value) for name, value in given.items() if value not in ([], "", None)]


async def find_recommendations(connection: AsyncConnection, query: schemas.RecommendationQuery) -> Slice:
    await check_bodies(connection, addressee=query.addressee, body=query.body)
    if query.q:
        await _check_search(connection, query.q)
    rows = _recommendations().where(*matching(query))
    return await fetch_slice(connection, rows, query=query, order=ORDERS[query.sort])


async def _check_search(connection: AsyncConnection, words: str) -> None:
    if not await connection.scalar(select(func.numnode(_searched(words)))):
        raise ProblemError("empty-search", "q: there is no word to look for, only stop words or signs.")


async def get_recommendation(connection: AsyncConnection, recommendation_id: str) -> str:
    found = await connection.scalar(_recommendations().where(Recommendation.id == recommendation_id))
    if found is None:
        withdrawn = Recommendation.publication == Publication.WITHDRAWN
        if await connection.scalar(select(Recommendation.id).where(Recommendation.id == recommendation_id, withdrawn)):
            raise ProblemError("gone", f"Recommendation {recommendation_id} was withdrawn.")
        raise not_found("recommendation", recommendation_id)
    return found
