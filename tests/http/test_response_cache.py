"""Response cache: validity by data version, day and connection, and coalescing of concurrent requests."""

import asyncio
import os
import signal
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import psycopg
import pytest
from fastapi import FastAPI
from pydantic import SecretStr
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.auth.schemas import anonymous
from app.core.data_version import CHANNEL, FRESH_SECONDS, DataVersion
from app.core.embedded_postgres import embedded_database
from app.core.migrations import upgrade
from app.core.settings import Settings
from app.http.middleware import response_cache
from app.http.middleware.request_context import RequestContextMiddleware
from app.http.middleware.response_cache import (
    CACHE_SCOPE_KEY,
    ENTRY_OVERHEAD_BYTES,
    CachedResponse,
    ResponseCacheMiddleware,
    ResponseStore,
)
from app.main import create_app
from app.models.clearance import READABLE, WITHOUT_VERSION_TRIGGERS
from app.vocabulary import Marking, Role
from tests.conftest import KEY_SECRET, bearer, new_key, serving

SOON = 2.0
"""Seconds after which every process has seen a change: one, and one of slack for a busy machine."""


@pytest.fixture
def app(scratch_url: str) -> FastAPI:
    return create_app(Settings(api_key_secret=SecretStr(KEY_SECRET), anonymous="SBU"), database_url=scratch_url)


@pytest.fixture
def http(app: FastAPI) -> Iterator[httpx.Client]:
    with serving(app) as address, httpx.Client(base_url=address, timeout=60) as client:
        yield client


