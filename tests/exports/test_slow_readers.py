"""Exports to clients that do not read, over real sockets: others are answered, and memory and disk stay bounded."""

import asyncio
import json
import socket
import time
import tracemalloc
from collections.abc import AsyncGenerator, Callable, Iterator
from contextlib import ExitStack

import httpx
import pytest
from sqlalchemy import Engine, text

from app.core.settings import Settings
from app.core.spool import MEMORY_BYTES, Spool
from app.exports.queries import MAX_FILES
from app.main import create_app
from tests.conftest import serving

POOL = 4
WAIT_SECONDS = 30
ROWS = 1_500
ASK = "GET /v1/exports/people.{} HTTP/1.1\r\nHost: localhost\r\n\r\n"


@pytest.fixture
def http(scratch_url: str, scratch_engine: Engine) -> Iterator[httpx.Client]:
    """A service with few connections, over a list that is larger than the buffers of a socket."""
    with scratch_engine.begin() as connection:
        connection.execute(
            text(
                "INSERT INTO people (id, name) SELECT 'person-' || lpad(n::text, 6, '0'), 'P' || n || repeat(' x', 1900)"
                " FROM generate_series(1, :rows) n"
            ),
            {"rows": ROWS},
        )
    settings = Settings.model_validate({"pool_size": POOL, "anonymous_rate_limit": "", "response_cache_bytes": 0})
    with (
        serving(create_app(settings, database_url=scratch_url), settings) as base,
        httpx.Client(base_url=base, timeout=60) as client,
    ):
        yield client


def begun(http: httpx.Client, kind: str = "jsonl") -> tuple[socket.socket, bytes]:
    """Requests an export, and reads no more than the beginning of the response."""
    connection = socket.socket()
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2_048)
    connection.settimeout(WAIT_SECONDS)
    connection.connect((http.base_url.host, http.base_url.port or 80))
    connection.sendall(ASK.format(kind).encode())
    return connection, connection.recv(12)


def until(holds: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + WAIT_SECONDS
    while not holds():
        assert time.monotonic() < deadline, what
        time.sleep(0.1)


def in_use(engine: Engine) -> int:
    with engine.connect() as connection:
        found = connection.scalar(
            text("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND state LIKE 'idle in %'")
        )
    return int(found or 0)


@pytest.mark.parametrize("kind", ["csv", "jsonl"])
def test_readers_that_stop_hold_no_connection(http: httpx.Client, scratch_engine: Engine, kind: str) -> None:
    with ExitStack() as held:
        for _ in range(POOL + 2):
            connection, beginning = begun(http, kind)
            held.enter_context(connection)
            assert beginning == b"HTTP/1.1 200"
            until(lambda: http.get("/v1/recommendations", params={"limit": 1}).status_code == 200, "lists are held")
            until(lambda: http.get("/healthz/ready").status_code == 200, "the probe is held")
        until(lambda: in_use(scratch_engine) == 0, "an export holds its connection")
        assert http.get("/v1/exports/targets.csv").status_code == 200


def test_files_at_once_are_bounded_and_lists_are_not_affected(http: httpx.Client) -> None:
    with ExitStack() as held:
        beginnings = []
        for _ in range(MAX_FILES + 1):
            connection, beginning = begun(http)
            held.enter_context(connection)
            beginnings.append(beginning)
        assert beginnings == [b"HTTP/1.1 200"] * MAX_FILES + [b"HTTP/1.1 503"]
        refused = http.get("/v1/exports/targets.csv")
        assert (refused.status_code, refused.json()["code"], refused.headers["retry-after"]) == (
            503,
            "unavailable",
            "2",
        )
        until(lambda: http.get("/v1/people", params={"limit": 1}).status_code == 200, "lists are held")
        tag = http.head("/v1/exports/targets.csv")
        assert tag.status_code == 200
        same = http.get("/v1/exports/targets.csv", headers={"If-None-Match": tag.headers["etag"]})
        assert same.status_code == 304
    until(lambda: http.get("/v1/exports/targets.csv").status_code == 200, "a file is not released")


def test_a_reader_who_comes_back_gets_every_row(http: httpx.Client) -> None:
    with http.stream("GET", "/v1/exports/people.jsonl") as answer:
        parts = answer.iter_bytes(65_536)
        first = next(parts)
        assert http.get("/v1/people", params={"limit": 1}).status_code == 200
        rows = [json.loads(line) for line in b"".join([first, *parts]).splitlines()]
    ids = [row["id"] for row in rows]
    assert ids == sorted(set(ids))
    assert sum(one.startswith("person-") for one in ids) == ROWS


async def parts(count: int, size: int) -> AsyncGenerator[bytes]:
    for number in range(count):
        yield bytes([number % 256]) * size


def test_a_spool_stores_in_memory_only_a_few_mebibytes() -> None:
    count, size = 200, 512 * 1024

    async def filled_and_read() -> int:
        with Spool() as spool:
            await spool.fill(parts(count, size))
            return sum([len(part) async for part in spool.read()])

    tracemalloc.start()
    try:
        assert asyncio.run(filled_and_read()) == count * size
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 4 * MEMORY_BYTES < count * size


@pytest.mark.parametrize("size", [0, 1, 1_000, MEMORY_BYTES, MEMORY_BYTES + 1])
def test_a_spool_returns_its_parts_while_it_is_filled(size: int) -> None:
    async def read() -> bytes:
        with Spool() as spool:
            filling = asyncio.create_task(spool.fill(parts(3, size)))
            found = b"".join([part async for part in spool.read()])
            await filling
            return found

    assert asyncio.run(read()) == b"\x00" * size + b"\x01" * size + b"\x02" * size


def test_an_error_while_a_spool_is_filled_reaches_its_reader() -> None:
    async def broken() -> AsyncGenerator[bytes]:
        yield b"begun"
        raise LookupError("the rest is lost")

    async def read() -> None:
        with Spool() as spool:
            await spool.fill(broken())
            assert [part async for part in spool.read()] == [b"begun"]

    with pytest.raises(LookupError, match="the rest is lost"):
        asyncio.run(read())


def test_an_abandoned_spool_is_filled_no_further() -> None:
    async def counted() -> int:
        taken = 0

        async def endless() -> AsyncGenerator[bytes]:
            nonlocal taken
            while True:
                taken += 1
                yield b"x"

        with Spool() as spool:
            spool.abandon()
            await spool.fill(endless())
        return taken

    assert asyncio.run(counted()) == 1
