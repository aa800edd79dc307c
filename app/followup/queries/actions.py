"""Selects over actions and progress reports.

A reader's connection sees only published data, through views; the same selects return drafts to editors and reviewers.
"""

from collections.abc import Callable, Sequence
from datetime import date, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Date, Select, and_, case, func, literal_column, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.orm import aliased

from app.core.dates import check_order, today
from app.core.db import as_text, json_list, json_object
from app.core.errors import ProblemError, not_found
from app.core.etags import Versioned
from app.core.pagination import Listing, PageSlice, fetch_slice
from app.followup.schemas import actions
from app.followup.schemas.actions import ActionOrder
from app.models import Action, ActionRecommendation, ActionRevision, ProgressReport, ProgressReportRevision
from app.models.expressions.followup import done_on, status
from app.models.expressions.party import organization_ids_by_name, validate_body_names
from app.vocabulary import ActionStatus, Publication

OPEN = (Publication.DRAFT, Publication.IN_REVIEW, Publication.RETURNED)
NEVER = date(9999, 12, 31)
_due: ColumnElement[date] = case(
    (ActionRevision.due.is_(None), literal_column(f"DATE '{NEVER}'", Date)),
    else_=func.coalesce(ActionRevision.due_latest, literal_column(f"DATE '{NEVER - timedelta(days=1)}'", Date)),
)
"""Sort key: the last day that the due date allows. Open due dates sort after all days, missing ones after those."""
ORDERS: dict[ActionOrder, list[Any]] = {
    ActionOrder.ID: [Action.id.asc(), ActionRevision.number.asc()],
    ActionOrder.ID_DOWN: [Action.id.desc(), ActionRevision.number.desc()],
    ActionOrder.DUE: [_due.asc(), Action.id.asc(), ActionRevision.number.asc()],
    ActionOrder.DUE_DOWN: [_due.desc(), Action.id.desc(), ActionRevision.number.desc()],
}


def _version(head: Any, revision: Any, of: Any) -> ColumnElement[int]:
    """Version of a record: the number of writes to it, its drafts, their transitions and its withdrawal."""
    other = aliased(revision)
    written = select(func.sum(other.version)).where(getattr(other, of.key) == head.id).correlate(head)
    return func.coalesce(written.scalar_subquery(), 0) + case((head.withdrawn_at.is_(None), 0), else_=1)


ACTION_VERSION = _version(Action, ActionRevision, ActionRevision.action_id)
REPORT_VERSION = _version(ProgressReport, ProgressReportRevision, ProgressReportRevision.report_id)


def _action(as_of: date) -> ColumnElement[Any]:
    about = select(ActionRecommendation.recommendation_id).where(
        ActionRecommendation.action_id == ActionRevision.action_id,
        ActionRecommendation.number == ActionRevision.number,
    )
    return json_object(
        actions.ActionOut,
        id=Action.id,
        title=ActionRevision.title,
        recommendations=json_list(about, of=ActionRevision, order_by=ActionRecommendation.recommendation_id),
        body=ActionRevision.body_id,
        due=ActionRevision.due,
        earliest=ActionRevision.due_earliest,
        latest=ActionRevision.due_latest,
        recurrence=ActionRevision.recurrence,
        status=status(Action, ActionRevision, as_of),
        done_on=done_on(Action),
        roundtable=ActionRevision.roundtable_id,
        edition=ActionRevision.edition,
        carried_from=Action.carried_from,
        note=ActionRevision.note,
        marking=ActionRevision.marking,
        publication=_publication(Action, ActionRevision),
        version=ACTION_VERSION,
        recorded_at=ActionRevision.recorded_at,
        updated_at=Action.updated_at,
    )


def _publication(head: Any, revision: Any) -> ColumnElement[str]:
    return case((head.withdrawn_at.is_not(None), Publication.WITHDRAWN.value), else_=revision.publication)


_REPORT = json_object(
    actions.ProgressReportOut,
    id=ProgressReport.id,
    action=ProgressReport.action_id,
    text=ProgressReportRevision.text,
    evidence=ProgressReportRevision.evidence,
    done=ProgressReportRevision.done_on.is_not(None),
    done_on=ProgressReportRevision.done_on,
    note=ProgressReportRevision.note,
    marking=ProgressReportRevision.marking,
    publication=_publication(ProgressReport, ProgressReportRevision),
    version=REPORT_VERSION,
    recorded_at=ProgressReportRevision.recorded_at,
    updated_at=ProgressReport.updated_at,
)


def _actions(as_of: date) -> Select[str]:
    return (
        select(as_text(_action(as_of))).select_from(Action).join(ActionRevision, ActionRevision.action_id == Action.id)
    )


def _reports() -> Select[str]:
    return (
        select(as_text(_REPORT))
        .select_from(ProgressReport)
        .join(ProgressReportRevision, ProgressReportRevision.report_id == ProgressReport.id)
    )


def _at(words: Sequence[Publication], head: Any, revision: Any) -> ColumnElement[bool]:
    """Condition for revisions with one of these states; of published ones, only the current revision."""
    current = and_(revision.number == head.current, head.withdrawn_at.is_(None))
    others = [word for word in words if word is not Publication.PUBLISHED]
    return or_(*([current] if Publication.PUBLISHED in words else []), revision.publication.in_(others))