def run(url: str, *statements: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        for statement in statements:
            connection.execute(statement.encode())


def name_of(http: httpx.Client) -> str:
    return str(http.get("/v1/people/jack-chang").json()["name"])


def is_stored(app: FastAPI, read: Callable[[], object]) -> bool:
    """True once `read` is served from the cache: a process stores nothing before its first data version arrives."""
    hits = app.state.response_store.hits
    read()
    return bool(app.state.response_store.hits > hits)


def seconds_until(shown: Callable[[], bool], *, most: float = 5.0) -> float:
    began = time.monotonic()
    while not shown():
        assert time.monotonic() - began < most, "it was never seen"
        time.sleep(0.01)
    return time.monotonic() - began


RENAME = "UPDATE people SET name = '{}' WHERE id = 'jack-chang'"


@pytest.mark.timing
def test_a_change_is_seen_within_a_second(http: httpx.Client, scratch_url: str, app: FastAPI) -> None:
    for number in range(5):
        seconds_until(lambda: is_stored(app, lambda: name_of(http)))
        run(scratch_url, RENAME.format(f"Name {number}"))
        assert seconds_until(lambda new=f"Name {number}": name_of(http) == new) < SOON  # type: ignore[misc] # bound now


@pytest.mark.timing
def test_a_change_without_notification_is_visible_within_a_second(http: httpx.Client, scratch_url: str) -> None:
    before = name_of(http)
    # The data version is incremented by hand, so no notification is sent.
    run(
        scratch_url,
        "ALTER TABLE people DISABLE TRIGGER data_is_revised",
        RENAME.format("Unheard"),
        "UPDATE data_revisions SET value = value + 1 WHERE slot = (SELECT min(slot) FROM data_revisions)",
    )
    assert before != "Unheard"
    assert seconds_until(lambda: name_of(http) == "Unheard") < SOON


@pytest.mark.timing
def test_a_change_is_seen_though_the_connection_that_listens_breaks(http: httpx.Client, scratch_url: str) -> None:
    seconds_until(lambda: bool(name_of(http)))
    listening = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() "
    run(
        scratch_url,
        listening + "AND query LIKE '%FROM data_revisions%' AND pid <> pg_backend_pid()",
        RENAME.format("New"),
    )
    assert seconds_until(lambda: name_of(http) == "New") < SOON


def test_a_writer_sees_its_write_at_once(http: httpx.Client, scratch_url: str) -> None:
    editor = bearer(new_key(scratch_url, Role.READER, Role.EDITOR))
    for number in range(5):
        name_of(http)
        run(scratch_url, RENAME.format(f"Name {number}"))
        assert http.get("/v1/people/jack-chang", headers=editor).json()["name"] == f"Name {number}"


def test_every_kind_of_write_is_a_revision(scratch_url: str) -> None:
    """One increment per transaction, and none for a rollback or a write to a table that readers do not see."""

    def revision(connection: psycopg.Connection[Any]) -> int:
        row = connection.execute("SELECT sum(value)::bigint FROM data_revisions").fetchone()
        return int(row[0]) if row else 0

    with (
        psycopg.connect(scratch_url, autocommit=True) as look,
        psycopg.connect(scratch_url) as write,
        psycopg.connect(scratch_url) as other,
    ):
        look.execute(f"LISTEN {CHANNEL}")
        for table in sorted(set(READABLE) - set(WITHOUT_VERSION_TRIGGERS)):
            column = look.execute(
                "SELECT attname FROM pg_attribute WHERE attrelid = %s::regclass AND attnum > 0 AND attgenerated = '' "
                "AND attidentity = '' AND NOT attisdropped LIMIT 1",
                [table],
            ).fetchone()
            assert column
            for statement in (
                f"UPDATE {table} SET {column[0]} = {column[0]} WHERE false",
                f"DELETE FROM {table} WHERE false",
                f"INSERT INTO {table} ({column[0]}) SELECT {column[0]} FROM {table} WHERE false",
            ):
                before = revision(look)
                try:
                    write.execute(statement.encode())
                except psycopg.errors.CheckViolation:  # the table rejects this write
                    write.rollback()
                    continue
                assert revision(look) == before, statement
                write.rollback()
                assert revision(look) == before, statement
                write.execute(statement.encode())
                write.execute(statement.encode())
                write.commit()
                assert revision(look) == before + 1, statement
        before = revision(look)
        write.execute("TRUNCATE event_sources")
        write.commit()
        assert revision(look) == before + 1
        before = revision(look)
        write.execute("SAVEPOINT tried")
        write.execute("DELETE FROM people WHERE false")
        write.execute("ROLLBACK TO tried")
        write.execute("UPDATE api_keys SET name = name")
        write.commit()
        assert revision(look) == before
        # Concurrent transactions do not block each other, and a repeatable read does not fail.
        other.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        other.execute("SET lock_timeout = '1s'")
        other.execute("SELECT 1")
        write.execute("UPDATE people SET name = name WHERE id = 'jack-chang'")
        other.execute("UPDATE organizations SET name = name WHERE id = 'nike'")
        write.commit()
        other.execute("SELECT sum(value) FROM data_revisions")
        other.commit()
        assert revision(look) == before + 2
        assert len(list(look.notifies(timeout=0.1))) > 0


@pytest.mark.timing
def test_a_revoked_key_is_out_within_five_seconds(http: httpx.Client, scratch_url: str, app: FastAPI) -> None:
    reader = bearer(new_key(scratch_url, Role.READER))
    seconds_until(lambda: is_stored(app, lambda: http.get("/v1/panels", headers=reader).raise_for_status()))
    run(scratch_url, "UPDATE api_keys SET revoked_at = now(), revoked_by = 'a test'")
    taken = seconds_until(lambda: http.get("/v1/panels", headers=reader).status_code == 401, most=10)
    assert taken <= 5 + SOON


@pytest.mark.timing
def test_without_a_database_nothing_is_answered_from_the_store(tmp_path: Any) -> None:
    with embedded_database(tmp_path, say=lambda _: None) as url:
        upgrade(url)
        app = create_app(Settings(anonymous="SBU"), database_url=url)
        with serving(app) as address, httpx.Client(base_url=address, timeout=60) as http:
            seconds_until(lambda: bool(http.get("/v1/targets").status_code == 200 and app.state.response_store.hits))
            pid = int((tmp_path / "postgres" / "postmaster.pid").read_text().split()[0])
            os.kill(pid, signal.SIGINT)
            gone = seconds_until(lambda: http.get("/v1/targets").status_code == 503)
            assert gone < FRESH_SECONDS + 2.5 + SOON


# The middleware alone, around an application that counts its calls


class Counted:
    """An ASGI application that counts its calls, and responds with its body once its gate is open."""

    def __init__(self) -> None:
        self.calls = 0
        self.body = b"x"
        self.gate = asyncio.Event()
        self.fails = False

    async def __call__(self, scope: Scope, _receive: Receive, send: Send) -> None:
        self.calls += 1
        body = self.body
        await self.gate.wait()
        if self.fails:
            raise RuntimeError
        scope[CACHE_SCOPE_KEY].is_cacheable = True
        headers = [(b"etag", b'"' + body[:9] + b'"'), (b"content-length", b"%d" % len(body))]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body})


class Held(DataVersion):
    """A data version that only the test changes."""

    def __init__(self) -> None:
        super().__init__("postgresql://", session={})
        self.confirmed_at = time.monotonic() + 3_600


