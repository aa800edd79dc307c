"""Middleware for every request and response: methods, limits, headers, origins, hosts, proxies."""

import socket
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import httpx
import pytest
from fastapi import FastAPI
from starlette.types import Receive, Scope, Send

from app.core.schemas import ResponseModel
from app.core.settings import Settings
from app.http.middleware.request_context import MAX_BODY_BYTES, MAX_TARGET_BYTES
from app.http.request_head import MAX_HEADER_BYTES
from app.http.routing import Router
from app.main import create_app
from tests.conftest import IN_PATHS, serving, with_required_params
from tests.conventions.test_problems import MEMBERS, get_routes, problem

ORIGIN = "https://wiki.example"
PREFIX = "/register"
SECURE = {
    "content-security-policy": "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "x-frame-options": "DENY",
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-resource-policy": "same-site",
}


class NoteIn(ResponseModel):
    words: str


class Served(NamedTuple):
    """The service, and the requests that reached the application."""

    http: httpx.Client
    seen: list[Scope]


def add_routes(app: FastAPI) -> None:
    """Adds an endpoint that reads a body, one of a later release, and one that fails."""
    router = Router(prefix="/notes", tag="health")

    @router.post("")
    async def create_note(note: NoteIn) -> NoteIn:
        return note

    @router.get("/defect")
    async def get_defect() -> NoteIn:
        raise RuntimeError

    app.include_router(router)


@pytest.fixture(scope="module")
def strict(copy_database: Callable[[str], str]) -> Iterator[Served]:
    """Serves the application with every setting of this kind in use."""
    settings = Settings(
        root_path=PREFIX,
        trusted_proxies="127.0.0.1, 10.0.0.0/8",
        anonymous="SBU",
        allowed_hosts="register.example,127.0.0.1,[::1]",
        cors_origins=f"{ORIGIN},http://wiki.internal:8080",
        security_contact="mailto:security@register.example",
    )
    app = create_app(settings, database_url=copy_database("strict"))
    add_routes(app)
    seen: list[Scope] = []

    async def witness(scope: Scope, receive: Receive, send: Send) -> None:
        seen.append(scope)
        await app(scope, receive, send)

    with serving(witness, settings) as address, httpx.Client(base_url=address, timeout=60) as http:
        yield Served(http, seen)


@pytest.fixture
def http(strict: Served) -> httpx.Client:
    return strict.http


# Methods


def test_head_answers_as_get_does_without_the_body(client: httpx.Client, app: FastAPI) -> None:
    for path in [*get_routes(app), "/openapi.json", "/.well-known/api-catalog", "/v1/panels/none"]:
        asked: dict[str, Any] = {"url": path.format(**IN_PATHS), "params": with_required_params(path)}
        got = client.get(**asked, headers={"X-Request-Id": "same"})
        head = client.head(**asked, headers={"X-Request-Id": "same"})
        assert (head.status_code, head.content) == (got.status_code, b""), path
        own = {"transfer-encoding", "date"}
        assert {one for one in head.headers.items() if one[0] not in own} == {
            one for one in got.headers.items() if one[0] not in own
        }
        if "etag" in got.headers:
            assert client.head(**asked, headers={"If-None-Match": got.headers["etag"]}).status_code == 304, path


def test_head_of_an_export_reads_no_row(client: httpx.Client, statements: list[str]) -> None:
    path = "/v1/exports/panels.csv"
    assert client.head(path).status_code == 200
    for_head = len(statements)
    assert client.get(path).status_code == 200
    assert statements[:for_head] == statements[for_head:-1]
    assert "FROM panels" in statements[-1]


def test_options_names_the_methods(client: httpx.Client, http: httpx.Client, app: FastAPI) -> None:
    for path in [*get_routes(app), "/openapi.json"]:
        answer = client.options(path.format(**IN_PATHS))
        taken = {"HEAD", "OPTIONS"} | {method.upper() for method in app.openapi()["paths"].get(path, {"get": {}})}
        allowed = ", ".join(sorted(taken))
        assert (answer.status_code, answer.content, answer.headers["allow"]) == (204, b"", allowed), path
        assert "content-length" not in answer.headers
    assert http.options("/notes").headers["allow"] == "OPTIONS, POST"
    problem(client.options("/v1/nothing"), 404, "not-found")


