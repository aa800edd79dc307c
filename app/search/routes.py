"""Endpoint of the full-text search."""

from typing import Annotated

from fastapi import Query

from app.auth.dependencies import require_reader
from app.http.responses import RawJsonResponse, page_response
from app.http.routing import ReadConnection, RootPath, Router
from app.search import queries
from app.search.schemas import SearchPage, SearchQuery

router = Router(tag="search", requires=require_reader, cacheable=True)


@router.get("/search")
async def list_hits(
    query: Annotated[SearchQuery, Query()], connection: ReadConnection, root_path: RootPath
) -> RawJsonResponse[SearchPage]:
    """Full-text search over paragraphs, recommendations, reforms, events, people and organizations, best hit first.

    People and organizations are found by every name they go by, texts also by the names of the parties related to them.
    Records with exactly that name come first, then those with the words as written, then those with other forms of the
    words. If there are few hits, `did_you_mean` corrects words without a hit. Of more than 500 hits, 500 are ranked,
    listed and counted, and `total` is 500.
    """
    found = await queries.find_hits(connection, query, prefix=root_path)
    return page_response(found.page, match=found.match, facets=found.facets, did_you_mean=found.did_you_mean)
