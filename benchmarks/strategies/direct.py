"""The SQL statement of the service, its text and parameters, run by psycopg without SQLAlchemy."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated, Any

from fastapi import FastAPI, Query, Request
from psycopg import AsyncConnection
from sqlalchemy import event
from starlette.responses import Response
from starlette.types import ASGIApp

from app.core.db import read_engine
from app.core.session import libpq_options, reader_session
from app.core.settings import Settings
from app.recommendations.queries import find_recommendations
from app.recommendations.schemas import RecommendationQuery
from benchmarks.database import READER


async def recorded_statement(url: str) -> tuple[str, Any]:
    """Returns the statement and parameters that the service sends to PostgreSQL for a page without filters."""
    engine = read_engine(url, pool_size=1, **READER)
    seen: list[tuple[str, Any]] = []
    event.listen(
        engine.sync_engine,
        "before_cursor_execute",
        lambda _connection, _cursor, statement, parameters, *_: seen.append((statement, parameters)),
    )
    async with engine.connect() as connection:
        await find_recommendations(connection, RecommendationQuery())
    await engine.dispose()
    return seen[-1]


@asynccontextmanager
async def connections(url: str, number: int) -> AsyncIterator[asyncio.Queue[AsyncConnection]]:
    """Yields a minimal connection pool: a queue of open connections."""
    idle: asyncio.Queue[AsyncConnection] = asyncio.Queue()
    options = libpq_options(reader_session(**READER))
    opened = [await AsyncConnection.connect(url, autocommit=True, options=options) for _ in range(number)]
    for connection in opened:
        idle.put_nowait(connection)
    yield idle
    for connection in opened:
        await connection.close()


def build(source: str) -> ASGIApp:
    @asynccontextmanager
    async def lifespan(service: FastAPI) -> AsyncIterator[None]:
        service.state.statement = await recorded_statement(source)
        async with connections(source, Settings().pool_size) as idle:
            service.state.idle = idle
            yield

    service = FastAPI(lifespan=lifespan)
    service.add_api_route("/v1/recommendations", list_recommendations)
    return service


async def list_recommendations(query: Annotated[RecommendationQuery, Query()], request: Request) -> Response:
    statement, parameters = request.app.state.statement
    connection = await request.app.state.idle.get()
    try:
        rows = await (await connection.execute(statement, parameters)).fetchall()
    finally:
        request.app.state.idle.put_nowait(connection)
    items = ",".join(row[-1] for row in rows[: query.limit])
    cursor = f'"{rows[query.limit - 1][0]}"' if len(rows) > query.limit else "null"
    return Response(f'{{"items":[{items}],"next_cursor":{cursor},"total":null}}', media_type="application/json")