def test_another_method_is_refused_with_those_there_are(client: httpx.Client, http: httpx.Client) -> None:
    for method in ("POST", "PUT", "PATCH", "DELETE", "TRACE"):
        answer = client.request(method, "/v1/panels/07BEIJING7192-P1")
        problem(answer, 405, "method-not-allowed")
        assert answer.headers["allow"] == "GET, HEAD, OPTIONS"
    refused = http.head("/notes")
    assert (refused.status_code, refused.headers["allow"]) == (405, "OPTIONS, POST")


# Limits


def test_an_address_over_the_limit(client: httpx.Client) -> None:
    room = MAX_TARGET_BYTES - len("/v1/recommendationsq=")
    problem(client.get(f"/v1/recommendations?q={'x' * room}"), 422, "invalid-request")
    problem(client.get(f"/v1/recommendations?q={'x' * (room + 1)}"), 414, "uri-too-long")
    problem(client.get(f"/v1/{'x' * MAX_TARGET_BYTES}"), 414, "uri-too-long")


def test_headers_over_the_limit(client: httpx.Client) -> None:
    assert client.get("/healthz/live", headers={"X-Filling": "x" * (MAX_HEADER_BYTES - 1_000)}).status_code == 200
    problem(client.get("/healthz/live", headers={"X-Filling": "x" * MAX_HEADER_BYTES}), 431, "headers-too-large")
    many = {f"X-{number}": "x" * 50 for number in range(300)}
    problem(client.get("/healthz/live", headers=many), 431, "headers-too-large")


def test_a_header_that_never_ends_is_cut_off(base_url: str) -> None:
    where = urlsplit(base_url)
    with socket.create_connection((where.hostname, where.port or 0), timeout=60) as connection:
        connection.sendall(b"GET /healthz/live HTTP/1.1\r\nHost: localhost\r\nX-Filling: ")
        with suppress(ConnectionError):
            for _ in range(100):
                connection.sendall(b"x" * 10_000)
        with suppress(ConnectionError):
            assert connection.recv(10_000).startswith(b"HTTP/1.1 400 ")
            assert connection.recv(10_000) == b""


def note_of(size: int) -> bytes:
    return b'{"words":"' + b"x" * (size - len('{"words":""}')) + b'"}'


def chunks(content: bytes) -> Iterator[bytes]:
    for start in range(0, len(content), 50_000):
        yield content[start : start + 50_000]


def test_the_size_limit_applies_to_chunked_bodies(http: httpx.Client) -> None:
    kind = {"Content-Type": "application/json"}
    assert http.post("/notes", content=note_of(MAX_BODY_BYTES), headers=kind).status_code == 200
    assert http.post("/notes", content=chunks(note_of(MAX_BODY_BYTES)), headers=kind).status_code == 200
    for content in (
        note_of(MAX_BODY_BYTES + 1),
        chunks(note_of(MAX_BODY_BYTES + 1)),
        chunks(b"x" * 5 * MAX_BODY_BYTES),
    ):
        answer = http.post("/notes", content=content, headers=kind)
        assert (answer.status_code, answer.json()["code"]) == (413, "too-large")
        assert answer.headers["content-type"] == "application/problem+json"


def test_a_body_that_announces_too_much_is_refused_before_it_is_sent(http: httpx.Client) -> None:
    head = f"Host: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: {MAX_BODY_BYTES + 1}\r\n"
    with socket.create_connection((http.base_url.host, http.base_url.port or 0), timeout=60) as connection:
        connection.sendall(f"POST /notes HTTP/1.1\r\n{head}Expect: 100-continue\r\n\r\n".encode())
        assert connection.recv(10_000).startswith(b"HTTP/1.1 413 ")


def test_an_unread_request_body_is_discarded(client: httpx.Client) -> None:
    content = b"x" * 3 * MAX_BODY_BYTES
    for path in ("/v1/panels", "/v1/exports/recommendations.jsonl"):
        for sent in (content, chunks(content)):
            answer = client.request("GET", path, content=sent)
            assert answer.status_code == 200
            assert answer.content == client.get(path).content
    problem(client.post("/v1/panels", content=content), 405, "method-not-allowed")


