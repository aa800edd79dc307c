"""Response cache: a cached response equals the computed one, byte for byte, for each caller with the same clearance."""

import gzip
import re
import time
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import httpx
import psycopg
import pytest
from fastapi import FastAPI
from pydantic import SecretStr

from app.core.settings import Settings
from app.http.middleware.response_cache import ResponseStore
from app.main import create_app
from app.models import Base
from app.models.clearance import NOT_FOR_READERS, READABLE, WITHOUT_VERSION_TRIGGERS
from app.models.data_version import EVENTS, VERSION_TRIGGER
from app.vocabulary import Marking, Role
from tests.conftest import IN_PATHS, KEY_SECRET, bearer, new_key, openapi_document, serving, with_required_params
from tests.fixtures.followup import insert_followup

UNCACHEABLE = {
    "/v1/drafts": "they are not for readers",
    "/v1/audit": "who did what is for auditors, as it is now",
    "/v1/exports/": "they are streamed, and may be larger than all that is kept",
    "/v1/admin/": "they are not for readers",
    "/healthz/": "they tell of this moment",
}
"""Routes whose responses are never cached, with the reason."""
CODINGS = ("gzip", "identity")
OF_THE_BODY = {"content-encoding", "content-length", "content-type"}


class Served(NamedTuple):
    http: httpx.Client
    store: ResponseStore


@pytest.fixture(scope="module")
def url(copy_database: Callable[[str], str]) -> str:
    url = copy_database("ready")
    insert_followup(url)
    return url


def open_to(url: str, **settings: Any) -> FastAPI:
    options = Settings(anonymous="SBU", api_key_secret=SecretStr(KEY_SECRET), anonymous_rate_limit="", **settings)
    return create_app(options, database_url=url)


@pytest.fixture(scope="module")
def on(url: str) -> Iterator[Served]:
    app = open_to(url)
    with serving(app) as address, httpx.Client(base_url=address, timeout=60) as http:
        yield Served(http, app.state.response_store)


@pytest.fixture(scope="module")
def off(url: str) -> Iterator[Served]:
    app = open_to(url, response_cache_bytes=0)
    with serving(app) as address, httpx.Client(base_url=address, timeout=60) as http:
        yield Served(http, app.state.response_store)


READS: list[str] = [path for path, methods in openapi_document()["paths"].items() if "get" in methods]


def cacheable_paths(path: str) -> bool:
    return not path.startswith(tuple(UNCACHEABLE)) and not path.endswith("/draft")


def ask(served: Served, path: str, **headers: str) -> tuple[int, list[tuple[str, str]], bytes]:
    """Returns status, headers except those that differ each time, and the body as sent."""
    sent = {"X-Request-Id": "same", **headers}
    with served.http.stream("GET", path.format(**IN_PATHS), params=with_required_params(path), headers=sent) as answer:
        body = b"".join(answer.iter_raw())
        host = str(served.http.base_url).encode().rstrip(b"/")
        fields = [one for one in answer.headers.multi_items() if one[0] not in {"date", "etag"} or host not in body]
    return answer.status_code, [one for one in fields if one[0] != "date"], body.replace(host, b"")


@pytest.mark.parametrize("coding", CODINGS)
@pytest.mark.parametrize("path", READS)
def test_cached_responses_equal_computed_ones(on: Served, off: Served, path: str, coding: str) -> None:
    on.store.clear()
    hits = on.store.hits
    whole = ask(off, path, **{"Accept-Encoding": coding})
    assert ask(on, path, **{"Accept-Encoding": coding}) == whole
    assert ask(on, path, **{"Accept-Encoding": coding}) == whole
    if whole[0] == 200 and cacheable_paths(path):
        # While a busy machine confirms no data version, the cache is not used.
        deadline = time.monotonic() + 30
        while on.store.hits == hits and time.monotonic() < deadline:
            assert ask(on, path, **{"Accept-Encoding": coding}) == whole
        assert on.store.hits > hits
    else:
        assert on.store.hits == hits


@pytest.mark.parametrize("path", [path for path in READS if cacheable_paths(path)])
def test_each_form_has_its_tag_and_its_304(on: Served, off: Served, path: str) -> None:
    tags: dict[bool, str] = {}
    for served in (on, off, on):
        for coding in CODINGS:
            status, fields, body = ask(served, path, **{"Accept-Encoding": coding})
            found = dict(fields)
            assert status == 200
            packed = "content-encoding" in found
            assert packed == (
                coding == "gzip"
                and not path.endswith("/source")
                and len(gzip.decompress(body) if packed else body) >= 1_000
            )
            assert tags.setdefault(packed, found["etag"]) == found["etag"]
            for named in (found["etag"], f"W/{found['etag']}", f'"other", {found["etag"]}', "*"):
                again = ask(served, path, **{"Accept-Encoding": coding, "If-None-Match": named})
                assert (again[0], again[2]) == (304, b"")
                assert dict(again[1]) == {name: value for name, value in found.items() if name not in OF_THE_BODY}
    if len(tags) == 2:
        assert tags[True] == f'{tags[False][:-1]}-gzip"'
        other = ask(on, path, **{"Accept-Encoding": "gzip", "If-None-Match": tags[False]})
        assert other[0] == 200


