"""Version snapshots of recommendations during a load: curated positions, and the content of changed records."""

from collections import defaultdict
from collections.abc import Mapping
from typing import Any

from sqlalchemy import ColumnElement, Connection, exists, func, insert, select, update

from app.models import Assessment, Recommendation, RecommendationVersion
from app.recommendations.commands import keep_versions
from app.records.curated_cable import CuratedCable
from app.records.reconcile import Reconciler, Row
from app.records.schemas.cables import RecommendationEntry
from app.vocabulary import Aspect, Marking, Position, Publication

LOAD = "load"
"""Author of the assessments that a load writes."""
COLUMNS = {
    Aspect.POSITION: ("position", "position_anchor_id"),
    Aspect.IMPLEMENTATION: ("implementation", "implementation_source"),
    Aspect.STATE: ("state",),
}


def followed_up(sync: Reconciler, *, within: ColumnElement[bool]) -> dict[str, set[Aspect]]:
    """Returns, for each recommendation, the aspects with an assessment published by an author other than the load."""
    by_others = select(Assessment.recommendation_id, Assessment.aspect).where(
        within, Assessment.recorded_at.is_not(None), Assessment.authors != [LOAD]
    )
    found: dict[str, set[Aspect]] = defaultdict(set)
    for recommendation, aspect in sync.connection.execute(by_others.distinct()):
        found[recommendation].add(Aspect(aspect))
    return found


def without(rows: list[Row], followed: Mapping[str, set[Aspect]]) -> list[Row]:
    """Removes the columns of followed-up aspects from the rows, so that the load does not change them."""
    left = {record: {name for aspect in aspects for name in COLUMNS[aspect]} for record, aspects in followed.items()}
    return [{name: value for name, value in row.items() if name not in left.get(row["id"], ())} for row in rows]


def enter_positions(sync: Reconciler, cable: CuratedCable, *, followed: Mapping[str, set[Aspect]]) -> set[str]:
    """Inserts curated positions that differ from the newest ones in the history.

    Returns the changed recommendations.
    """
    latest = _latest(sync, [ask.id for ask in cable.recommendations])
    rows = [
        _row(ask, after=latest.get(ask.id))
        for ask in cable.recommendations
        if Aspect.POSITION not in followed.get(ask.id, ()) and _is_news(ask, latest.get(ask.id))
    ]
    if rows:
        sync.connection.execute(insert(Assessment).values(recorded_at=func.clock_timestamp()), rows)
        sync.tally.inserted += len(rows)
    for row in rows:
        here = Recommendation.id == row["recommendation_id"]
        sync.connection.execute(update(Recommendation).where(here).values(position_assessment_id=row["id"]))
    return {row["recommendation_id"] for row in rows}


def keep_news(connection: Connection, cable_id: str) -> None:
    """Stores versions of the recommendations that this transaction changed, and of those without any version."""
    has_version = exists().where(RecommendationVersion.recommendation_id == Recommendation.id)
    is_news = (Recommendation.updated_at == func.now()) | ~has_version
    keep_versions(
        connection, connection.scalars(select(Recommendation.id).where(Recommendation.cable_id == cable_id, is_news))
    )


def _latest(sync: Reconciler, ids: list[str]) -> dict[str, Any]:
    rows = (
        select(Assessment.recommendation_id, Assessment.number, Assessment.value, Assessment.anchor_id)
        .where(Assessment.recommendation_id.in_(ids), Assessment.aspect == Aspect.POSITION)
        .where(Assessment.recorded_at.is_not(None))
        .order_by(Assessment.number)
    )
    return {row.recommendation_id: row for row in sync.connection.execute(rows)}


def _curated(ask: RecommendationEntry) -> tuple[str, str | None]:
    return (ask.position.value.value, f"{ask.id}:position") if ask.position else (Position.NONE.value, None)


def _is_news(ask: RecommendationEntry, latest: Any) -> bool:
    if latest is None:
        return ask.position is not None
    return _curated(ask) != (latest.value, latest.anchor_id)


def _row(ask: RecommendationEntry, *, after: Any) -> dict[str, Any]:
    number = after.number + 1 if after else 1
    value, anchor = _curated(ask)
    return {
        "id": f"{ask.id}:{Aspect.POSITION}:{number}",
        "recommendation_id": ask.id,
        "aspect": Aspect.POSITION.value,
        "number": number,
        "value": value,
        "anchor_id": anchor,
        # The position has no words of ours; its passage determines the marking.
        "marking": Marking.U.value,
        "publication": Publication.PUBLISHED.value,
        "authors": [LOAD],
        "persons": [LOAD],
    }
