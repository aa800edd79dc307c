"""Write operations of actions and progress reports: draft, change, transition, carry forward, withdraw."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, Sequence, delete, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from app.audit.trail import record_event
from app.auth.schemas import Caller
from app.core.errors import ProblemError, invalid_body_field
from app.core.etags import ExpectedVersions, Versioned
from app.drafts.workflow import OPEN_STATES, Transition, check_reviewer
from app.followup.commands import references, revisions
from app.followup.commands.revisions import RevisionSubject
from app.followup.queries.actions import get_action, get_report
from app.followup.schemas.writes import ActionIn, ActionPatch, CarryForwardIn, ProgressReportIn, ProgressReportPatch
from app.models import Action, ActionRecommendation, ActionRevision, ProgressReport, ProgressReportRevision
from app.vocabulary import Publication

Get = Callable[..., Awaitable[Versioned]]


@dataclass(frozen=True)
class FollowUpType:
    """Record type with a head row and numbered revisions."""

    head: Any
    revision: Any
    key: str
    letters: str
    numbers: str
    get: Get

    def of(self, record_id: str) -> RevisionSubject:
        record = f"{self.head.__tablename__}/{record_id}"
        return RevisionSubject(self.revision, {self.key: record_id}, self.head, record_id, record)

    async def new_id(self, connection: AsyncConnection) -> str:
        number = await connection.scalar(select(Sequence(self.numbers).next_value()))
        return f"{self.letters}-{number:04}"


ACTIONS = FollowUpType(Action, ActionRevision, "action_id", "ACT", "action_numbers", get_action)
REPORTS = FollowUpType(ProgressReport, ProgressReportRevision, "report_id", "REP", "report_numbers", get_report)
COPIED = ("title", "body_id", "due", "due_earliest", "due_latest", "recurrence", "note", "marking")


async def create_action(
    connection: AsyncConnection, body: ActionIn, *, by: Caller, carried_from: str | None = None
) -> tuple[str, Versioned]:
    """Drafts an action. Returns its id and the action."""
    values = await _values_of_action(connection, body.model_dump())
    action_id = await ACTIONS.new_id(connection)
    await connection.execute(insert(Action).values(id=action_id, carried_from=carried_from))
    await revisions.save_draft(connection, ACTIONS.of(action_id), values, number=1, by=by)
    await _name(connection, action_id, 1, body.recommendations)
    detail = body.model_dump(mode="json", exclude_none=True) | ({"carried_from": carried_from} if carried_from else {})
    record_event(connection, by=by, record=f"actions/{action_id}", detail=detail)
    return action_id, await get_action(connection, action_id)


async def _values_of_action(connection: AsyncConnection, body: dict[str, Any]) -> dict[str, Any]:
    """Returns the columns of the fields in the body, with references resolved; absent fields are left out."""
    values: dict[str, Any] = {name: body[name] for name in ("title", "edition", "note") if name in body}
    if "recommendations" in body:
        await references.check_recommendations(connection, body["recommendations"], pointer="/recommendations")
    if "body" in body:
        values["body_id"] = await references.body_id_by_name(connection, body["body"], pointer="/body")
    if "roundtable" in body:
        named = await references.roundtable_id_by_name(connection, body["roundtable"], pointer="/roundtable")
        values["roundtable_id"] = named
    if "due" in body:
        values |= {"due": body["due"], **references.date_bounds(body["due"], prefix="due_")}
    for name in ("recurrence", "marking"):
        if name in body:
            values[name] = body[name] and body[name].value
    return values


async def _name(connection: AsyncConnection, action_id: str, number: int, recommendations: list[str]) -> None:
    """Replaces the recommendations of a draft."""
    here = (ActionRecommendation.action_id == action_id, ActionRecommendation.number == number)
    await connection.execute(delete(ActionRecommendation).where(*here))
    rows = [
        {"action_id": action_id, "number": number, "recommendation_id": one} for one in dict.fromkeys(recommendations)
    ]
    await connection.execute(insert(ActionRecommendation), rows)


async def change_action(
    connection: AsyncConnection, action_id: str, body: ActionPatch, *, expected: ExpectedVersions, by: Caller
) -> Versioned:
    """Applies the patch to the open draft; if there is none, to a new draft of the published revision."""
    before = await _to_change(connection, ACTIONS, action_id, expected=expected)
    fields = body.model_dump(include=body.model_fields_set)
    _check_retained(fields, "title", "recommendations", "marking")
    values = await _values_of_action(connection, fields)
    named = await _named(connection, action_id, before.number)
    wanted = sorted(set(fields.get("recommendations", named)))
    if all(getattr(before, name) == value for name, value in values.items()) and wanted == named:
        return await get_action(connection, action_id)
    merged = {name: getattr(before, name) for name in (*COPIED, "roundtable_id", "edition")} | values
    if merged["roundtable_id"] is not None and merged["edition"] is not None:
        raise invalid_body_field("/edition", "roundtable and edition exclude each other: send one of them")
    number = await revisions.number_to_draft(connection, ACTIONS.of(action_id))
    await revisions.save_draft(connection, ACTIONS.of(action_id), merged, number=number, by=by)
    await _name(connection, action_id, number, wanted)
    _enter_patch(connection, f"actions/{action_id}", body, by=by)
    return await get_action(connection, action_id)


async def _named(connection: AsyncConnection, action_id: str, number: int) -> list[str]:
    rows = select(ActionRecommendation.recommendation_id).where(
        ActionRecommendation.action_id == action_id, ActionRecommendation.number == number
    )
    return sorted(await connection.scalars(rows))


async def carry_forward(
    connection: AsyncConnection, action_id: str, body: CarryForwardIn, *, expected: ExpectedVersions, by: Caller
) -> tuple[str, Versioned]:
    """Drafts a copy of the published action for another roundtable."""
    expected.check(await get_action(connection, action_id))
    rows = select(ActionRevision.__table__).join(
        Action, (Action.id == ActionRevision.action_id) & (Action.current == ActionRevision.number)
    )
    found = (await connection.execute(rows.where(Action.id == action_id))).one_or_none()
    if found is None:
        raise ProblemError("conflict", "The action is not published. Only a published action can be carried forward.")
    carried = ActionIn.model_validate(
        {
            "title": found.title,
            "recommendations": await _named(connection, action_id, found.number),
            "body": found.body_id,
            "due": body.due,
            "recurrence": found.recurrence,
            "roundtable": body.roundtable,
            "edition": body.edition,
            "note": found.note,
            "marking": found.marking,
        }
    )
    return await create_action(connection, carried, by=by, carried_from=action_id)


async def create_report(connection: AsyncConnection, body: ProgressReportIn, *, by: Caller) -> tuple[str, Versioned]:
    """Drafts a progress report. Returns its id and the report."""
    there = select(Action.id).where(
        Action.id == body.action, Action.current.is_not(None), Action.withdrawn_at.is_(None)
    )
    if await connection.scalar(there) is None:
        raise invalid_body_field("/action", "there is no published action with this id")
    report_id = await REPORTS.new_id(connection)
    await connection.execute(insert(ProgressReport).values(id=report_id, action_id=body.action))
    values = _values_of_report(body, {"text", "evidence", "done_on", "note", "marking"})
    await revisions.save_draft(connection, REPORTS.of(report_id), values, number=1, by=by)
    detail = body.model_dump(mode="json", exclude_none=True)
    record_event(connection, by=by, record=f"progress_reports/{report_id}", detail=detail)
    return report_id, await get_report(connection, report_id)


def _values_of_report(body: ProgressReportIn | ProgressReportPatch, names: set[str]) -> dict[str, Any]:
    values = body.model_dump(include=names)
    if "evidence" in values:
        values["evidence"] = [one.model_dump(mode="json") for one in body.evidence or []]
    if "marking" in values:
        values["marking"] = values["marking"].value
    return values


async def change_report(
    connection: AsyncConnection, report_id: str, body: ProgressReportPatch, *, expected: ExpectedVersions, by: Caller
) -> Versioned:
    """Applies the patch to the open draft; if there is none, to a new draft of the published revision."""
    before = await _to_change(connection, REPORTS, report_id, expected=expected)
    _check_retained(body.model_dump(include=body.model_fields_set), "text", "marking")
    values = _values_of_report(body, set(body.model_fields_set))
    if any(getattr(before, name) != value for name, value in values.items()):
        merged = {name: getattr(before, name) for name in ("text", "evidence", "done_on", "note", "marking")} | values
        number = await revisions.number_to_draft(connection, REPORTS.of(report_id))
        await revisions.save_draft(connection, REPORTS.of(report_id), merged, number=number, by=by)
        _enter_patch(connection, f"progress_reports/{report_id}", body, by=by)
    return await get_report(connection, report_id)


def _enter_patch(
    connection: AsyncConnection, record: str, body: ActionPatch | ProgressReportPatch, *, by: Caller
) -> None:
    record_event(connection, by=by, record=record, detail=body.model_dump(mode="json", include=body.model_fields_set))


def _check_retained(fields: dict[str, Any], *names: str) -> None:
    for name in names:
        if name in fields and fields[name] is None:
            raise invalid_body_field(f"/{name}", "must not be null")


async def _to_change(
    connection: AsyncConnection, kind: FollowUpType, record_id: str, *, expected: ExpectedVersions
) -> Row[Any]:
    """Locks the head, checks its version, and returns the revision that a change starts from."""
    of = kind.of(record_id)
    await revisions.lock_subject(connection, of)
    expected.check(await kind.get(connection, record_id))
    rows = (
        select(kind.revision.__table__)
        .join(kind.head, getattr(kind.revision, kind.key) == kind.head.id)
        .where(*of.here)
        .where((kind.revision.number == kind.head.current) | kind.revision.publication.in_(OPEN_STATES))
    )
    return (await connection.execute(rows.order_by(kind.revision.number.desc()).limit(1))).one()


async def transition(  # noqa: PLR0913 - target, transition and caller; the last ones by name
    connection: AsyncConnection,
    kind: FollowUpType,
    record_id: str,
    way: Transition,
    *,
    expected: ExpectedVersions,
    by: Caller,
    note: str | None = None,
) -> Versioned:
    """Applies a transition to the open draft. Publishing makes it the current revision."""
    of = kind.of(record_id)
    await revisions.lock_subject(connection, of)
    expected.check(await kind.get(connection, record_id))
    found = await revisions.transition(connection, of, way, by=by)
    if way is Transition.PUBLISH:
        await _check_action(connection, kind, record_id)
        holds = {"current": found.number, "updated_at": func.clock_timestamp()}
        await connection.execute(update(kind.head).where(kind.head.id == record_id).values(**holds))
    detail = {"number": found.number} | ({"note": note} if note else {})
    record_event(connection, by=by, record=of.record, detail=detail)
    return await kind.get(connection, record_id, number=found.number)


async def _check_action(connection: AsyncConnection, kind: FollowUpType, record_id: str) -> None:
    """Rejects a report whose action was withdrawn."""
    if kind is REPORTS:
        rows = select(Action.id).join(ProgressReport, ProgressReport.action_id == Action.id)
        if await connection.scalar(rows.where(ProgressReport.id == record_id, Action.withdrawn_at.is_(None))) is None:
            raise ProblemError("conflict", "The action of this report was withdrawn.")


async def withdraw(
    connection: AsyncConnection, kind: FollowUpType, record_id: str, *, expected: ExpectedVersions, by: Caller
) -> None:
    """Withdraws a record for good. The caller must not be an author of a published or open revision of it."""
    before = await _to_change(connection, kind, record_id, expected=expected)
    of = kind.of(record_id)
    check_reviewer(by, of=await revisions.written_revisions(connection, of))
    if before.publication != Publication.PUBLISHED:
        await revisions.transition(connection, of, Transition.WITHDRAW, by=by)
    gone = {"withdrawn_at": func.clock_timestamp(), "updated_at": func.clock_timestamp()}
    await connection.execute(update(kind.head).where(kind.head.id == record_id).values(**gone))
    record_event(connection, by=by, record=of.record)