# Headers


def test_every_answer_has_its_id_and_the_headers_for_browsers(client: httpx.Client, http: httpx.Client) -> None:
    trace = {"traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"}
    asked = [
        client.build_request("GET", "/v1/panels"),
        client.build_request("HEAD", "/v1/panels"),
        client.build_request("OPTIONS", "/v1/panels"),
        client.build_request("GET", "/v1/reforms/timeline.svg"),
        client.build_request("GET", "/v1/exports/panels.csv"),
        client.build_request("GET", "/openapi.json"),
        client.build_request("GET", "/v1/panels", headers={"If-None-Match": "*"}),
        client.build_request("GET", "/v1/nothing"),
        client.build_request("GET", "/v1/panels?tarjet=1"),
        client.build_request("POST", "/v1/panels"),
        client.build_request("GET", f"/{'x' * 9_000}"),
        client.build_request("GET", "/v1/panels", headers={"X-Filling": "x" * 17_000}),
        http.build_request("POST", "/notes", json={"words": "x" * MAX_BODY_BYTES}),
        http.build_request("GET", "/notes/defect"),
        http.build_request("GET", "/v1/panels", headers={"Host": "evil.example"}),
        http.build_request("OPTIONS", "/v1/panels", headers=preflight(ORIGIN)),
        http.build_request("OPTIONS", "/v1/panels", headers=preflight("https://evil.example")),
    ]
    statuses = []
    for request in asked:
        request.headers.update(trace)
        answer = client.send(request)
        statuses.append(answer.status_code)
        assert answer.headers.get_list("x-request-id") == ["0af7651916cd43dd8448eb211c80319c"], request
        assert {name: answer.headers.get(name) for name in SECURE} == SECURE, request
        assert "accept-encoding" in answer.headers["vary"].lower()
        assert "server" not in answer.headers
        if answer.is_error:
            assert set(answer.json()) == MEMBERS
            assert answer.json()["trace_id"] == answer.headers["x-request-id"]
    assert statuses == [200, 200, 204, 200, 200, 200, 304, 404, 422, 405, 414, 431, 413, 500, 421, 204, 204]


# Origins


def preflight(origin: str, method: str = "GET") -> dict[str, str]:
    return {"Origin": origin, "Access-Control-Request-Method": method, "Access-Control-Request-Headers": "traceparent"}


def allowed(answer: httpx.Response) -> str:
    return str(answer.headers.get("access-control-allow-origin", "none"))


def test_pages_of_listed_origins_may_read(http: httpx.Client) -> None:
    for origin in (ORIGIN, "http://wiki.internal:8080"):
        too_long = f"/v1/panels?cable={'x' * 9_000}"
        for path, status in (("/v1/panels", 200), ("/v1/nothing", 404), ("/notes/defect", 500), (too_long, 414)):
            answer = http.get(path, headers={"Origin": origin})
            assert (answer.status_code, allowed(answer)) == (status, origin)
            assert {"ETag", "Link", "X-Request-Id"} <= set(answer.headers["access-control-expose-headers"].split(", "))
            assert "Origin" in answer.headers["vary"]
            assert "Authorization" in answer.headers["vary"]
        answer = http.options("/v1/panels", headers=preflight(origin))
        assert (answer.status_code, allowed(answer), answer.content) == (204, origin, b"")
        assert "GET" in answer.headers["access-control-allow-methods"]


def test_pages_of_listed_origins_may_write(http: httpx.Client) -> None:
    sent = "authorization, content-type, if-match, if-none-match, idempotency-key, x-request-id"
    for method in ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"):
        asked = {"Origin": ORIGIN, "Access-Control-Request-Method": method, "Access-Control-Request-Headers": sent}
        answer = http.options("/v1/actions/ACT-0001", headers=asked)
        assert (answer.status_code, allowed(answer)) == (204, ORIGIN)
        assert method in answer.headers["access-control-allow-methods"].split(", ")
        taken = {name.strip().lower() for name in answer.headers["access-control-allow-headers"].split(",")}
        assert set(sent.split(", ")) <= taken
        assert "access-control-allow-credentials" not in answer.headers
        refused = http.request(method, "/v1/actions/ACT-0001", headers={"Origin": ORIGIN, "Authorization": "Bearer x"})
        assert (refused.status_code, allowed(refused)) == (405 if method in {"POST", "PUT"} else 401, ORIGIN)
        assert {"ETag", "Location", "WWW-Authenticate"} <= set(
            refused.headers["access-control-expose-headers"].split(", ")
        )


