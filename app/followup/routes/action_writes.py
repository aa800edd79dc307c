"""Endpoints that write actions and progress reports."""

from starlette.responses import Response

from app.auth.dependencies import CurrentCaller, require_editor, require_reviewer
from app.drafts.routes import DraftResource, transition_routers
from app.drafts.workflow import Transition
from app.followup.commands import actions as commands
from app.followup.commands.kinds import ACTIONS, REPORTS
from app.followup.routes.actions import ActionId, ReportId
from app.followup.schemas.actions import ActionOut, ProgressReportOut
from app.followup.schemas.writes import ActionIn, ActionPatch, CarryForwardIn, ProgressReportIn, ProgressReportPatch
from app.http.problems import GONE
from app.http.responses import RawJsonResponse
from app.http.routing import Router
from app.http.transactions import IfMatch, WriteTransaction

TAG = "actions"
edits, reviews = (Router(tag=TAG, requires=need) for need in (require_editor, require_reviewer))


@edits.post("/actions", status_code=201)
async def create_action(
    body: ActionIn, connection: WriteTransaction, caller: CurrentCaller
) -> RawJsonResponse[ActionOut]:
    """Drafts an action about recommendations. With a roundtable or edition, they are carried forward to it."""
    made, action = await commands.create_action(connection, body, by=caller)
    return RawJsonResponse(action, location=made)


@edits.patch("/actions/{action_id}", responses=GONE)
async def change_action(
    action_id: ActionId, body: ActionPatch, expected: IfMatch, connection: WriteTransaction, caller: CurrentCaller
) -> RawJsonResponse[ActionOut]:
    """Changes the draft of an action. The published one does not change until another person has reviewed the draft."""
    return RawJsonResponse(await commands.change_action(connection, action_id, body, expected=expected, by=caller))


@reviews.delete("/actions/{action_id}", status_code=204, responses=GONE)
async def withdraw_action(
    action_id: ActionId, expected: IfMatch, connection: WriteTransaction, caller: CurrentCaller
) -> Response:
    """Withdraws an action for good, published or not. The caller must not be one of its authors."""
    await commands.withdraw(connection, ACTIONS, action_id, expected=expected, by=caller)
    return Response(status_code=204)


@edits.post("/actions/{action_id}/carry-forward", status_code=201, responses=GONE)
async def carry_action_forward(
    action_id: ActionId, body: CarryForwardIn, expected: IfMatch, connection: WriteTransaction, caller: CurrentCaller
) -> RawJsonResponse[ActionOut]:
    """Carries a published action to another roundtable: drafts a new action that refers to this one."""
    made, action = await commands.carry_forward(connection, action_id, body, expected=expected, by=caller)
    return RawJsonResponse(action, location=f"../../{made}")


@edits.post("/progress-reports", status_code=201)
async def create_progress_report(
    body: ProgressReportIn, connection: WriteTransaction, caller: CurrentCaller
) -> RawJsonResponse[ProgressReportOut]:
    """Drafts a report of what was done on an action."""
    made, report = await commands.create_report(connection, body, by=caller)
    return RawJsonResponse(report, location=made)


@edits.patch("/progress-reports/{report_id}", responses=GONE)
async def change_progress_report(
    report_id: ReportId,
    body: ProgressReportPatch,
    expected: IfMatch,
    connection: WriteTransaction,
    caller: CurrentCaller,
) -> RawJsonResponse[ProgressReportOut]:
    """Changes the draft of a report. The published one does not change until another person has reviewed the draft."""
    return RawJsonResponse(await commands.change_report(connection, report_id, body, expected=expected, by=caller))


@reviews.delete("/progress-reports/{report_id}", status_code=204, responses=GONE)
async def withdraw_progress_report(
    report_id: ReportId, expected: IfMatch, connection: WriteTransaction, caller: CurrentCaller
) -> Response:
    """Withdraws a report for good, published or not. The caller must not be one of its authors."""
    await commands.withdraw(connection, REPORTS, report_id, expected=expected, by=caller)
    return Response(status_code=204)


routers = [
    edits,
    reviews,
    *transition_routers(
        DraftResource(
            ACTIONS,
            "action",
            TAG,
            "/actions/{action_id}",
            ActionId,
            ActionOut,
            names={Transition.WITHDRAW: "withdraw_action_draft"},
        )
    ),
    *transition_routers(
        DraftResource(
            REPORTS,
            "progress_report",
            TAG,
            "/progress-reports/{report_id}",
            ReportId,
            ProgressReportOut,
            names={Transition.WITHDRAW: "withdraw_progress_report_draft"},
        )
    ),
]
