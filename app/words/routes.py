"""Addresses of the words that filter."""

from typing import Annotated

from fastapi import Query

from app.access.gate import READS
from app.core.http.answers import Answer, page_of
from app.core.http.routing import Reading, Router
from app.words import queries
from app.words.schemas import BodyPage, BodyQuery, TargetPage, TargetQuery, TopicPage, TopicQuery

router = Router(tag="words", needs=READS, kept=True)


@router.get("/targets")
async def list_targets(query: Annotated[TargetQuery, Query()], connection: Reading) -> Answer[TargetPage]:
    """What `target`, `concerns` and `seeks_change_by` take, with how many recommendations each is asked in."""
    return page_of(await queries.find_targets(connection, query))


@router.get("/topics")
async def list_topics(query: Annotated[TopicQuery, Query()], connection: Reading) -> Answer[TopicPage]:
    """What `topic` takes, with how many recommendations bear each."""
    return page_of(await queries.find_topics(connection, query))


@router.get("/bodies")
async def list_bodies(query: Annotated[BodyQuery, Query()], connection: Reading) -> Answer[BodyPage]:
    """What `body` and `addressee` take: agencies, courts, organizations and forums, with their counts."""
    return page_of(await queries.find_bodies(connection, query))
