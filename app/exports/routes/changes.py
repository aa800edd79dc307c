"""Endpoint of changes."""

import json
from typing import Annotated

from fastapi import Query

from app.auth.dependencies import require_reader
from app.exports import queries
from app.exports.schemas import ChangePage, ChangeQuery
from app.http.problems import Problem
from app.http.responses import RawJsonResponse
from app.http.routing import ReadConnection, Router

router = Router(tag="exports", requires=require_reader, cacheable=True)


@router.get(
    "/changes",
    responses={410: {"model": Problem, "description": "The register was made anew: begin a new copy."}},
)
async def list_changes(
    query: Annotated[ChangeQuery, Query()], connection: ReadConnection
) -> RawJsonResponse[ChangePage]:
    """Changes in commit order, to synchronize a copy. Without `since`: everything, from the beginning."""
    found = await queries.find_changes(connection, query)
    rest = f'"next_since":{json.dumps(found.next_since)},"has_more":{json.dumps(found.has_more)}'
    return RawJsonResponse(f'{{"items":[{",".join(found.items)}],{rest}}}')
