"""Read routes of actions and progress reports; the write routes are in `drafts`."""

from typing import Annotated

from fastapi import Path, Query

from app.auth.dependencies import DraftAwareConnection, require_reader
from app.followup.queries import actions
from app.followup.schemas.actions import (
    ActionOut,
    ActionPage,
    ActionQuery,
    AsOfQuery,
    ProgressReportOut,
    ProgressReportPage,
    ReportQuery,
)
from app.http.problems import GONE
from app.http.responses import RawJsonResponse, page_response
from app.http.routing import Router

router = Router(tag="actions", requires=require_reader, cacheable=True)

ActionId = Annotated[
    str,
    Path(
        alias="action_id",
        pattern=r"^ACT-[0-9]{4,9}$",
        max_length=16,
        description="Id of the action.",
        examples=["ACT-0001"],
    ),
]
ReportId = Annotated[
    str,
    Path(
        alias="report_id",
        pattern=r"^REP-[0-9]{4,9}$",
        max_length=16,
        description="Id of the report.",
        examples=["REP-0001"],
    ),
]


@router.get("/actions")
async def list_actions(
    query: Annotated[ActionQuery, Query()], connection: DraftAwareConnection
) -> RawJsonResponse[ActionPage]:
    """List the actions on recommendations, with the responsible body, due date and status."""
    return page_response(await actions.find_actions(connection, query))


@router.get("/actions/{action_id}", responses=GONE)
async def get_action(
    action_id: ActionId, query: Annotated[AsOfQuery, Query()], connection: DraftAwareConnection
) -> RawJsonResponse[ActionOut]:
    """Get one action. Editors and reviewers get its open draft if it has one."""
    return RawJsonResponse(await actions.get_action(connection, action_id, as_of=query.as_of))


@router.get("/progress-reports")
async def list_progress_reports(
    query: Annotated[ReportQuery, Query()], connection: DraftAwareConnection
) -> RawJsonResponse[ProgressReportPage]:
    """List the progress reports on actions, with their evidence."""
    return page_response(await actions.find_reports(connection, query))


@router.get("/progress-reports/{report_id}", responses=GONE)
async def get_progress_report(
    report_id: ReportId, connection: DraftAwareConnection
) -> RawJsonResponse[ProgressReportOut]:
    """Get one progress report. Editors and reviewers get its open draft if it has one."""
    return RawJsonResponse(await actions.get_report(connection, report_id))