def test_pages_of_other_origins_may_not(client: httpx.Client, http: httpx.Client) -> None:
    for origin in ("https://evil.example", "null", f"{ORIGIN}.evil.example", ORIGIN.upper()):
        assert allowed(http.get("/v1/panels", headers={"Origin": origin})) == "none"
        assert allowed(http.options("/v1/panels", headers=preflight(origin))) == "none"
    # Also without an Origin header: a cache has to know that the header matters.
    assert "Origin" in http.get("/v1/panels").headers["vary"]
    closed = client.get("/v1/panels", headers={"Origin": ORIGIN})
    assert not [name for name in closed.headers if name.startswith("access-control")]
    assert "Origin" not in closed.headers["vary"]


# Hosts and proxies


def test_a_host_that_is_not_ours_is_refused(http: httpx.Client) -> None:
    for host in ("evil.example", "evil.example:8000", "register.example.evil.example", "", "[::2]:80"):
        answer = http.get("/v1/panels", headers={"Host": host})
        assert (answer.status_code, answer.json()["code"]) == (421, "misdirected"), host
        assert http.get("/healthz/live", headers={"Host": host}).status_code == 200, host
    for host in ("register.example", "REGISTER.example:8443", "[::1]:80", "[::1]"):
        assert http.get("/v1/panels", headers={"Host": host}).status_code == 200, host


def test_no_host_and_no_forwarded_header_gets_into_a_link(client: httpx.Client, http: httpx.Client) -> None:
    claimed = {
        "X-Forwarded-Host": "evil.example",
        "X-Forwarded-Prefix": "/evil",
        "X-Forwarded-Proto": "https",
        "Forwarded": "host=evil.example;proto=https",
    }
    for one, host, root in ((client, "evil.example", ""), (http, "register.example", PREFIX)):
        answer = one.get("/v1/panels?limit=1&include=total", headers={**claimed, "Host": host})
        link, relation = answer.headers["link"].split("; ")
        assert relation == 'rel="next"'
        parts = urlsplit(link.strip("<>"))
        assert (parts.scheme, parts.netloc, parts.path) == ("", "", f"{root}/v1/panels")
        assert parts.query == f"limit=1&include=total&cursor={answer.json()['next_cursor']}"
        assert "evil" not in str(answer.headers) + answer.text
        refused = one.get("/v1/nothing", headers={**claimed, "Host": host})
        assert refused.json()["instance"] == f"{root}/v1/nothing"
        assert refused.json()["type"] == f"{root}/problems/not-found"


def test_forwarded_headers_count_from_named_proxies_only(strict: Served) -> None:
    def seen(forwarded: str) -> tuple[str, str]:
        strict.http.get("/healthz/live", headers={"X-Forwarded-For": forwarded, "X-Forwarded-Proto": "https"})
        return strict.seen[-1]["client"][0], strict.seen[-1]["scheme"]

    assert seen("192.0.2.7") == ("192.0.2.7", "https")
    # Each proxy appends its peer. Earlier entries are claims of the client.
    assert seen("127.0.0.1, 198.51.100.9, 192.0.2.7, 10.1.2.3") == ("192.0.2.7", "https")


def test_without_named_proxies_forwarded_headers_do_not_count(copy_database: Callable[[str], str]) -> None:
    app = create_app(Settings(), database_url=copy_database("unproxied"))
    seen: list[Scope] = []

    async def witness(scope: Scope, receive: Receive, send: Send) -> None:
        seen.append(scope)
        await app(scope, receive, send)

    with serving(witness) as address:
        httpx.get(f"{address}/healthz/live", headers={"X-Forwarded-For": "192.0.2.7", "X-Forwarded-Proto": "https"})
    assert (seen[-1]["client"][0], seen[-1]["scheme"], seen[-1]["root_path"]) == ("127.0.0.1", "http", "")
