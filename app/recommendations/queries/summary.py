"""Counts over the list of recommendations."""

from enum import StrEnum
from typing import Any, NamedTuple

from sqlalchemy import (
    CTE,
    BigInteger,
    ColumnElement,
    FromClause,
    Integer,
    Select,
    case,
    cast,
    func,
    literal_column,
    select,
    union,
)
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.orm import aliased

from app.core.db import as_text, json_list, json_object
from app.core.schemas import Reference, ResponseModel
from app.core.statements import Binds, built_once, matching
from app.models import (
    CountFacet,
    Organization,
    Panel,
    Recommendation,
    RecommendationAddressee,
    RecommendationCount,
    RecommendationTarget,
    RecommendationTopic,
)
from app.models.expressions.followup import acted_on, overdue
from app.recommendations import schemas
from app.recommendations.queries.recommendations import CONDITIONS, above_u, checked_filters
from app.vocabulary import Certainty, Marking, State, Target, Topic

_asked = aliased(Organization)


async def get_summary(connection: AsyncConnection, query: schemas.RecommendationFilters) -> str:
    """Returns the counts over the list with these filters as JSON text, in one statement."""
    summary = _summary(await checked_filters(connection, query))
    return str(await connection.scalar(summary.built, summary.values))


class Cells(NamedTuple):
    """Counts that a summary adds up."""

    matched: FromClause
    """Recommendations that match, with the columns of `_MATCHED`."""
    total: ColumnElement[int]
    asks: CTE
    """Times by target, panel number, certainty and state."""
    topical: CTE
    """Times by target and topic."""
    bodies: CTE
    """Times by addressed agency."""


_MATCHED = (
    Recommendation.id,
    Recommendation.cable_id,
    Recommendation.certainty,
    Recommendation.state,
    Recommendation.panel_id,
)


@built_once
def _summary(binds: Binds) -> Select[str]:
    conditions = matching(binds, CONDITIONS)
    cells = _counted(select(*_MATCHED).where(*conditions).cte("matched")) if conditions else _stored()
    id_ = cells.matched.c.id
    late = select(id_).where(id_.in_(acted_on(overdue()))).cte("late")
    by_target = select(RecommendationTarget.target).join(late, late.c.id == RecommendationTarget.recommendation_id)
    asks, topical = cells.asks, cells.topical
    summary = json_object(
        schemas.SummaryOut,
        recommendation_count=cells.total,
        marking=case((above_u(binds), Marking.SBU.value), else_=Marking.U.value),
        cables=_ends(cells.matched),
        by_topic=_by_word(schemas.TopicCount, topical, topical.c.topic, words=Topic),
        by_panel=_by_word(schemas.PanelCount, asks, asks.c.number),
        by_certainty=_by_word(schemas.CertaintyCount, asks, asks.c.certainty, words=Certainty),
        by_state=_by_word(schemas.StateCount, asks, asks.c.state, words=State),
        by_body=_by_body(cells.bodies),
        overdue_count=select(func.count()).select_from(late).scalar_subquery(),
        by_overdue=_by_target(by_target),
    )
    return select(as_text(summary))


def _counted(matched: CTE) -> Cells:
    """Counts the recommendations that match. Aggregates once for each: the summary adds up a few hundred cells."""
    times = func.count().label("times")
    asked = select(RecommendationTarget.target).join(matched, matched.c.id == RecommendationTarget.recommendation_id)
    panel = select(Panel.id, Panel.number).subquery()
    words = (panel.c.number, matched.c.certainty, matched.c.state)
    asks = asked.outerjoin(panel, panel.c.id == matched.c.panel_id).add_columns(*words, times)
    topic = RecommendationTopic.topic
    about = asked.join(RecommendationTopic, RecommendationTopic.recommendation_id == matched.c.id)
    addressee = RecommendationAddressee.organization_id
    bodies = select(addressee, times).join(matched, matched.c.id == RecommendationAddressee.recommendation_id)
    return Cells(
        matched=matched,
        total=select(func.count()).select_from(matched).scalar_subquery(),
        asks=asks.group_by(RecommendationTarget.target, *words).cte("asks"),
        topical=about.add_columns(topic, times).group_by(RecommendationTarget.target, topic).cte("topical"),
        bodies=bodies.group_by(addressee).cte("bodies"),
    )


def _stored() -> Cells:
    """The counts of all recommendations, which triggers keep up to date."""
    held, key = RecommendationCount, RecommendationCount.key

    def of(facet: CountFacet, *parts: ColumnElement[Any]) -> Select[Any]:
        return select(*parts, held.count.label("times")).where(held.facet == facet.value, held.count > 0)

    number = cast(func.nullif(key[2], ""), Integer).label("number")
    words = (key[3].label("certainty"), key[4].label("state"))
    asks = of(CountFacet.TARGET_PANEL_CERTAINTY_STATE, key[1].label("target"), number, *words)
    total = select(func.coalesce(func.sum(held.count), 0)).where(held.facet == CountFacet.ALL.value)
    return Cells(
        matched=Recommendation.__table__,
        total=total.scalar_subquery(),
        asks=asks.cte("asks"),
        topical=of(CountFacet.TARGET_TOPIC, key[1].label("target"), key[2].label("topic")).cte("topical"),
        bodies=of(CountFacet.ADDRESSEE, key[1].label("organization_id")).cte("bodies"),
    )


def _ends(matched: FromClause) -> ColumnElement[Any]:
    """Returns the JSON array of the first and the last cable, of one if they are the same."""
    ends = union(select(func.min(matched.c.cable_id).label("id")), select(func.max(matched.c.cable_id))).subquery()
    return json_list(select(ends.c.id).where(ends.c.id.is_not(None)), of=Recommendation, order_by=ends.c.id)


def _by_word(
    shape: type[ResponseModel], counted: CTE, word: Any, *, words: type[StrEnum] | None = None
) -> ColumnElement[Any]:
    """Returns the JSON array of counts by target and word, ordered by their enums; without an enum, by word."""
    target, times = counted.c.target, cast(func.sum(counted.c.times), BigInteger)
    cells = select(target, word.label("word"), times.label("times")).group_by(target, word).subquery()
    entry = json_object(shape, target=cells.c.target, value=cells.c.word, count=cells.c.times)
    place = _place(cells.c.word, words) if words else cells.c.word
    return json_list(select(entry), of=Recommendation, order_by=(_place(cells.c.target, Target), place))


def _by_target(rows: Select[Any]) -> ColumnElement[Any]:
    """Returns the JSON array of counts by target alone, in enum order."""
    target = RecommendationTarget.target
    cells = rows.add_columns(func.count().label("times")).group_by(target).subquery()
    entry = json_object(schemas.OverdueCount, target=cells.c.target, count=cells.c.times)
    return json_list(select(entry), of=Recommendation, order_by=_place(cells.c.target, Target))


def _place(word: ColumnElement[Any], words: type[StrEnum]) -> ColumnElement[Any]:
    """Returns the position of a word in its enum."""
    listed: ColumnElement[Any] = literal_column(f"ARRAY[{', '.join(repr(one.value) for one in words)}]")
    return func.array_position(listed, word)


def _by_body(counted: CTE) -> ColumnElement[Any]:
    """Returns the JSON array of counts by addressed agency."""
    body = json_object(Reference, id=_asked.id, name=_asked.name)
    entry = json_object(schemas.BodyCount, body=body, count=counted.c.times)
    rows = select(entry).select_from(counted).join(_asked, _asked.id == counted.c.organization_id)
    return json_list(rows, of=Recommendation, order_by=(counted.c.times.desc(), _asked.id))
