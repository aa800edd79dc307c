"""Every row of a list, in batches, under one snapshot of the database."""

from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any

from pydantic import BaseModel
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from app import __version__
from app.cables.queries import listed as listed_cables
from app.cables.schemas import CableOut
from app.core.dates import today
from app.core.paging import Listing
from app.core.shapes import Query
from app.panels.queries import listed as listed_panels
from app.panels.schemas import PanelFilters, PanelOut
from app.parties.queries import listed_organizations, listed_people
from app.parties.schemas import OrganizationFilters, OrganizationOut, PersonFilters, PersonOut
from app.recommendations.queries import listed as listed_recommendations
from app.recommendations.schemas import RecommendationOut, RecommendationSelection
from app.reforms.queries import listed_events, listed_reforms
from app.reforms.schemas import AllEventFilters, EventOut, ReformFilters, ReformOut
from app.statistics.queries import listed as listed_statistics
from app.statistics.schemas import StatisticFilters, StatisticOut

BATCH = 500
SLOWEST_READER = "60s"
"""How long a reader may take over one batch."""

Listed = Callable[[AsyncConnection, Any], Awaitable[Listing]]


@dataclass(frozen=True)
class Export:
    """A list that can be had as a file: its filters, the shape of its rows, and the select that both share."""

    filters: type[Query]
    shape: type[BaseModel]
    listed: Listed


EXPORTS = {
    "recommendations": Export(RecommendationSelection, RecommendationOut, listed_recommendations),
    "panels": Export(PanelFilters, PanelOut, listed_panels),
    "people": Export(PersonFilters, PersonOut, listed_people),
    "organizations": Export(OrganizationFilters, OrganizationOut, listed_organizations),
    "cables": Export(Query, CableOut, listed_cables),
    "reforms": Export(ReformFilters, ReformOut, listed_reforms),
    "events": Export(AllEventFilters, EventOut, listed_events),
    "statistics": Export(StatisticFilters, StatisticOut, listed_statistics),
}


@dataclass(frozen=True)
class Opened:
    """An export under way: what its bytes will be known by, and its rows, a batch at a time."""

    tag: str
    batches: AsyncGenerator[list[str]]


async def open_export(engine: AsyncEngine, name: str, *, query: Query, stack: AsyncExitStack) -> Opened:
    """Opens a snapshot and checks the filters. `stack` closes what is opened; nothing is read before it is asked for.

    The tag names the snapshot, the filters, the release and the day: where those are the same, so are the rows.
    """
    connection = await stack.enter_async_context(engine.connect())
    await connection.execution_options(isolation_level="REPEATABLE READ")
    await connection.execute(text(f"SET LOCAL idle_in_transaction_session_timeout = '{SLOWEST_READER}'"))
    snapshot = await connection.scalar(text("SELECT pg_current_snapshot()::text"))
    listing = await EXPORTS[name].listed(connection, query)
    known = f"{snapshot}|{name}|{query.model_dump_json()}|{__version__}|{today()}"
    tag = f'"{blake2b(known.encode(), digest_size=16).hexdigest()}"'
    return Opened(tag, _batches(connection, listing))


async def _batches(connection: AsyncConnection, listing: Listing) -> AsyncGenerator[list[str]]:
    rows = listing.rows.order_by(*listing.order).execution_options(yield_per=BATCH)
    async with connection.stream_scalars(rows) as found:
        async for batch in found.partitions(BATCH):
            yield list(batch)
