"""Addresses of recommendations."""

from typing import Annotated

from fastapi import Path, Query

from app.core.http.answers import Answer, page_of
from app.core.http.routing import Reading, Router
from app.recommendations import queries
from app.recommendations.schemas import RecommendationOut, RecommendationPage, RecommendationQuery

router = Router(prefix="/recommendations", tag="recommendations")

RecommendationId = Annotated[
    str,
    Path(
        pattern=r"^[0-9]{2}[A-Z]+[0-9]+-[RA][0-9]{3,6}$",
        max_length=48,
        description="The cable's reference id and the recommendation's number.",
        examples=["07BEIJING7192-R001"],
    ),
]


@router.get("")
async def list_recommendations(
    query: Annotated[RecommendationQuery, Query()], connection: Reading
) -> Answer[RecommendationPage]:
    """What was asked, of whom, by whom, in what words, and where it stands."""
    return page_of(await queries.find_recommendations(connection, query))


@router.get("/{recommendation_id}")
async def get_recommendation(recommendation_id: RecommendationId, connection: Reading) -> Answer[RecommendationOut]:
    """One recommendation."""
    return Answer(await queries.get_recommendation(connection, recommendation_id))