def test_accept_encoding_is_parsed(on: Served) -> None:
    taken = {
        "gzip": True,
        "br, GZIP;q=0.5": True,
        "*": True,
        "x-gzip": True,
        "gzip;q=0, *": False,
        "identity, gzip;q=0.5": False,
        "br": False,
        "gzip;q=x": False,
        "": False,
    }
    for header, packed in taken.items():
        fields = dict(ask(on, "/v1/panels", **{"Accept-Encoding": header})[1])
        assert ("content-encoding" in fields) == packed, header


def test_uncacheable_routes_are_declared() -> None:
    needing = {path for path in READS if path.startswith("/v1/")}
    assert {path for path in needing if cacheable_paths(path)} >= {"/v1/recommendations", "/v1/changes", "/v1/search"}
    for start in UNCACHEABLE:
        assert any(path.startswith(start) for path in READS), start


def test_headers_of_the_request_are_heeded_when_warm(on: Served) -> None:
    ask(on, "/v1/targets")
    first = on.http.get("/v1/targets", headers={"X-Request-Id": "mine"})
    traced = on.http.get("/v1/targets", headers={"traceparent": f"00-{'a' * 32}-{'b' * 16}-01"})
    other = on.http.get("/v1/targets", headers={"X-Request-Id": "no id"})
    assert first.headers["x-request-id"] == "mine"
    assert traced.headers["x-request-id"] == "a" * 32
    assert re.fullmatch("[0-9a-f]{32}", other.headers["x-request-id"])
    assert on.http.get("/v1/targets", headers={"X-Long": "x" * 17_000}).status_code == 431
    assert on.http.get("/v1/targets", headers={"If-None-Match": "x" * 5_000}).status_code == 422
    assert on.http.get(f"/v1/targets?{'x' * 9_000}").status_code == 414
    head = on.http.head("/v1/targets")
    assert (head.status_code, head.content, head.headers["etag"]) == (200, b"", first.headers["etag"])


def test_refusals_are_the_same_when_warm(on: Served, off: Served) -> None:
    for token in ("rr_0123456789ab_" + "x" * 43, "nonsense"):
        responses = [ask(one, "/v1/panels", Authorization=f"Bearer {token}") for one in (on, off)]
        assert responses[0][0] == 401
        assert responses[0] == responses[1]


def test_write_roles_bypass_the_cache(on: Served, url: str) -> None:
    ask(on, "/v1/topics")
    for role, passes in {Role.READER: False, Role.AUDITOR: False, Role.EDITOR: True, Role.ADMIN: True}.items():
        key = new_key(url, Role.READER, role)
        hits, bypassed = on.store.hits, on.store.bypassed
        assert ask(on, "/v1/topics", **bearer(key))[0] == 200
        assert (on.store.hits - hits, on.store.bypassed - bypassed) == (not passes, passes), role


def test_a_key_of_less_clearance_gets_less(on: Served, url: str) -> None:
    ask(on, "/v1/recommendations")
    key = new_key(url, Role.READER, clearance=Marking.U)
    low = [on.http.get("/v1/recommendations", headers=bearer(key)).json()["items"] for _ in range(2)]
    assert low[0] == low[1]
    assert {item["marking"] for item in low[0]} == {"U"}
    writer = new_key(url, Role.ADMIN)
    assert on.http.get("/v1/recommendations", headers=bearer(writer)).status_code == 403


# Tables whose changes increment the data version


def test_every_table_that_readers_see_is_watched(url: str) -> None:
    query = (
        "SELECT c.relname, pg_get_triggerdef(t.oid), t.tgenabled FROM pg_trigger t "
        "JOIN pg_class c ON c.oid = t.tgrelid WHERE t.tgname = %s"
    )
    with psycopg.connect(url) as connection:
        found = {table: (made, enabled) for table, made, enabled in connection.execute(query, [VERSION_TRIGGER])}
    assert set(found) == set(Base.metadata.tables) - set(NOT_FOR_READERS) - set(WITHOUT_VERSION_TRIGGERS)
    assert set(found) == set(READABLE) - set(WITHOUT_VERSION_TRIGGERS)
    for made, enabled in found.values():
        assert all(event in made for event in EVENTS)
        assert enabled == "A"


def test_cached_responses_are_counted_as_reads(scratch_url: str) -> None:
    app = create_app(Settings(), database_url=scratch_url)
    with serving(app) as address:
        count = 0
        while not app.state.response_store.hits:
            assert httpx.get(f"{address}/v1/panels").status_code == 200
            count += 1
            assert count < 1_000, "it is never cached"
    with psycopg.connect(scratch_url) as connection:
        assert connection.execute("SELECT caller, operation, count FROM read_counts").fetchall() == [
            ("anonymous", "list_panels", count)
        ]
