"""Routes of facets."""

from typing import Annotated

from fastapi import Query

from app.auth.dependencies import require_reader
from app.facets import queries
from app.facets.schemas import BodyPage, BodyQuery, TargetPage, TargetQuery, TopicPage, TopicQuery
from app.http.responses import RawJsonResponse, page_response
from app.http.routing import ReadConnection, Router

router = Router(tag="words", requires=require_reader, cacheable=True)


@router.get("/targets")
async def list_targets(
    query: Annotated[TargetQuery, Query()], connection: ReadConnection
) -> RawJsonResponse[TargetPage]:
    """List the values of `target`, `concerns` and `seeks_change_by`, each with its number of recommendations."""
    return page_response(await queries.find_targets(connection, query))


@router.get("/topics")
async def list_topics(query: Annotated[TopicQuery, Query()], connection: ReadConnection) -> RawJsonResponse[TopicPage]:
    """List the values of `topic`, each with its number of recommendations."""
    return page_response(await queries.find_topics(connection, query))


@router.get("/bodies")
async def list_bodies(query: Annotated[BodyQuery, Query()], connection: ReadConnection) -> RawJsonResponse[BodyPage]:
    """List the values of `body` and `addressee`: agencies, courts, organizations and forums, with their counts."""
    return page_response(await queries.find_bodies(connection, query))
