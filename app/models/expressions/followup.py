"""Shared SQL expressions of the follow-up of recommendations: assessment sources, and status of actions."""

from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Date, Select, and_, bindparam, case, func, literal_column, select
from sqlalchemy.orm import aliased

from app.core.db import json_object
from app.models.expressions.citation import citation_json
from app.models.followup import (
    Action,
    ActionRecommendation,
    ActionRevision,
    Assessment,
    ProgressReport,
    ProgressReportRevision,
)
from app.vocabulary import ActionStatus, AssessmentSourceOut


def assessment_source_json(assessment: type[Assessment], anchor: Any) -> ColumnElement[Any]:
    """JSON of an assessment's source; assessment and anchor are outer-joined to the select. Null without a source."""
    named = func.num_nonnulls(
        assessment.anchor_id, assessment.source_url, assessment.source_words, assessment.said_by_id, assessment.dated
    )
    return case(
        (named == 0, literal_column("NULL::json")),
        else_=json_object(
            AssessmentSourceOut,
            citation=citation_json(anchor),
            title=assessment.source_title,
            url=assessment.source_url,
            retrieved=assessment.source_retrieved,
            words=assessment.source_words,
            said_by=assessment.said_by_id,
            dated=assessment.dated,
            earliest=assessment.earliest,
            latest=assessment.latest,
        ),
    )


def done_on(action: Any) -> ColumnElement[date | None]:
    """Day on which an action was done, according to the reports that the reader may read."""
    report, revision = aliased(ProgressReport), aliased(ProgressReportRevision)
    days = select(func.max(revision.done_on)).where(
        report.action_id == action.id,
        report.withdrawn_at.is_(None),
        revision.report_id == report.id,
        revision.number == report.current,
    )
    return days.correlate(action).scalar_subquery()


def status(action: Any, revision: Any, as_of: ColumnElement[date]) -> ColumnElement[str]:
    """Status of an action at the end of a day."""
    return case(
        (done_on(action) <= as_of, ActionStatus.DONE.value),
        (revision.due_latest < as_of, ActionStatus.OVERDUE.value),
        else_=ActionStatus.OPEN.value,
    )


TODAY: ColumnElement[date] = bindparam("today", type_=Date)


def overdue() -> ColumnElement[bool]:
    """Condition for actions that are overdue today, in a select of `acted_on`."""
    return and_(ActionRevision.due_latest < TODAY, status(Action, ActionRevision, TODAY) == ActionStatus.OVERDUE)


def acted_on(*conditions: ColumnElement[bool]) -> Select[str]:
    """Ids of the recommendations of published actions that meet the conditions."""
    return (
        select(ActionRecommendation.recommendation_id)
        .join(Action, Action.id == ActionRecommendation.action_id)
        .join(ActionRevision, and_(ActionRevision.action_id == Action.id, ActionRevision.number == Action.current))
        .where(ActionRecommendation.number == Action.current, Action.withdrawn_at.is_(None), *conditions)
    )
