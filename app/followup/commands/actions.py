"""Write operations of actions and progress reports: draft, change, carry forward, withdraw."""

from typing import Any

from sqlalchemy import Row, delete, func, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from app.audit.trail import record_event
from app.auth.schemas import Caller
from app.core.errors import ProblemError, invalid_body_field
from app.core.etags import ExpectedVersions, Versioned
from app.drafts.commands.transitions import lock_record, save_draft, set_state
from app.drafts.workflow import Decision, Transition, check_reviewer
from app.followup.commands import references
from app.followup.commands.kinds import ACTIONS, REPORTS, NumberedKind
from app.followup.queries.actions import get_action
from app.followup.schemas.writes import ActionIn, ActionPatch, CarryForwardIn, ProgressReportIn, ProgressReportPatch
from app.models import Action, ActionRecommendation, ProgressReport

COPIED = ("title", "body_id", "due", "due_earliest", "due_latest", "recurrence", "note", "marking")


async def create_action(
    connection: AsyncConnection, body: ActionIn, *, by: Caller, carried_from: str | None = None
) -> tuple[str, Versioned]:
    """Drafts an action. Returns its id and the action."""
    values = await _values_of_action(connection, body.model_dump())
    action_id = await ACTIONS.new_id(connection)
    await connection.execute(insert(Action).values(id=action_id, carried_from=carried_from))
    saved = await save_draft(connection, ACTIONS, action_id, values | {"number": 1}, draft=None, by=by)
    await _name(connection, action_id, 1, body.recommendations)
    detail = body.model_dump(mode="json", exclude_none=True) | ({"carried_from": carried_from} if carried_from else {})
    record_event(connection, by=by, record=ACTIONS.name(action_id), detail=detail)
    return action_id, await ACTIONS.get(connection, action_id, saved)


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
    draft, now = await lock_record(connection, ACTIONS, action_id, expected=expected)
    before = await _revision_to_change(connection, ACTIONS, action_id, draft)
    fields = body.model_dump(include=body.model_fields_set)
    _check_retained(fields, "title", "recommendations", "marking")
    values = await _values_of_action(connection, fields)
    named = await _named(connection, action_id, before.number)
    wanted = sorted(set(fields.get("recommendations", named)))
    if all(getattr(before, name) == value for name, value in values.items()) and wanted == named:
        return now
    merged = {name: getattr(before, name) for name in (*COPIED, "roundtable_id", "edition")} | values
    if merged["roundtable_id"] is not None and merged["edition"] is not None:
        raise invalid_body_field("/edition", "roundtable and edition exclude each other: send one of them")
    merged["number"] = await ACTIONS.number_to_draft(connection, action_id, draft)
    saved = await save_draft(connection, ACTIONS, action_id, merged, draft=draft, by=by)
    await _name(connection, action_id, saved.number, wanted)
    _record_patch(connection, ACTIONS.name(action_id), body, by=by)
    return await ACTIONS.get(connection, action_id, saved)


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
    found = await ACTIONS.current_revision(connection, action_id)
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
    values = {"number": 1, **_values_of_report(body, {"text", "evidence", "done_on", "note", "marking"})}
    saved = await save_draft(connection, REPORTS, report_id, values, draft=None, by=by)
    detail = body.model_dump(mode="json", exclude_none=True)
    record_event(connection, by=by, record=REPORTS.name(report_id), detail=detail)
    return report_id, await REPORTS.get(connection, report_id, saved)


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
    draft, now = await lock_record(connection, REPORTS, report_id, expected=expected)
    before = await _revision_to_change(connection, REPORTS, report_id, draft)
    _check_retained(body.model_dump(include=body.model_fields_set), "text", "marking")
    values = _values_of_report(body, set(body.model_fields_set))
    if all(getattr(before, name) == value for name, value in values.items()):
        return now
    merged = {name: getattr(before, name) for name in ("text", "evidence", "done_on", "note", "marking")} | values
    merged["number"] = await REPORTS.number_to_draft(connection, report_id, draft)
    saved = await save_draft(connection, REPORTS, report_id, merged, draft=draft, by=by)
    _record_patch(connection, REPORTS.name(report_id), body, by=by)
    return await REPORTS.get(connection, report_id, saved)


def _record_patch(
    connection: AsyncConnection, record: str, body: ActionPatch | ProgressReportPatch, *, by: Caller
) -> None:
    record_event(connection, by=by, record=record, detail=body.model_dump(mode="json", include=body.model_fields_set))


def _check_retained(fields: dict[str, Any], *names: str) -> None:
    for name in names:
        if name in fields and fields[name] is None:
            raise invalid_body_field(f"/{name}", "must not be null")


async def _revision_to_change(
    connection: AsyncConnection, kind: NumberedKind, record_id: str, draft: Row[Any] | None
) -> Row[Any]:
    """Returns the locked open draft, or the published revision: one of them exists."""
    found = draft if draft is not None else await kind.current_revision(connection, record_id)
    assert found is not None  # noqa: S101 - `lock_record` has found one of them
    return found


async def withdraw(
    connection: AsyncConnection, kind: NumberedKind, record_id: str, *, expected: ExpectedVersions, by: Caller
) -> None:
    """Withdraws a record for good. The caller must not be an author of a published or open revision of it."""
    draft, _ = await lock_record(connection, kind, record_id, expected=expected)
    check_reviewer(by, *await kind.find_written_drafts(connection, record_id))
    if draft is not None:
        await set_state(connection, kind, record_id, draft, Decision(Transition.WITHDRAW, by))
    await kind.set_head(connection, record_id, withdrawn_at=func.clock_timestamp())
    record_event(connection, by=by, record=kind.name(record_id))
