"""Write operations of actions and progress reports: draft, change, transition, carry forward, withdraw."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, Sequence, delete, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from app.audit.trail import enter
from app.auth.schemas import Caller
from app.core.errors import ProblemError, unfit
from app.core.etags import Expected, Versioned
from app.drafts.workflow import OPEN, Move, check_reviewer
from app.followup.commands import references, revisions
from app.followup.commands.revisions import Subject
from app.followup.queries.actions import get_action, get_report
from app.followup.schemas.writes import (
    ActionIn,
    ActionPatch,
    CarryForwardIn,
    ProgressReportIn,
    ProgressReportPatch,
)
from app.models import Action, ActionRecommendation, ActionRevision, ProgressReport, ProgressReportRevision
from app.vocabulary import Publication

Get = Callable[..., Awaitable[Versioned]]


@dataclass(frozen=True)
class Kind:
    """Record type with a head row and numbered revisions."""

    head: Any
    revision: Any
    key: str
    letters: str
    numbers: str
    get: Get

    def of(self, record_id: str) -> Subject:
        record = f"{self.head.__tablename__}/{record_id}"
        return Subject(self.revision, {self.key: record_id}, self.head, record_id, record)

    async def new_id(self, connection: AsyncConnection) -> str:
        number = await connection.scalar(select(Sequence(self.numbers).next_value()))
        return f"{self.letters}-{number:04}"


ACTIONS = Kind(Action, ActionRevision, "action_id", "ACT", "action_numbers", get_action)
REPORTS = Kind(ProgressReport, ProgressReportRevision, "report_id", "REP", "report_numbers", get_report)
COPIED = ("title", "body_id", "due", "due_earliest", "due_latest", "recurrence", "note", "marking")


async def create_action(
    connection: AsyncConnection, given: ActionIn, *, by: Caller, carried_from: str | None = None
) -> tuple[str, Versioned]:
    """Drafts an action. Returns its id and the action."""
    values = await _values_of_action(connection, given.model_dump())
    action_id = await ACTIONS.new_id(connection)
    await connection.execute(insert(Action).values(id=action_id, carried_from=carried_from))
    await revisions.draft(connection, ACTIONS.of(action_id), values, number=1, by=by)
    await _name(connection, action_id, 1, given.recommendations)
    detail = given.model_dump(mode="json", exclude_none=True) | ({"carried_from": carried_from} if carried_from else {})
    enter(connection, by=by, record=f"actions/{action_id}", detail=detail)
    return action_id, await get_action(connection, action_id)


async def _values_of_action(connection: AsyncConnection, given: dict[str, Any]) -> dict[str, Any]:
    """Returns the columns of the given fields, with references resolved; fields that are not given are left out."""
    values: dict[str, Any] = {name: given[name] for name in ("title", "edition", "note") if name in given}
    if "recommendations" in given:
        await references.check_recommendations(connection, given["recommendations"], pointer="/recommendations")
    if "body" in given:
        values["body_id"] = await references.organization_called(connection, given["body"], pointer="/body")
    if "roundtable" in given:
        named = await references.roundtable_named(connection, given["roundtable"], pointer="/roundtable")
        values["roundtable_id"] = named
    if "due" in given:
        values |= {"due": given["due"], **references.dated(given["due"], prefix="due_")}
    for name in ("recurrence", "marking"):
        if name in given:
            values[name] = given[name] and given[name].value
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
    connection: AsyncConnection, action_id: str, given: ActionPatch, *, expected: Expected, by: Caller
) -> Versioned:
    """Applies the patch to the open draft; if there is none, to a new draft of the published revision."""
    before = await _to_change(connection, ACTIONS, action_id, expected=expected)
    fields = given.model_dump(include=given.model_fields_set)
    _check_kept(fields, "title", "recommendations", "marking")
    values = await _values_of_action(connection, fields)
    named = await _named(connection, action_id, before.number)
    wanted = sorted(set(fields.get("recommendations", named)))
    if all(getattr(before, name) == value for name, value in values.items()) and wanted == named:
        return await get_action(connection, action_id)
    merged = {name: getattr(before, name) for name in (*COPIED, "roundtable_id", "edition")} | values
    if merged["roundtable_id"] is not None and merged["edition"] is not None:
        raise unfit("/edition", "give roundtable or edition, one of the two")
    number = await revisions.number_to_draft(connection, ACTIONS.of(action_id))
    await revisions.draft(connection, ACTIONS.of(action_id), merged, number=number, by=by)
    await _name(connection, action_id, number, wanted)
    _enter_patch(connection, f"actions/{action_id}", given, by=by)
    return await get_action(connection, action_id)


async def _named(connection: AsyncConnection, action_id: str, number: int) -> list[str]:
    rows = select(ActionRecommendation.recommendation_id).where(
        ActionRecommendation.action_id == action_id, ActionRecommendation.number == number
    )
    return sorted(await connection.scalars(rows))


async def carry_forward(
    connection: AsyncConnection, action_id: str, given: CarryForwardIn, *, expected: Expected, by: Caller
) -> tuple[str, Versioned]:
    """Drafts a copy of the published action for another roundtable."""
    expected.check(await get_action(connection, action_id))
    rows = select(ActionRevision.__table__).join(
        Action, (Action.id == ActionRevision.action_id) & (Action.current == ActionRevision.number)
    )
    found = (await connection.execute(rows.where(Action.id == action_id))).one_or_none()
    if found is None:
        raise ProblemError("conflict", "It is not published yet: only what holds can be carried forward.")
    carried = ActionIn.model_validate(
        {
            "title": found.title,
            "recommendations": await _named(connection, action_id, found.number),
            "body": found.body_id,
            "due": given.due,
            "recurrence": found.recurrence,
            "roundtable": given.roundtable,
            "edition": given.edition,
            "note": found.note,
            "marking": found.marking,
        }
    )
    return await create_action(connection, carried, by=by, carried_from=action_id)


async def create_report(connection: AsyncConnection, given: ProgressReportIn, *, by: Caller) -> tuple[str, Versioned]:
    """Drafts a progress report. Returns its id and the report."""
    there = select(Action.id).where(
        Action.id == given.action, Action.current.is_not(None), Action.withdrawn_at.is_(None)
    )
    if await connection.scalar(there) is None:
        raise unfit("/action", "there is no published action of this id")
    report_id = await REPORTS.new_id(connection)
    await connection.execute(insert(ProgressReport).values(id=report_id, action_id=given.action))
    values = _values_of_report(given, {"text", "evidence", "done_on", "note", "marking"})
    await revisions.draft(connection, REPORTS.of(report_id), values, number=1, by=by)
    detail = given.model_dump(mode="json", exclude_none=True)
    enter(connection, by=by, record=f"progress_reports/{report_id}", detail=detail)
    return report_id, await get_report(connection, report_id)


def _values_of_report(given: ProgressReportIn | ProgressReportPatch, names: set[str]) -> dict[str, Any]:
    values = given.model_dump(include=names)
    if "evidence" in values:
        values["evidence"] = [one.model_dump(mode="json") for one in given.evidence or []]
    if "marking" in values:
        values["marking"] = values["marking"].value
    return values


async def change_report(
    connection: AsyncConnection, report_id: str, given: ProgressReportPatch, *, expected: Expected, by: Caller
) -> Versioned:
    """Applies the patch to the open draft; if there is none, to a new draft of the published revision."""
    before = await _to_change(connection, REPORTS, report_id, expected=expected)
    _check_kept(given.model_dump(include=given.model_fields_set), "text", "marking")
    values = _values_of_report(given, set(given.model_fields_set))
    if any(getattr(before, name) != value for name, value in values.items()):
        merged = {name: getattr(before, name) for name in ("text", "evidence", "done_on", "note", "marking")} | values
        number = await revisions.number_to_draft(connection, REPORTS.of(report_id))
        await revisions.draft(connection, REPORTS.of(report_id), merged, number=number, by=by)
        _enter_patch(connection, f"progress_reports/{report_id}", given, by=by)
    return await get_report(connection, report_id)


def _enter_patch(
    connection: AsyncConnection, record: str, given: ActionPatch | ProgressReportPatch, *, by: Caller
) -> None:
    enter(connection, by=by, record=record, detail=given.model_dump(mode="json", include=given.model_fields_set))


def _check_kept(fields: dict[str, Any], *names: str) -> None:
    for name in names:
        if name in fields and fields[name] is None:
            raise unfit(f"/{name}", "it cannot be emptied")


async def _to_change(connection: AsyncConnection, kind: Kind, record_id: str, *, expected: Expected) -> Row[Any]:
    """Locks the head, checks its version, and returns the revision that a change starts from."""
    of = kind.of(record_id)
    await revisions.lock(connection, of)
    expected.check(await kind.get(connection, record_id))
    rows = (
        select(kind.revision.__table__)
        .join(kind.head, getattr(kind.revision, kind.key) == kind.head.id)
        .where(*of.here)
        .where((kind.revision.number == kind.head.current) | kind.revision.publication.in_(OPEN))
    )
    return (await connection.execute(rows.order_by(kind.revision.number.desc()).limit(1))).one()


async def move(  # noqa: PLR0913 - target, transition and caller; the last ones by name
    connection: AsyncConnection,
    kind: Kind,
    record_id: str,
    way: Move,
    *,
    expected: Expected,
    by: Caller,
    note: str | None = None,
) -> Versioned:
    """Applies a transition to the open draft. Publishing makes it the current revision."""
    of = kind.of(record_id)
    await revisions.lock(connection, of)
    expected.check(await kind.get(connection, record_id))
    found = await revisions.move(connection, of, way, by=by)
    if way is Move.PUBLISH:
        await _check_action(connection, kind, record_id)
        holds = {"current": found.number, "updated_at": func.clock_timestamp()}
        await connection.execute(update(kind.head).where(kind.head.id == record_id).values(**holds))
    detail = {"number": found.number} | ({"note": note} if note else {})
    enter(connection, by=by, record=of.record, detail=detail)
    return await kind.get(connection, record_id, number=found.number)


async def _check_action(connection: AsyncConnection, kind: Kind, record_id: str) -> None:
    """Rejects a report whose action was withdrawn."""
    if kind is REPORTS:
        rows = select(Action.id).join(ProgressReport, ProgressReport.action_id == Action.id)
        if await connection.scalar(rows.where(ProgressReport.id == record_id, Action.withdrawn_at.is_(None))) is None:
            raise ProblemError("conflict", "Its action was withdrawn.")


async def withdraw(connection: AsyncConnection, kind: Kind, record_id: str, *, expected: Expected, by: Caller) -> None:
    """Withdraws a record for good. The caller must not be an author of a published or open revision of it."""
    before = await _to_change(connection, kind, record_id, expected=expected)
    of = kind.of(record_id)
    check_reviewer(by, of=await revisions.written_revisions(connection, of))
    if before.publication != Publication.PUBLISHED:
        await revisions.move(connection, of, Move.WITHDRAW, by=by)
    gone = {"withdrawn_at": func.clock_timestamp(), "updated_at": func.clock_timestamp()}
    await connection.execute(update(kind.head).where(kind.head.id == record_id).values(**gone))
    enter(connection, by=by, record=of.record)
