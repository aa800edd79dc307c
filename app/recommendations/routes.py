"""Endpoints of recommendations and their summary."""

from typing import Annotated

from fastapi import Path, Query

from app.auth.dependencies import require_reader
from app.core.dates import today
from app.http.problems import GONE
from app.http.responses import RawJsonResponse, SvgResponse, page_response
from app.http.routing import ReadConnection, Router
from app.recommendations import formats, queries
from app.recommendations.schemas import (
    RecommendationFilters,
    RecommendationOut,
    RecommendationPage,
    RecommendationQuery,
    SummaryOut,
)

router = Router(tag="recommendations", requires=require_reader, cacheable=True)

RecommendationId = Annotated[
    str,
    Path(
        alias="recommendation_id",
        pattern=r"^[0-9]{2}[A-Z]+[0-9]+-[RA][0-9]{3,6}$",
        max_length=48,
        description="The cable's reference id and the recommendation's number.",
        examples=["07BEIJING7192-R001"],
    ),
]


@router.get("/recommendations")
async def list_recommendations(
    query: Annotated[RecommendationQuery, Query()], connection: ReadConnection
) -> RawJsonResponse[RecommendationPage]:
    """Recommendations: the ask, its targets and proposers, the exact words, and its state."""
    return page_response(await queries.find_recommendations(connection, query))


@router.get(
    "/recommendations/{recommendation_id}",
    responses=GONE,
)
async def get_recommendation(
    recommendation_id: RecommendationId, connection: ReadConnection
) -> RawJsonResponse[RecommendationOut]:
    """One recommendation."""
    return RawJsonResponse(await queries.get_recommendation(connection, recommendation_id))


@router.get("/summary")
async def get_summary(
    query: Annotated[RecommendationFilters, Query()], connection: ReadConnection
) -> RawJsonResponse[SummaryOut]:
    """Number of recommendations that match the same filters, by target and topic, panel, certainty and state."""
    return RawJsonResponse(await queries.get_summary(connection, query))


@router.get("/summary.svg", response_class=SvgResponse)
async def get_summary_drawing(
    query: Annotated[RecommendationFilters, Query()], connection: ReadConnection
) -> SvgResponse:
    """Counts by target and topic as bars, in black and white, to be embedded in a page or printed."""
    summary = SummaryOut.model_validate_json(await queries.get_summary(connection, query))
    return SvgResponse(formats.draw_summary(summary, day=today()))
