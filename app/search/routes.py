"""The address of the search."""

from typing import Annotated

from fastapi import Query

from app.access.gate import READS
from app.core.http.answers import Answer, page_of
from app.core.http.routing import Reading, RootPath, Router
from app.search import queries
from app.search.schemas import SearchPage, SearchQuery

router = Router(tag="search", needs=READS, kept=True)


@router.get("/search")
async def list_hits(
    query: Annotated[SearchQuery, Query()], connection: Reading, root_path: RootPath
) -> Answer[SearchPage]:
    """Paragraphs, recommendations, reforms, events, people and organizations in which words were found, best first.

    People and organizations are found by every name they go by, texts also by the names of those who have to do with
    them. A record of that very name comes first, then those that have the words as they are written, then other forms
    of them. Where there are few hits, `did_you_mean` corrects words that nothing has. Of more than 1,000 hits, 1,000
    are ranked and listed, and `total` is 1,000; the facets count up to 10,000.
    """
    found = await queries.find_hits(connection, query, prefix=root_path)
    return page_of(found.page, match=found.match, facets=found.facets, did_you_mean=found.did_you_mean)