class Bench:
    def __init__(self, *, most: int = 1_000_000) -> None:
        self.app = Counted()
        self.revision = Held()
        self.store = ResponseStore(most)
        self.now = 86_399.0
        self.response_cache: ASGIApp = ResponseCacheMiddleware(
            self.app,
            store=self.store,
            data_version=self.revision,
            count=lambda *_: None,
            clock=lambda: self.now,
        )

    async def ask(self, path: str = "/v1/a") -> bytes:
        sent: list[Message] = []

        async def send(message: Message) -> None:
            sent.append(message)

        async def receive() -> Message:
            return {"type": "http.disconnect"}

        scope: Scope = {
            "type": "http",
            "method": "GET",
            "path": path,
            "query_string": b"",
            "caller": anonymous(Marking.SBU),
        }
        await RequestContextMiddleware(self.response_cache)({**scope, "headers": [(b"host", b"x")]}, receive, send)
        return bytes(sent[-1]["body"])


def test_a_response_computed_from_older_data_is_not_cached() -> None:
    async def play() -> None:
        bench = Bench()
        first = asyncio.create_task(bench.ask())
        await asyncio.sleep(0.01)
        waiting = asyncio.create_task(bench.ask())
        await asyncio.sleep(0.01)
        bench.app.body = b"y"
        bench.revision.number += 1
        bench.app.gate.set()
        assert await first == b"x"
        # The waiting request gets a current response.
        assert await waiting == b"y"
        assert await bench.ask() == b"y"
        assert bench.app.calls == 2

    asyncio.run(play())


def test_a_response_computed_before_midnight_is_not_cached_for_the_next_day() -> None:
    async def play() -> None:
        bench = Bench()
        first = asyncio.create_task(bench.ask())
        await asyncio.sleep(0.01)
        bench.now += 1
        bench.app.gate.set()
        await first
        bench.app.body = b"y"
        assert await bench.ask() == b"y"
        bench.now += 86_399
        assert await bench.ask() == b"y"
        bench.now += 1
        bench.app.body = b"z"
        assert await bench.ask() == b"z"

    asyncio.run(play())


def test_concurrent_identical_requests_are_coalesced() -> None:
    async def play() -> None:
        bench = Bench()
        requests = [asyncio.create_task(bench.ask()) for _ in range(50)]
        await asyncio.sleep(0.01)
        bench.app.gate.set()
        assert await asyncio.gather(*requests) == [b"x"] * 50
        assert bench.app.calls == 1

    asyncio.run(play())


@pytest.mark.parametrize("how", ["fails", "goes"])
def test_coalesced_requests_survive_failure_of_the_first(how: str) -> None:
    async def play() -> None:
        bench = Bench()
        bench.app.fails = how == "fails"
        first = asyncio.create_task(bench.ask())
        await asyncio.sleep(0.01)
        others = [asyncio.create_task(bench.ask()) for _ in range(3)]
        await asyncio.sleep(0.01)
        if how == "goes":
            first.cancel()
        else:
            bench.app.gate.set()
        with pytest.raises(RuntimeError if how == "fails" else asyncio.CancelledError):
            await first
        bench.app.fails = False
        bench.app.gate.set()
        assert await asyncio.gather(*others) == [b"x"] * 3

    asyncio.run(play())


def test_the_store_is_bounded_in_bytes() -> None:
    store = ResponseStore(100 * 1024)
    for number in range(200):
        entry = CachedResponse([(b"etag", b'"1"')], b"a" * 5_000 * (1 + number % 2))
        store.put(number, entry)
        if entry.is_stored:
            before = entry.size
            assert entry.packed.body != entry.plain.body
            store.grow(entry.size - before)
        assert store.size <= store.most
    assert store.size == sum(one.size for one in map(store.get, range(200)) if one is not None)
    assert 3 < len(store) < 20
    assert store.get(0) is None
    large = CachedResponse([(b"etag", b'"2"')], b"a" * (store.most // 8 - ENTRY_OVERHEAD_BYTES + 1))
    store.put("large", large)
    assert store.get("large") is None


def test_many_at_once_over_the_network_cost_one_statement(
    http: httpx.Client, app: FastAPI, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Long enough for a slow machine.
    monkeypatch.setattr(response_cache, "WAIT_SECONDS", 20.0)
    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(lambda _: http.get("/v1/recommendations?limit=200").content, range(64)))
    assert len(set(answers)) == 1
    assert app.state.response_store.misses <= 2
