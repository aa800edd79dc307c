"""The address of the search."""

from typing import Annotated

from fastapi import Query

from app.access.gate import READS
from app.core.http.answers import Answer, page_of
from app.core.http.routing import Reading, Router
from app.search import queries
from app.search.schemas import SearchPage, SearchQuery

router = Router(tag="search", needs=READS, kept=True)


@router.get("/search")
async def list_hits(query: Annotated[SearchQuery, Query()], connection: Reading) -> Answer[SearchPage]:
    """Paragraphs, recommendations, reforms, events, people and organizations in which words were found, best first.

    People and organizations are found by every name they go by, texts also by the names of those who have to do with
    them. Of more than 1,000 hits, 1,000 are ranked and listed, and `total` is 1,000; the facets count up to 10,000.
    """
    found = await queries.find_hits(connection, query)
    return page_of(found.page, match=found.match, facets=found.facets)
