"""Counts over the list of recommendations."""

from enum import StrEnum
from typing import Any

from sqlalchemy import CTE, BigInteger, ColumnElement, Select, case, cast, func, literal_column, select, union
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.orm import aliased

from app.core.db import as_text, json_list, json_object
from app.core.schemas import Reference, ResponseModel
from app.core.statements import Binds, built_once, matching
from app.models import (
    Organization,
    Panel,
    Recommendation,
    RecommendationAddressee,
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


@built_once
def _summary(binds: Binds) -> Select[str]:
    columns = (
        Recommendation.id,
        Recommendation.cable_id,
        Recommendation.certainty,
        Recommendation.state,
        Recommendation.panel_id,
    )
    matched = select(*columns).where(*matching(binds, CONDITIONS)).cte("matched")
    asked = select(RecommendationTarget.target).join(matched, matched.c.id == RecommendationTarget.recommendation_id)
    late = select(matched.c.id).where(matched.c.id.in_(acted_on(overdue()))).cte("late")
    about = asked.join(RecommendationTopic, RecommendationTopic.recommendation_id == matched.c.id)
    # Aggregate once per recommendation: the sums below then add up a few hundred cells.
    panel = select(Panel.id, Panel.number).subquery()
    words = (panel.c.number, matched.c.certainty, matched.c.state)
    cells = asked.outerjoin(panel, panel.c.id == matched.c.panel_id).add_columns(*words, func.count().label("times"))
    asks = cells.group_by(RecommendationTarget.target, *words).cte("asks")
    topics = about.add_columns(RecommendationTopic.topic, func.count().label("times"))
    topical = topics.group_by(RecommendationTarget.target, RecommendationTopic.topic).cte("topical")
    summary = json_object(
        schemas.SummaryOut,
        recommendation_count=select(func.count()).select_from(matched).scalar_subquery(),
        marking=case((above_u(binds), Marking.SBU.value), else_=Marking.U.value),
        cables=_ends(matched),
        by_topic=_by_word(schemas.TopicCount, topical, topical.c.topic, words=Topic),
        by_panel=_by_word(schemas.PanelCount, asks, asks.c.number),
        by_certainty=_by_word(schemas.CertaintyCount, asks, asks.c.certainty, words=Certainty),
        by_state=_by_word(schemas.StateCount, asks, asks.c.state, words=State),
        by_body=_by_body(matched),
        overdue_count=select(func.count()).select_from(late).scalar_subquery(),
        by_overdue=_by_target(asked.where(matched.c.id.in_(select(late.c.id)))),
    )
    return select(as_text(summary))


def _ends(matched: CTE) -> ColumnElement[Any]:
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


def _by_body(matched: CTE) -> ColumnElement[Any]:
    """Returns the JSON array of counts by addressed agency."""
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
