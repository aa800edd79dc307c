"""Endpoint of changes."""

import json
from typing import Annotated

from fastapi import Query

from app.access.gate import READS
from app.core.http.answers import Answer
from app.core.http.problems import Problem
from app.core.http.routing import Reading, Router
from app.exports import queries
from app.exports.schemas import ChangePage, ChangeQuery

router = Router(tag="exports", needs=READS, kept=True)


@router.get(
    "/changes",
    responses={410: {"model": Problem, "description": "The register was made anew: begin a new copy."}},
)
async def list_changes(query: Annotated[ChangeQuery, Query()], connection: Reading) -> Answer[ChangePage]:
    """Changes in commit order, to synchronize a copy. Without `since`: everything, from the beginning."""
    found = await queries.find_changes(connection, query)
    rest = f'"next_since":{json.dumps(found.next_since)},"has_more":{json.dumps(found.has_more)}'
    return Answer(f'{{"items":[{",".join(found.items)}],{rest}}}')
