"""Routes of facets."""

from typing import Annotated

from fastapi import Query

from app.auth.dependencies import READS
from app.facets import queries
from app.facets.schemas import (
    BodyPage,
    BodyQuery,
    TargetPage,
    TargetQuery,
    TopicPage,
    TopicQuery,
)
from app.http.responses import Answer, page_of
from app.http.routing import Reading, Router

router = Router(tag="words", needs=READS, kept=True)


@router.get("/targets")
async def list_targets(query: Annotated[TargetQuery, Query()], connection: Reading) -> Answer[TargetPage]:
    """List the values of `target`, `concerns` and `seeks_change_by`, each with its number of recommendations."""
    return page_of(await queries.find_targets(connection, query))


@router.get("/topics")
async def list_topics(query: Annotated[TopicQuery, Query()], connection: Reading) -> Answer[TopicPage]:
    """List the values of `topic`, each with its number of recommendations."""
    return page_of(await queries.find_topics(connection, query))


@router.get("/bodies")
async def list_bodies(query: Annotated[BodyQuery, Query()], connection: Reading) -> Answer[BodyPage]:
    """List the values of `body` and `addressee`: agencies, courts, organizations and forums, with their counts."""
    return page_of(await queries.find_bodies(connection, query))
