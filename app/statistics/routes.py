"""Endpoints of statistics."""

from typing import Annotated

from fastapi import Path, Query

from app.auth.dependencies import require_reader
from app.http.problems import GONE
from app.http.responses import RawJsonResponse, page_response
from app.http.routing import ReadConnection, Router
from app.statistics import queries
from app.statistics.schemas import StatisticOut, StatisticPage, StatisticQuery

router = Router(prefix="/statistics", tag="statistics", requires=require_reader, cacheable=True)

StatisticId = Annotated[
    str,
    Path(
        pattern=r"^[0-9]{2}[A-Z]+[0-9]+-SA?[0-9]{2,4}$",
        max_length=48,
        description="The cable's reference id and the figure's number.",
        examples=["07BEIJING7192-S14"],
    ),
]


@router.get("")
async def list_statistics(
    query: Annotated[StatisticQuery, Query()], connection: ReadConnection
) -> RawJsonResponse[StatisticPage]:
    """Statistics: quotable figures with unit, period, speaker and exact words."""
    return page_response(await queries.find_statistics(connection, query))


@router.get("/{statistic_id}", responses=GONE)
async def get_statistic(statistic_id: StatisticId, connection: ReadConnection) -> RawJsonResponse[StatisticOut]:
    """One figure."""
    return RawJsonResponse(await queries.get_statistic(connection, statistic_id))
