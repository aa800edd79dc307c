"""Selects over actions and progress reports.

A reader's connection sees only published data, through views; the same selects return drafts to editors and reviewers.
"""

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Date, Select, and_, bindparam, case, func, literal_column, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.orm import aliased

from app.auth.queries import absent
from app.core.dates import check_order, today
from app.core.db import as_text, json_list, json_object
from app.core.errors import not_found
from app.core.etags import Versioned
from app.core.pagination import Listing, PageSlice, fetch_slice
from app.core.statements import Binds, Bound, Conditions, any_of, built_once, filters_of, matching
from app.followup.schemas import actions
from app.followup.schemas.actions import ActionOrder
from app.models import Action, ActionRecommendation, ActionRevision, ProgressReport, ProgressReportRevision
from app.models.expressions.followup import done_on, status
from app.models.expressions.party import organization_ids_by_name, validate_body_names
from app.vocabulary import ActionStatus, Collection, Publication

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


def _publication(head: Any, revision: Any) -> ColumnElement[str]:
    return case((head.withdrawn_at.is_not(None), Publication.WITHDRAWN.value), else_=revision.publication)


_about = select(ActionRecommendation.recommendation_id).where(
    ActionRecommendation.action_id == ActionRevision.action_id,
    ActionRecommendation.number == ActionRevision.number,
)
_status = status(Action, ActionRevision, bindparam("as_of", type_=Date))
_ACTION = json_object(
    actions.ActionOut,
    id=Action.id,
    title=ActionRevision.title,
    recommendations=json_list(_about, of=ActionRevision, order_by=ActionRecommendation.recommendation_id),
    body=ActionRevision.body_id,
    due=ActionRevision.due,
    earliest=ActionRevision.due_earliest,
    latest=ActionRevision.due_latest,
    recurrence=ActionRevision.recurrence,
    status=_status,
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


_ACTIONS = select(as_text(_ACTION)).select_from(Action).join(ActionRevision, ActionRevision.action_id == Action.id)
_REPORTS = (
    select(as_text(_REPORT))
    .select_from(ProgressReport)
    .join(ProgressReportRevision, ProgressReportRevision.report_id == ProgressReport.id)
)


def _at(words: Iterable[Publication], head: Any, revision: Any) -> ColumnElement[bool]:
    """Condition for revisions with one of these states; of published ones, only the current revision."""
    current = and_(revision.number == head.current, head.withdrawn_at.is_(None))
    others = [word for word in words if word is not Publication.PUBLISHED]
    return or_(*([current] if Publication.PUBLISHED in words else []), revision.publication.in_(others))


def _concerning(recommendations: Any) -> ColumnElement[bool]:
    """Condition for reports on actions about any of these recommendations, in their current revision or in a draft."""
    named = aliased(ActionRecommendation)
    return ProgressReport.action_id.in_(select(named.action_id).where(any_of(named.recommendation_id)(recommendations)))


ACTION_CONDITIONS: Conditions = {
    "id": any_of(Action.id),
    "recommendation": lambda ids: (
        select(ActionRecommendation.action_id)
        .where(
            ActionRecommendation.action_id == ActionRevision.action_id,
            ActionRecommendation.number == ActionRevision.number,
            any_of(ActionRecommendation.recommendation_id)(ids),
        )
        .correlate(ActionRevision)
        .exists()
    ),
    "body": lambda names: ActionRevision.body_id.in_(organization_ids_by_name(names)),
    "roundtable": any_of(ActionRevision.roundtable_id),
    "carried_from": any_of(Action.carried_from),
    "status": any_of(_status),
    "overdue": any_of(_status == ActionStatus.OVERDUE),
    "from_": lambda day: or_(ActionRevision.due_latest.is_(None), ActionRevision.due_latest >= day),
    "to": lambda day: or_(ActionRevision.due_earliest.is_(None), ActionRevision.due_earliest <= day),
}
REPORT_CONDITIONS: Conditions = {
    "id": any_of(ProgressReport.id),
    "action": any_of(ProgressReport.action_id),
    "recommendation": _concerning,
    "done": any_of(ProgressReportRevision.done_on.is_not(None)),
}
"""Condition of each filter, except for the states, which select the revision."""


def _states(query: actions.ActionFilters | actions.ReportFilters) -> tuple[Publication, ...]:
    return tuple(sorted(set(query.publication) or {Publication.PUBLISHED}))


@built_once
def _action_listing(binds: Binds, states: tuple[Publication, ...], order: ActionOrder) -> Listing:
    conditions = [*matching(binds, ACTION_CONDITIONS), _at(states, Action, ActionRevision)]
    if "from_" in binds or "to" in binds:
        conditions.append(ActionRevision.due.is_not(None))
    return Listing(_ACTIONS.where(*conditions), ORDERS[order])


async def listed_actions(connection: AsyncConnection, query: actions.ActionFilters) -> Bound[Listing]:
    """The actions that match the filters."""
    check_order(query.from_, query.to)
    await validate_body_names(connection, body=query.body)
    order = query.sort if isinstance(query, actions.ActionSelection) else ActionOrder.ID
    values = {**filters_of(query, ACTION_CONDITIONS), "as_of": query.as_of or today()}
    return _action_listing(values, _states(query), order)


@built_once
def _report_listing(binds: Binds, states: tuple[Publication, ...]) -> Listing:
    conditions = [*matching(binds, REPORT_CONDITIONS), _at(states, ProgressReport, ProgressReportRevision)]
    return Listing(_REPORTS.where(*conditions), [ProgressReport.id, ProgressReportRevision.number])


async def listed_reports(_connection: AsyncConnection, query: actions.ReportFilters) -> Bound[Listing]:
    """The progress reports that match the filters."""
    return _report_listing(filters_of(query, REPORT_CONDITIONS), _states(query))


async def find_actions(connection: AsyncConnection, query: actions.ActionQuery) -> PageSlice:
    return await fetch_slice(connection, await listed_actions(connection, query), query=query)


async def find_reports(connection: AsyncConnection, query: actions.ReportQuery) -> PageSlice:
    return await fetch_slice(connection, await listed_reports(connection, query), query=query)


async def get_action(
    connection: AsyncConnection, action_id: str, *, as_of: date | None = None, number: int | None = None
) -> Versioned:
    """One action: its open draft if the connection sees it, else the published revision; or revision `number`."""
    values = {"id": action_id, "as_of": as_of or today(), **_numbered(number)}
    return await _get(connection, _one_action(values), "action", action_id)


async def get_report(connection: AsyncConnection, report_id: str, *, number: int | None = None) -> Versioned:
    """One progress report, chosen as in `get_action`."""
    return await _get(connection, _one_report({"id": report_id, **_numbered(number)}), "progress report", report_id)


def _numbered(number: int | None) -> dict[str, int]:
    return {} if number is None else {"number": number}


@built_once
def _one_action(binds: Binds) -> Select[Any]:
    rows = _ACTIONS.add_columns(ACTION_VERSION, Action.withdrawn_at)
    return _shown(rows, binds, head=Action, revision=ActionRevision)


@built_once
def _one_report(binds: Binds) -> Select[Any]:
    rows = _REPORTS.add_columns(REPORT_VERSION, ProgressReport.withdrawn_at)
    return _shown(rows, binds, head=ProgressReport, revision=ProgressReportRevision)


def _shown(rows: Select[Any], binds: Binds, *, head: Any, revision: Any) -> Select[Any]:
    """Selects the revision that is bound, or else the newest that the connection sees."""
    newest = or_(revision.number == head.current, revision.publication.in_(OPEN))
    chosen = revision.number == binds["number"] if "number" in binds else newest
    return rows.where(head.id == binds["id"], chosen).order_by(revision.number.desc()).limit(1)


async def _get(connection: AsyncConnection, rows: Bound[Select[Any]], what: str, name: str) -> Versioned:
    found = (await connection.execute(rows.built, rows.values)).one_or_none()
    if found is None and "number" in rows.values:
        raise not_found(what, name)
    if found is None or found.withdrawn_at is not None:
        raise await absent(connection, Collection(f"{what.replace(' ', '_')}s"), name, kind=what)
    record, address = (f"{what.replace(' ', sign)}s/{name}" for sign in "_-")
    return Versioned(found[0], record=record, version=int(found[1]), address=address)
