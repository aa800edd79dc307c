"""Query plans of a filtered list at 100,000 recommendations: PostgreSQL never reads a table sequentially."""

import asyncio
import json
from collections.abc import Callable, Iterator
from typing import Any

import psycopg
import pytest
from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from app.core.db import read_engine
from app.models.clearance import READERS
from app.recommendations.queries import find_recommendations
from app.recommendations.schemas import Order, RecommendationFilters, RecommendationQuery
from app.vocabulary import Marking
from benchmarks.synthetic import declassify, multiply

TIMES = 1_000
SMALL = 200
"""Tables with at most this many rows may be read sequentially: they have a page or two."""
# The examples are aliases, which readers with clearance U do not see.
SLUGS = {
    "addressee": ["us-food-and-drug-administration"],
    "body": ["world-intellectual-property-organization"],
}
FILTERS = {
    name: [SLUGS[name]] if name in SLUGS else field.examples
    for name, field in RecommendationFilters.model_fields.items()
}
# Values without any record, values without statistics, and several values.
RARE: dict[str, list[Any]] = {
    "state": [["closed_implemented"]],
    "implementation": [["implemented"]],
    "position": [["supported_in_part"]],
    "paragraph": [["999"]],
    "cable": [["99NOWHERE1"]],
    "panel": [[99]],
    "topic": [["small_business"]],
    "q": ["Waterman"],
    "target": [["embassy", "usg"]],
    "addressee": [["us-food-and-drug-administration", "us-customs-and-border-protection"]],
    "proposer": [["jeremie-waterman", "jack-chang"]],
}
CASES = [(name, value) for name in FILTERS for value in [*(FILTERS[name] or []), *RARE.get(name, [])]]


@pytest.fixture(scope="module")
def grown_url(copy_database: Callable[..., str], shipped_template: str) -> str:
    url = copy_database("grown", template=shipped_template)
    declassify(url)
    with psycopg.connect(url) as connection:
        ((count,),) = connection.execute("SELECT count(*) FROM recommendations").fetchall()
    assert multiply(url, TIMES, without=frozenset({"search_entries", "witnesses"})) == count * TIMES
    return url


@pytest.fixture(scope="module")
def large(grown_url: str) -> set[str]:
    """The tables with more than SMALL rows."""
    with psycopg.connect(grown_url) as connection:
        found = connection.execute("SELECT relname FROM pg_class WHERE relkind = 'r' AND reltuples > %s", [SMALL])
        return {name for (name,) in found}


@pytest.fixture(scope="module", params=list(Marking))
def engine(grown_url: str, request: pytest.FixtureRequest) -> Iterator[AsyncEngine]:
    made = read_engine(grown_url, pool_size=1, **READERS[request.param]._asdict())
    yield made
    asyncio.run(made.dispose())


async def plans(engine: AsyncEngine, query: RecommendationQuery) -> list[dict[str, Any]]:
    """Returns the plan of each statement that a list sends."""
    sent: list[tuple[str, Any]] = []

    def note(_connection: object, _cursor: object, statement: str, parameters: Any, *_: object) -> None:
        sent.append((statement, parameters))

    async with engine.connect() as connection:
        # Plans are asked for, not times: beside other tests, a count at U takes longer than a statement may.
        await connection.exec_driver_sql("SET statement_timeout = '60s'")
        event.listen(connection.sync_connection, "before_cursor_execute", note)
        await find_recommendations(connection, query)
        event.remove(connection.sync_connection, "before_cursor_execute", note)
        found = [await _plan(connection, statement, parameters) for statement, parameters in sent]
    await engine.dispose()
    return found


async def _plan(connection: AsyncConnection, statement: str, parameters: Any) -> dict[str, Any]:
    found = await connection.exec_driver_sql(f"EXPLAIN (FORMAT json) {statement}", parameters)
    rows = found.scalar_one()
    plan: dict[str, Any] = (json.loads(rows) if isinstance(rows, str) else rows)[0]["Plan"]
    return plan


def read_whole(plan: dict[str, Any]) -> Iterator[str]:
    """Yields the tables that a plan reads sequentially."""
    if plan["Node Type"] == "Seq Scan":
        yield plan["Relation Name"]
    for part in plan.get("Plans", []):
        yield from read_whole(part)


@pytest.mark.parametrize("sort", list(Order))
@pytest.mark.parametrize(("name", "value"), CASES)
def test_no_filter_reads_a_whole_table(
    engine: AsyncEngine, large: set[str], name: str, value: Any, sort: Order
) -> None:
    query = RecommendationQuery.model_validate({name: value, "sort": sort})
    read = {table for plan in asyncio.run(plans(engine, query)) for table in read_whole(plan)}
    assert not read & large
