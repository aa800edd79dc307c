"""Endpoints of assessments, generated from their kinds, and of the history of a recommendation."""

from collections.abc import Callable
from typing import Annotated, Any

from fastapi import Query

from app.auth.dependencies import (
    CurrentCaller,
    DraftAwareConnection,
    require_editor,
    require_reader,
)
from app.drafts.commands.transitions import transition
from app.drafts.routes import DraftResource, named_endpoint, transition_routers
from app.drafts.workflow import Transition
from app.followup.commands.assessments import draft_assessment
from app.followup.commands.kinds import ASSESSMENTS, AssessmentKind
from app.followup.queries.assessments import get_assessment
from app.followup.queries.history import get_history
from app.followup.schemas.writes import (
    AssessmentOut,
    HistoryOut,
    HistoryQuery,
    PublishQuery,
)
from app.http.problems import GONE
from app.http.responses import RawJsonResponse
from app.http.routing import ReadConnection, Router
from app.http.transactions import IfMatch, WriteTransaction
from app.recommendations.routes import RecommendationId

TAG = "followup"
reads = Router(tag=TAG, requires=require_reader, cacheable=True)
edits = Router(tag=TAG, requires=require_editor)
HISTORY = "/recommendations/{recommendation_id}/history"


@reads.get(HISTORY, responses=GONE)
async def get_recommendation_history(
    recommendation_id: RecommendationId, query: Annotated[HistoryQuery, Query()], connection: ReadConnection
) -> RawJsonResponse[HistoryOut]:
    """History of a recommendation: its state at a time, and the entries that led to it, newest first."""
    return RawJsonResponse(await get_history(connection, recommendation_id, recorded_at=query.recorded_at))


def _getting(kind: AssessmentKind) -> Callable[..., Any]:
    async def get(
        recommendation_id: RecommendationId, connection: DraftAwareConnection
    ) -> RawJsonResponse[AssessmentOut]:
        return RawJsonResponse(await get_assessment(connection, recommendation_id, kind.aspect))

    return get


def _drafting(kind: AssessmentKind, schema: Any) -> Callable[..., Any]:
    async def change(
        recommendation_id: RecommendationId,
        body: schema,
        expected: IfMatch,
        connection: WriteTransaction,
        caller: CurrentCaller,
    ) -> RawJsonResponse[AssessmentOut]:
        drafted = draft_assessment(connection, kind, recommendation_id, body, expected=expected, by=caller)
        return RawJsonResponse(await drafted)

    return change


def _publishing(kind: AssessmentKind) -> Callable[..., Any]:
    async def publish(
        recommendation_id: RecommendationId,
        query: Annotated[PublishQuery, Query()],
        expected: IfMatch,
        connection: WriteTransaction,
        caller: CurrentCaller,
    ) -> RawJsonResponse[AssessmentOut]:
        others = [ASSESSMENTS[aspect] for aspect in query.together_with]
        move = Transition.PUBLISH
        published = transition(
            connection, kind, recommendation_id, move, expected=expected, by=caller, together_with=others
        )
        return RawJsonResponse(await published)

    return publish


def _routers(kind: AssessmentKind) -> list[Router]:
    aspect = kind.aspect
    path = f"/recommendations/{{recommendation_id}}/{aspect}"
    summary = f"The {aspect} with its source. Editors and reviewers get its open draft if it has one."
    reads.get(path, responses=GONE)(named_endpoint(_getting(kind), f"get_{aspect}", summary))
    summary = f"Draft the {aspect}. The published one does not change until another person has reviewed the draft."
    edits.put(path, responses=GONE)(named_endpoint(_drafting(kind, kind.body), f"change_{aspect}", summary))
    resource = DraftResource(kind, aspect.value, TAG, path, RecommendationId, AssessmentOut)
    return transition_routers(resource, publish=_publishing(kind))


routers = [reads, edits, *(router for kind in ASSESSMENTS.values() for router in _routers(kind))]
