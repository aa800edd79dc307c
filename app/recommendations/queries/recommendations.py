"""Selects over recommendations, one or many."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Select, Text, bindparam, case, cast, func, literal_column, or_, select, union_all
from sqlalchemy.dialects.postgresql import ARRAY, array
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.orm import aliased

from app.auth.queries import absent, published
from app.core.dates import today
from app.core.db import as_text, as_version, json_list, json_object, json_ranges
from app.core.etags import Versioned
from app.core.pagination import Listing, PageSlice, fetch_slice
from app.core.statements import Binds, Bound, Conditions, any_of, built_once, filters_of, matching
from app.models import (
    Anchor,
    Assessment,
    CountFacet,
    Organization,
    Panel,
    Paragraph,
    Recommendation,
    RecommendationAddressee,
    RecommendationBody,
    RecommendationCount,
    RecommendationProposer,
    RecommendationReform,
    RecommendationRelation,
    RecommendationTarget,
    RecommendationTopic,
)
from app.models.expressions.citation import citation_json, passage_json
from app.models.expressions.followup import acted_on, assessment_source_json, overdue
from app.models.expressions.party import (
    organization_ids_by_name,
    person_ids_by_name,
    proposers_json,
    reference_json,
    validate_body_names,
)
from app.models.expressions.search import as_query, parse_query
from app.recommendations import schemas
from app.recommendations.schemas import Order
from app.vocabulary import Collection, Marking, RelationKind

ORDERS: dict[Order, list[ColumnElement[Any]]] = {
    Order.ID: [Recommendation.id.asc()],
    Order.ID_DOWN: [Recommendation.id.desc()],
    Order.UPDATED: [Recommendation.updated_at.asc(), Recommendation.id.asc()],
    Order.UPDATED_DOWN: [Recommendation.updated_at.desc(), Recommendation.id.desc()],
}

_lead_in = aliased(Anchor)
_answered = aliased(Anchor)
_shown = aliased(Anchor)
_position = aliased(Assessment)
_implementation = aliased(Assessment)
_state = aliased(Assessment)
_asked = aliased(Organization)
_named = aliased(Organization)
_other = aliased(Recommendation)


def _listed(rows: Select[Any], table: Any, *, order_by: Any) -> ColumnElement[Any]:
    """JSON array of the rows of a child table of the recommendation."""
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


def _above(passage: type[Anchor]) -> ColumnElement[bool]:
    """Condition that the outer-joined passage is in a paragraph marked SBU."""
    paragraph = aliased(Paragraph)
    held = (paragraph.cable_id == passage.cable_id, paragraph.label == passage.paragraph)
    return select(literal_column("1")).where(*held, paragraph.marking == Marking.SBU).correlate(passage).exists()


# Highest marking of the ask's paragraph, of the paragraphs that position and implementation rest on, and of the
# assessments, which have markings of their own.
_highest: ColumnElement[str] = case(
    (Paragraph.marking == Marking.SBU, Paragraph.marking),
    (or_(_above(_answered), _above(_shown)), Marking.SBU.value),
    (or_(*(one.marking == Marking.SBU for one in (_position, _implementation, _state))), Marking.SBU.value),
    else_=Paragraph.marking,
)

_RECOMMENDATION = json_object(
    schemas.RecommendationOut,
    id=Recommendation.id,
    cable_id=Recommendation.cable_id,
    paragraph=Anchor.paragraph,
    quote=Anchor.quote,
    ranges=json_ranges(Anchor.ranges),
    lead_in=passage_json(_lead_in),
    text=Recommendation.text,
    targets=_listed(select(RecommendationTarget.target), RecommendationTarget, order_by=RecommendationTarget.target),
    addressee_bodies=_listed(
        select(json_object(schemas.AddresseeOut, body=reference_json(_asked), basis=RecommendationAddressee.basis))
        .select_from(RecommendationAddressee)
        .join(_asked, _asked.id == RecommendationAddressee.organization_id),
        RecommendationAddressee,
        order_by=_asked.id,
    ),
    seeks_change_by=Recommendation.seeks_change_by,
    proposers=proposers_json(
        RecommendationProposer, of=Recommendation, where=RecommendationProposer.recommendation_id == Recommendation.id
    ),
    named_bodies=_listed(
        select(reference_json(_named))
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
    marking=_highest,
    position=Recommendation.position,
    position_citation=citation_json(_answered),
    position_source=assessment_source_json(_position, _answered),
    implementation=Recommendation.implementation,
    implementation_source=assessment_source_json(_implementation, _shown),
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


def recommendations() -> Select[str]:
    return (
        select(as_text(_RECOMMENDATION))
        .select_from(Recommendation)
        .join(Anchor, Anchor.id == Recommendation.anchor_id)
        .join(Paragraph, (Paragraph.cable_id == Anchor.cable_id) & (Paragraph.label == Anchor.paragraph))
        .outerjoin(_lead_in, _lead_in.id == Recommendation.lead_in_anchor_id)
        .outerjoin(_answered, _answered.id == Recommendation.position_anchor_id)
        .outerjoin(_position, _position.id == Recommendation.position_assessment_id)
        .outerjoin(_implementation, _implementation.id == Recommendation.implementation_assessment_id)
        .outerjoin(_shown, _shown.id == _implementation.anchor_id)
        .outerjoin(_state, _state.id == Recommendation.state_assessment_id)
        .outerjoin(Panel, Panel.id == Recommendation.panel_id)
    )


def _among(table: Any, condition: ColumnElement[bool]) -> ColumnElement[bool]:
    return Recommendation.id.in_(select(table.recommendation_id).where(condition))


def _concerning(targets: Any) -> ColumnElement[bool]:
    asked = _among(RecommendationTarget, any_of(RecommendationTarget.target)(targets))
    return or_(asked, any_of(Recommendation.seeks_change_by)(targets))


def _asked_by(organizations: Any) -> ColumnElement[bool]:
    called = organization_ids_by_name(organizations)
    employed = RecommendationProposer.organization_id.in_(called)
    return _among(RecommendationProposer, or_(employed, RecommendationProposer.on_behalf_of_id.in_(called)))


def _either(values: tuple[bool, ...], acted: Select[str]) -> ColumnElement[bool]:
    """Condition that the id is among those selected (true), not among them (false), or either (both)."""
    among = Recommendation.id.in_(acted)
    return or_(*(among if wanted else ~among for wanted in values))


CONDITIONS: Conditions = {
    "target": lambda words: _among(RecommendationTarget, any_of(RecommendationTarget.target)(words)),
    "concerns": _concerning,
    "seeks_change_by": any_of(Recommendation.seeks_change_by),
    "addressee": lambda names: _among(
        RecommendationAddressee, RecommendationAddressee.organization_id.in_(organization_ids_by_name(names))
    ),
    "body": lambda names: _among(
        RecommendationBody, RecommendationBody.organization_id.in_(organization_ids_by_name(names))
    ),
    "topic": lambda words: _among(RecommendationTopic, any_of(RecommendationTopic.topic)(words)),
    "panel": lambda numbers: Recommendation.panel_id.in_(select(Panel.id).where(any_of(Panel.number)(numbers))),
    "proposer": lambda names: _among(
        RecommendationProposer, RecommendationProposer.person_id.in_(person_ids_by_name(names))
    ),
    "organization": _asked_by,
    "cable": any_of(Recommendation.cable_id),
    "paragraph": lambda labels: Recommendation.anchor_id.in_(select(Anchor.id).where(any_of(Anchor.paragraph)(labels))),
    "reform": lambda slugs: _among(RecommendationReform, any_of(RecommendationReform.reform_id)(slugs)),
    "certainty": any_of(Recommendation.certainty),
    "continuing": any_of(Recommendation.continuing),
    "position": any_of(Recommendation.position),
    "implementation": any_of(Recommendation.implementation),
    "state": any_of(Recommendation.state),
    "has_action": lambda values: _either(values, acted_on()),
    "overdue": lambda values: _either(values, acted_on(overdue())),
    "id": any_of(Recommendation.id),
    "updated_since": lambda instant: Recommendation.updated_at >= instant,
    "q": lambda words: Recommendation.search.op("@@")(as_query(words)),
}
"""Condition of each filter of the query. Each uses the recommendation alone, so that counts need no join."""


def above_u(binds: Binds) -> ColumnElement[bool]:
    """Condition that any recommendation that matches the filters is marked above U.

    The stored count answers first: without it, a search for one that is not there would read all that match.
    """
    held = RecommendationCount
    of_all: Select[Any] = select(literal_column("1")).where(
        held.facet == CountFacet.MARKING.value,
        held.key == cast(array([Marking.SBU.value]), ARRAY(Text)),
        held.count > literal_column("0"),
    )
    conditions = matching(binds, CONDITIONS)
    if not conditions:
        return of_all.exists()
    rows = recommendations().where(*conditions, _highest == Marking.SBU)
    one = rows.with_only_columns(literal_column("1"), maintain_column_froms=True).exists()
    return case((of_all.exists(), one), else_=literal_column("false"))


async def find_recommendations(connection: AsyncConnection, query: schemas.RecommendationQuery) -> PageSlice:
    return await fetch_slice(connection, await listed(connection, query), query=query)


@built_once
def _listing(binds: Binds, order: Order) -> Listing:
    conditions = matching(binds, CONDITIONS)
    picked = select(Recommendation.id).where(*conditions)
    return Listing(recommendations().where(*conditions), ORDERS[order], picked)


async def listed(connection: AsyncConnection, query: schemas.RecommendationSelection) -> Bound[Listing]:
    """Listing of the recommendations that match the filters."""
    return _listing(await checked_filters(connection, query), query.sort)


async def checked_filters(connection: AsyncConnection, query: schemas.RecommendationFilters) -> dict[str, Any]:
    """Values of the filters that are set, and the day by which an action is overdue. Rejects unknown bodies."""
    await validate_body_names(connection, addressee=query.addressee, body=query.body)
    if query.q:
        await parse_query(connection, query.q)
    return {**filters_of(query, CONDITIONS), "today": today()}


def content_of(ids: Sequence[str]) -> Select[str, str]:
    """Select of id and JSON text of published recommendations, as the endpoints return them; for writers, too."""
    return recommendations().add_columns(Recommendation.id).where(Recommendation.id.in_(ids), published())


_of_id = Recommendation.id == bindparam("id")
_ONE = recommendations().add_columns(as_version(Recommendation.updated_at)).where(_of_id, published())


async def get_recommendation(connection: AsyncConnection, recommendation_id: str) -> Versioned:
    found = (await connection.execute(_ONE, {"id": recommendation_id})).one_or_none()
    if found is None:
        raise await absent(connection, Collection.RECOMMENDATIONS, recommendation_id, kind="recommendation")
    return Versioned(found[0], record=f"recommendations/{recommendation_id}", version=found[1])