def _about(recommendations: Sequence[str], action: Any) -> ColumnElement[bool]:
    """Condition for actions about any of these recommendations, in their current revision or in a draft."""
    named = aliased(ActionRecommendation)
    found: ColumnElement[bool] = action.in_(select(named.action_id).where(named.recommendation_id.in_(recommendations)))
    return found


ACTION_CONDITIONS: dict[str, Callable[[Any], ColumnElement[bool]]] = {
    "id": Action.id.in_,
    "recommendation": lambda ids: (
        select(ActionRecommendation.action_id)
        .where(
            ActionRecommendation.action_id == ActionRevision.action_id,
            ActionRecommendation.number == ActionRevision.number,
            ActionRecommendation.recommendation_id.in_(ids),
        )
        .correlate(ActionRevision)
        .exists()
    ),
    "body": lambda names: ActionRevision.body_id.in_(organization_ids_by_name(names)),
    "roundtable": ActionRevision.roundtable_id.in_,
    "carried_from": Action.carried_from.in_,
    "publication": lambda words: _at(words, Action, ActionRevision),
    "from_": lambda day: or_(ActionRevision.due_latest.is_(None), ActionRevision.due_latest >= day),
    "to": lambda day: or_(ActionRevision.due_earliest.is_(None), ActionRevision.due_earliest <= day),
}
REPORT_CONDITIONS: dict[str, Callable[[Any], ColumnElement[bool]]] = {
    "id": ProgressReport.id.in_,
    "action": ProgressReport.action_id.in_,
    "recommendation": lambda ids: _about(ids, ProgressReport.action_id),
    "done": lambda values: ProgressReportRevision.done_on.is_not(None).in_(values),
    "publication": lambda words: _at(words, ProgressReport, ProgressReportRevision),
}
"""One condition for each filter, except for those that depend on the day."""


def _matching(query: Any, conditions: dict[str, Callable[[Any], ColumnElement[bool]]]) -> list[ColumnElement[bool]]:
    filters = {name: getattr(query, name) for name in conditions}
    filters["publication"] = filters["publication"] or [Publication.PUBLISHED]
    return [conditions[name](value) for name, value in filters.items() if value not in ([], None)]


async def listed_actions(connection: AsyncConnection, query: actions.ActionFilters) -> Listing:
    """The actions that match the filters."""
    check_order(query.from_, query.to)
    await validate_body_names(connection, body=query.body)
    as_of = query.as_of or today()
    conditions = _matching(query, ACTION_CONDITIONS)
    now = status(Action, ActionRevision, as_of)
    if query.from_ or query.to:
        conditions.append(ActionRevision.due.is_not(None))
    if query.status:
        conditions.append(now.in_(query.status))
    if query.overdue:
        conditions.append((now == ActionStatus.OVERDUE).in_(query.overdue))
    order = query.sort if isinstance(query, actions.ActionSelection) else ActionOrder.ID
    return Listing(_actions(as_of).where(*conditions), ORDERS[order])


async def listed_reports(_connection: AsyncConnection, query: actions.ReportFilters) -> Listing:
    """The progress reports that match the filters."""
    rows = _reports().where(*_matching(query, REPORT_CONDITIONS))
    return Listing(rows, [ProgressReport.id, ProgressReportRevision.number])


async def find_actions(connection: AsyncConnection, query: actions.ActionQuery) -> PageSlice:
    return await fetch_slice(connection, await listed_actions(connection, query), query=query)


async def find_reports(connection: AsyncConnection, query: actions.ReportQuery) -> PageSlice:
    return await fetch_slice(connection, await listed_reports(connection, query), query=query)


async def get_action(
    connection: AsyncConnection, action_id: str, *, as_of: date | None = None, number: int | None = None
) -> Versioned:
    """One action: its open draft if the connection sees it, else the published revision; or revision `number`."""
    rows = _actions(as_of or today()).add_columns(ACTION_VERSION, Action.withdrawn_at)
    shown = _shown(Action, ActionRevision, number)
    return await _get(connection, rows.where(Action.id == action_id, shown), "action", action_id, ActionRevision)


async def get_report(connection: AsyncConnection, report_id: str, *, number: int | None = None) -> Versioned:
    """One progress report, chosen as in `get_action`."""
    rows = _reports().add_columns(REPORT_VERSION, ProgressReport.withdrawn_at)
    shown = _shown(ProgressReport, ProgressReportRevision, number)
    here = rows.where(ProgressReport.id == report_id, shown)
    return await _get(connection, here, "progress report", report_id, ProgressReportRevision)


def _shown(head: Any, revision: Any, number: int | None) -> ColumnElement[bool]:
    if number is not None:
        return and_(revision.number == number)
    return or_(revision.number == head.current, revision.publication.in_(OPEN))


async def _get(connection: AsyncConnection, rows: Select[Any], what: str, name: str, revision: Any) -> Versioned:
    found = (await connection.execute(rows.order_by(revision.number.desc()).limit(1))).one_or_none()
    if found is None:
        raise not_found(what, name)
    if found.withdrawn_at is not None:
        raise ProblemError("gone", f"The {what} {name} was withdrawn.")
    record, address = (f"{what.replace(' ', sign)}s/{name}" for sign in "_-")
    return Versioned(found[0], record=record, version=int(found[1]), address=address)
