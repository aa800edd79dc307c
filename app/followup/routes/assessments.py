"""Endpoints of assessments, generated from the list of aspects, and of the history of a recommendation."""

from collections.abc import Callable
from typing import Annotated, Any

from fastapi import Query

from app.auth.dependencies import (
    CurrentCaller,
    DraftAwareConnection,
    require_editor,
    require_editor_or_reviewer,
    require_reader,
    require_reviewer,
)
from app.drafts.schemas import ReturnIn
from app.drafts.workflow import Transition
from app.followup.commands.assessments import draft_assessment, move_assessment
from app.followup.queries.assessments import get_assessment
from app.followup.queries.history import get_history
from app.followup.schemas.writes import (
    AssessmentOut,
    HistoryOut,
    HistoryQuery,
    ImplementationIn,
    PositionIn,
    PublishQuery,
    StateIn,
)
from app.http.problems import GONE
from app.http.responses import RawJsonResponse
from app.http.routing import ReadConnection, Router
from app.http.transactions import IfMatch, WriteTransaction
from app.recommendations.routes import RecommendationId
from app.vocabulary import Aspect

TAG = "followup"
reads = Router(tag=TAG, requires=require_reader, cacheable=True)
edits, reviews, writes = (
    Router(tag=TAG, requires=need) for need in (require_editor, require_reviewer, require_editor_or_reviewer)
)
SHAPES: dict[Aspect, Any] = {
    Aspect.POSITION: PositionIn,
    Aspect.IMPLEMENTATION: ImplementationIn,
    Aspect.STATE: StateIn,
}
HISTORY = "/recommendations/{recommendation_id}/history"
AT = "/recommendations/{recommendation_id}"


@reads.get(HISTORY, responses=GONE)
async def get_recommendation_history(
    recommendation_id: RecommendationId, query: Annotated[HistoryQuery, Query()], connection: ReadConnection
) -> RawJsonResponse[HistoryOut]:
    """History of a recommendation: its state at a time, and the entries that led to it, newest first."""
    return RawJsonResponse(await get_history(connection, recommendation_id, recorded_at=query.recorded_at))


def _getting(aspect: Aspect) -> Callable[..., Any]:
    async def get(
        recommendation_id: RecommendationId, connection: DraftAwareConnection
    ) -> RawJsonResponse[AssessmentOut]:
        return RawJsonResponse(await get_assessment(connection, recommendation_id, aspect))

    get.__doc__ = f"The {aspect} with its source. Editors and reviewers get its open draft if it has one."
    return get


def _drafting(aspect: Aspect) -> Callable[..., Any]:
    shape = SHAPES[aspect]

    async def change(
        recommendation_id: RecommendationId,
        body: shape,  # type: ignore[valid-type] # made for each aspect
        expected: IfMatch,
        connection: WriteTransaction,
        caller: CurrentCaller,
    ) -> RawJsonResponse[AssessmentOut]:
        drafted = draft_assessment(connection, recommendation_id, aspect, body, expected=expected, by=caller)
        return RawJsonResponse(await drafted)

    change.__doc__ = (
        f"Draft the {aspect}. The published one does not change until another person has reviewed the draft."
    )
    return change


def _moving(aspect: Aspect, move: Transition) -> Callable[..., Any]:
    async def change(
        recommendation_id: RecommendationId, expected: IfMatch, connection: WriteTransaction, caller: CurrentCaller
    ) -> RawJsonResponse[AssessmentOut]:
        return RawJsonResponse(
            await move_assessment(connection, recommendation_id, aspect, move, expected=expected, by=caller)
        )

    summaries = {
        Transition.SUBMIT: "Submit the draft of the {} for review.",
        Transition.WITHDRAW: "Withdraw the draft of the {}.",
    }
    change.__doc__ = summaries[move].format(aspect)
    return change


def _publishing(aspect: Aspect) -> Callable[..., Any]:
    async def publish(
        recommendation_id: RecommendationId,
        query: Annotated[PublishQuery, Query()],
        expected: IfMatch,
        connection: WriteTransaction,
        caller: CurrentCaller,
    ) -> RawJsonResponse[AssessmentOut]:
        published = move_assessment(
            connection,
            recommendation_id,
            aspect,
            Transition.PUBLISH,
            expected=expected,
            by=caller,
            together_with=query.together_with,
        )
        return RawJsonResponse(await published)

    publish.__doc__ = (
        f"Publish the draft of the {aspect}, which becomes current. The caller must not be one of its authors."
    )
    return publish


def _returning(aspect: Aspect) -> Callable[..., Any]:
    async def give_back(
        recommendation_id: RecommendationId,
        body: ReturnIn,
        expected: IfMatch,
        connection: WriteTransaction,
        caller: CurrentCaller,
    ) -> RawJsonResponse[AssessmentOut]:
        note, way = body.note, Transition.RETURN
        returned = move_assessment(connection, recommendation_id, aspect, way, expected=expected, by=caller, note=note)
        return RawJsonResponse(await returned)

    give_back.__doc__ = f"Return the draft of the {aspect} to its author, with a note."
    return give_back


def _add(router: Router, method: str, path: str, name: str, endpoint: Callable[..., Any]) -> None:
    endpoint.__name__ = name
    router.add_api_route(path, endpoint, methods=[method], responses=GONE)


for _aspect in Aspect:
    _at = f"{AT}/{_aspect}"
    _add(reads, "GET", _at, f"get_{_aspect}", _getting(_aspect))
    _add(edits, "PUT", _at, f"change_{_aspect}", _drafting(_aspect))
    _add(edits, "POST", f"{_at}/submit", f"submit_{_aspect}", _moving(_aspect, Transition.SUBMIT))
    _add(writes, "POST", f"{_at}/withdraw", f"withdraw_{_aspect}", _moving(_aspect, Transition.WITHDRAW))
    _add(reviews, "POST", f"{_at}/publish", f"publish_{_aspect}", _publishing(_aspect))
    _add(reviews, "POST", f"{_at}/return", f"return_{_aspect}", _returning(_aspect))

routers = [reads, edits, reviews, writes]
