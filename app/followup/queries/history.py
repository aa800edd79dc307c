"""History of a recommendation: its state at a time, and the entries that led to it."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    ColumnElement,
    CompoundSelect,
    DateTime,
    Select,
    String,
    bindparam,
    cast,
    func,
    literal,
    null,
    select,
    union_all,
)
from sqlalchemy.dialects.postgresql import aggregate_order_by
from sqlalchemy.ext.asyncio import AsyncConnection

from app.core.db import as_text, json_object
from app.followup.queries.assessments import check_published
from app.followup.schemas.writes import HistoryEntryOut, HistoryOut
from app.models import (
    ActionRecommendation,
    ActionRevision,
    Anchor,
    Assessment,
    ProgressReport,
    ProgressReportRevision,
    RecommendationVersion,
)
from app.models.expressions.followup import assessment_source_json
from app.vocabulary import UNASSESSED, Aspect, HistoryKind

NOW = datetime(9999, 12, 31, tzinfo=UTC)
"""Later than all timestamps in the register."""
BEGINNING = 300
"""Length of the report's beginning in an entry, in characters."""


def _entry(kind: HistoryKind, at: Any, **members: Any) -> Any:
    fields: dict[str, Any] = dict.fromkeys(("id", "aspect", "value", "source", "text"), null())
    return json_object(HistoryEntryOut, kind=literal(kind.value, String), recorded_at=at, **(fields | members))


_OF: ColumnElement[str] = bindparam("id", type_=String)
_UNTIL: ColumnElement[datetime] = bindparam("until", type_=DateTime(timezone=True))


def _entries() -> CompoundSelect[Any]:
    version_row, revision, report = RecommendationVersion, ActionRevision, ProgressReportRevision
    assessed = _entry(
        HistoryKind.ASSESSMENT,
        Assessment.recorded_at,
        aspect=Assessment.aspect,
        value=Assessment.value,
        source=assessment_source_json(Assessment, Anchor),
        text=Assessment.note,
        marking=Assessment.marking,
    )
    said = version_row.content.op("->>")("text")
    version = _entry(
        HistoryKind.VERSION, version_row.recorded_at, text=said, marking=version_row.content.op("->>")("marking")
    )
    action = _entry(
        HistoryKind.ACTION, revision.recorded_at, id=revision.action_id, text=revision.title, marking=revision.marking
    )
    beginning = func.left(report.text, BEGINNING)
    reported = _entry(
        HistoryKind.PROGRESS_REPORT, report.recorded_at, id=report.report_id, text=beginning, marking=report.marking
    )
    about = select(ActionRecommendation.action_id).where(ActionRecommendation.recommendation_id == _OF)
    named = (ActionRecommendation.action_id == revision.action_id) & (ActionRecommendation.number == revision.number)
    return union_all(
        select(Assessment.recorded_at.label("at"), Assessment.id.label("tie"), assessed.label("entry"))
        .outerjoin(Anchor, Anchor.id == Assessment.anchor_id)
        .where(Assessment.recommendation_id == _OF, Assessment.recorded_at <= _UNTIL),
        select(version_row.recorded_at, literal("", String), version).where(
            version_row.recommendation_id == _OF, version_row.recorded_at <= _UNTIL
        ),
        select(revision.recorded_at, revision.action_id, action)
        .join(ActionRecommendation, named)
        .where(ActionRecommendation.recommendation_id == _OF, revision.recorded_at <= _UNTIL),
        select(report.recorded_at, report.report_id, reported)
        .join(ProgressReport, ProgressReport.id == report.report_id)
        .where(ProgressReport.action_id.in_(about), report.recorded_at <= _UNTIL),
    )


async def get_history(connection: AsyncConnection, recommendation_id: str, *, recorded_at: datetime | None) -> str:
    """Returns the record at a time, and the entries recorded by then, newest first."""
    await check_published(connection, recommendation_id)
    return str(await connection.scalar(_HISTORY, {"id": recommendation_id, "until": recorded_at or NOW}))


def _history() -> Select[str]:
    entries = _entries().subquery()
    order = (entries.c.entry, entries.c.at.desc(), entries.c.tie.desc())
    listed = select(func.coalesce(func.json_agg(aggregate_order_by(*order)), cast(literal("[]"), JSON)))
    content = (
        select(RecommendationVersion.content)
        .where(RecommendationVersion.recommendation_id == _OF, RecommendationVersion.recorded_at <= _UNTIL)
        .order_by(RecommendationVersion.recorded_at.desc())
        .limit(1)
    )
    held = {aspect.value: _held(aspect) for aspect in Aspect}
    history = json_object(
        HistoryOut,
        id=_OF,
        record=content.scalar_subquery(),
        entries=listed.scalar_subquery(),
        **held,
    )
    return select(as_text(history))


def _held(aspect: Aspect) -> Any:
    rows = select(Assessment.value).where(
        Assessment.recommendation_id == _OF, Assessment.aspect == aspect, Assessment.recorded_at <= _UNTIL
    )
    newest = rows.order_by(Assessment.number.desc()).limit(1).scalar_subquery()
    return func.coalesce(newest, literal(UNASSESSED[aspect].value, String))


_HISTORY = _history()
