"""Selects over recommendations and the words that filter them."""

from collections.abc import Callable
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    CTE,
    BigInteger,
    ColumnElement,
    Select,
    case,
    cast,
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
from app.core.paging import Listing, Slice, fetch_slice
from app.core.shapes import Out, Reference
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
from app.models.search import as_query, check_words
from app.recommendations import schemas
from app.recommendations.schemas import Order
from app.vocabulary import Certainty, Marking, Publication, RelationKind, State, Target, Topic

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


def _marking_where(anchor: Any) -> ColumnElement[Any]:
    """The marking of an anchor's paragraph, looked up for each row shown: joined, or asked for by EXISTS, PostgreSQL
    reads all paragraphs for a page of some lists.
    """
    of = aliased(Paragraph)
    mine = select(of.marking).where(of.cable_id == anchor.cable_id, of.label == anchor.paragraph)
    return mine.correlate(anchor).scalar_subquery()


# The position may rest on another paragraph than the ask.
_highest: ColumnElement[str] = case(
    (_marking_where(_answered) == Marking.SBU, Marking.SBU.value), else_=_marking_where(Anchor)
)

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
    marking=_highest,
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
        .outerjoin(_lead_in, _lead_in.id == Recommendation.lead_in_anchor_id)
        .outerjoin(_answered, _answered.id == Recommendation.position_anchor_id)
        .outerjoin(Panel, Panel.id == Recommendation.panel_id)
        .where(published())
    )


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
    "panel": lambda numbers: Recommendation.panel_id.in_(select(Panel.id).where(Panel.number.in_(numbers))),
    "proposer": lambda names: _among(
        RecommendationProposer, RecommendationProposer.person_id.in_(people_called(names))
    ),
    "organization": _asked_by,
    "cable": Recommendation.cable_id.in_,
    "paragraph": lambda labels: Recommendation.anchor_id.in_(select(Anchor.id).where(Anchor.paragraph.in_(labels))),
    "reform": lambda slugs: _among(RecommendationReform, RecommendationReform.reform_id.in_(slugs)),
    "certainty": Recommendation.certainty.in_,
    "continuing": Recommendation.continuing.in_,
    "position": Recommendation.position.in_,
    "implementation": Recommendation.implementation.in_,
    "state": Recommendation.state.in_,
    "id": Recommendation.id.in_,
    "updated_since": lambda instant: Recommendation.updated_at >= instant,
    "q": lambda words: Recommendation.search.op("@@")(as_query(words)),
}
"""One condition for each filter of the query. All are of the recommendation alone, so that counts need join nothing."""


def matching(query: schemas.RecommendationFilters) -> list[ColumnElement[bool]]:
    """The conditions of the filters that are given."""
    given = {name: getattr(query, name) for name in CONDITIONS}
    return [CONDITIONS[name](value) for name, value in given.items() if value not in ([], "", None)]


async def find_recommendations(connection: AsyncConnection, query: schemas.RecommendationQuery) -> Slice:
    return await fetch_slice(connection, await listed(connection, query), query=query)


async def listed(connection: AsyncConnection, query: schemas.RecommendationSelection) -> Listing:
    """Everything that the filters pick."""
    await _check_filters(connection, query)
    conditions = matching(query)
    counted = select(Recommendation.id).where(published(), *conditions)
    return Listing(_recommendations().where(*conditions), ORDERS[query.sort], counted)


async def _check_filters(connection: AsyncConnection, query: schemas.RecommendationFilters) -> None:
    await check_bodies(connection, addressee=query.addressee, body=query.body)
    if query.q:
        await check_words(connection, query.q)


async def get_recommendation(connection: AsyncConnection, recommendation_id: str) -> str:
    found = await connection.scalar(_recommendations().where(Recommendation.id == recommendation_id))
    if found is None:
        withdrawn = Recommendation.publication == Publication.WITHDRAWN
        if await connection.scalar(select(Recommendation.id).where(Recommendation.id == recommendation_id, withdrawn)):
            raise ProblemError("gone", f"Recommendation {recommendation_id} was withdrawn.")
        raise not_found("recommendation", recommendation_id)
    return found


async def get_summary(connection: AsyncConnection, query: schemas.RecommendationFilters) -> str:
    """The counts of what the list with these filters holds, in one statement."""
    await _check_filters(connection, query)
    columns = (Recommendation.id, Recommendation.certainty, Recommendation.state, Recommendation.panel_id)
    matched = select(*columns).where(published(), *matching(query)).cte("matched")
    asked = select(RecommendationTarget.target).join(matched, matched.c.id == RecommendationTarget.recommendation_id)
    about = asked.join(RecommendationTopic, RecommendationTopic.recommendation_id == matched.c.id)
    # Each recommendation is looked at once; what is then added up are a few hundred cells.
    panel = select(Panel.id, Panel.number).subquery()
    words = (panel.c.number, matched.c.certainty, matched.c.state)
    cells = asked.outerjoin(panel, panel.c.id == matched.c.panel_id).add_columns(*words, func.count().label("times"))
    asks = cells.group_by(RecommendationTarget.target, *words).cte("asks")
    topics = about.add_columns(RecommendationTopic.topic, func.count().label("times"))
    topical = topics.group_by(RecommendationTarget.target, RecommendationTopic.topic).cte("topical")
    summary = json_object(
        schemas.SummaryOut,
        recommendation_count=select(func.count()).select_from(matched).scalar_subquery(),
        by_topic=_by_word(schemas.TopicCount, topical, topical.c.topic, words=Topic),
        by_panel=_by_word(schemas.PanelCount, asks, asks.c.number),
        by_certainty=_by_word(schemas.CertaintyCount, asks, asks.c.certainty, words=Certainty),
        by_state=_by_word(schemas.StateCount, asks, asks.c.state, words=State),
        by_body=_by_body(matched),
    )
    return str(await connection.scalar(select(as_text(summary))))


def _by_word(shape: type[Out], counted: CTE, word: Any, *, words: type[StrEnum] | None = None) -> ColumnElement[Any]:
    """The JSON array of counts by target and word, in the order of their lists; without a list, of the words."""
    target, times = counted.c.target, cast(func.sum(counted.c.times), BigInteger)
    cells = select(target, word.label("word"), times.label("times")).group_by(target, word).subquery()
    entry = json_object(shape, target=cells.c.target, word=cells.c.word, count=cells.c.times)
    place = _place(cells.c.word, words) if words else cells.c.word
    return json_list(select(entry), of=Recommendation, order_by=(_place(cells.c.target, Target), place))


def _place(word: ColumnElement[Any], words: type[StrEnum]) -> ColumnElement[Any]:
    """Where a word stands in its list."""
    listed: ColumnElement[Any] = literal_column(f"ARRAY[{', '.join(repr(one.value) for one in words)}]")
    return func.array_position(listed, word)


def _by_body(matched: CTE) -> ColumnElement[Any]:
    """The JSON array of counts by agency asked."""
    cells = (
        select(_asked.id, _asked.name, func.count().label("times"))
        .select_from(matched)
        .join(RecommendationAddressee, RecommendationAddressee.recommendation_id == matched.c.id)
        .join(_asked, _asked.id == RecommendationAddressee.organization_id)
        .group_by(_asked.id, _asked.name)
        .subquery()
    )
    body = json_object(Reference, id=cells.c.id, name=cells.c.name)
    entry = json_object(schemas.BodyCount, body=body, count=cells.c.times)
    return json_list(select(entry), of=Recommendation, order_by=(cells.c.times.desc(), cells.c.id))
