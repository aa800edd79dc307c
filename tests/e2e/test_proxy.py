"""Reverse proxies: the service behind real nginx and Apache httpd, under a prefix, with the shipped configuration."""

import contextlib
import gzip
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urljoin

import httpx
import pytest
from starlette.types import Receive, Scope, Send

from app.core.settings import Settings
from app.main import create_app
from tests.conftest import ROOT, serving
from tests.e2e.conftest import Found

PREFIX = "/register"
EXPECTED_AT = "127.0.0.1:8000"
"""Address of the service in the shipped files."""

NGINX = """\
daemon off;
master_process off;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
events {{}}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    server {{
        listen 127.0.0.1:{port};
        include {shipped};
    }}
}}
"""
APACHE = """\
ServerRoot {folder}
ServerName 127.0.0.1
Listen 127.0.0.1:{port}
PidFile {folder}/apache.pid
DefaultRuntimeDir {folder}
ErrorLog {folder}/error.log
LoadModule mpm_event_module /usr/lib/apache2/modules/mod_mpm_event.so
LoadModule authz_core_module /usr/lib/apache2/modules/mod_authz_core.so
LoadModule proxy_module /usr/lib/apache2/modules/mod_proxy.so
LoadModule proxy_http_module /usr/lib/apache2/modules/mod_proxy_http.so
LoadModule headers_module /usr/lib/apache2/modules/mod_headers.so
LoadModule deflate_module /usr/lib/apache2/modules/mod_deflate.so
LoadModule filter_module /usr/lib/apache2/modules/mod_filter.so
# Only heeded where root starts it: the answering processes are nobody's.
User nobody
Group nogroup
<VirtualHost 127.0.0.1:{port}>
    Include {shipped}
</VirtualHost>
"""


class Proxied(NamedTuple):
    """A client of the proxy, and the requests that reached the application."""

    http: httpx.Client
    seen: list[Scope]
    name: str

    def get(self, path: str, **headers: str) -> httpx.Response:
        return self.http.get(f"{PREFIX}{path}", headers=headers)


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return int(taken.getsockname()[1])


@contextlib.contextmanager
def running(command: list[str], port: int, folder: Path) -> Iterator[None]:
    """Runs a proxy until the block ends. A failure shows its log."""
    with (folder / "output").open("wb") as output:
        process = subprocess.Popen(command, cwd=folder, stdout=output, stderr=output)
    try:
        deadline = time.monotonic() + 20
        while True:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
                break
            logged = "\n".join(one.read_text() for one in folder.glob("*") if one.name in {"output", "error.log"})
            assert process.poll() is None, f"{command[0]} ended:\n{logged}"
            assert time.monotonic() < deadline, f"{command[0]} does not listen:\n{logged}"
            time.sleep(0.05)
        yield
    finally:
        process.terminate()
        process.wait(timeout=20)


@contextlib.contextmanager
def proxy(name: str, binary: str, *, upstream: str, folder: Path, shipped: str = "") -> Iterator[str]:
    """Yields the proxy's URL. Uses the shipped configuration, in which only the service's address is replaced."""
    shipped = shipped or (ROOT / f"deploy/{name}.conf").read_text(encoding="utf-8")
    assert EXPECTED_AT in shipped
    (folder / "shipped.conf").write_text(shipped.replace(EXPECTED_AT, upstream), encoding="utf-8")
    port = free_port()
    around = {"nginx": NGINX, "apache": APACHE}[name]
    main = folder / "main.conf"
    main.write_text(around.format(folder=folder, port=port, shipped=folder / "shipped.conf"), encoding="utf-8")
    options = ["-p", str(folder), "-c", str(main)] if name == "nginx" else ["-f", str(main), "-D", "FOREGROUND"]
    with running([binary, *options], port, folder):
        yield f"http://127.0.0.1:{port}"


@pytest.fixture(scope="module", params=["nginx", "apache"])
def behind(
    request: pytest.FixtureRequest,
    program: Found,
    copy_database: Callable[[str], str],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Proxied]:
    name = request.param
    binary = program("nginx", package="nginx") if name == "nginx" else program("apache2", package="apache2-bin")
    settings = Settings(
        root_path=PREFIX,
        trusted_proxies="127.0.0.1",
        anonymous="SBU",
        proxy_auth_header="X-Remote-User",
        proxy_auth_groups_header="X-Remote-Groups",
        group_grants="editors=reader+editor:SBU",
        allowed_hosts="register.example",
        security_contact="mailto:security@register.example",
    )
    app = create_app(settings, database_url=copy_database(f"behind_{name}"))
    seen: list[Scope] = []

    async def witness(scope: Scope, receive: Receive, send: Send) -> None:
        seen.append(scope)
        await app(scope, receive, send)

    folder = tmp_path_factory.mktemp(name)
    with (
        serving(witness, settings) as upstream,
        proxy(name, binary, upstream=upstream.removeprefix("http://"), folder=folder) as address,
        httpx.Client(base_url=address, timeout=30, headers={"Host": "register.example"}) as http,
    ):
        yield Proxied(http, seen, name)


def test_a_list_is_walked_by_its_links_and_by_its_cursors(behind: Proxied) -> None:
    by_link: list[str] = []
    address: str | None = f"{PREFIX}/v1/recommendations?limit=40&target=usg&q=training%20or%20customs"
    while address:
        answer = behind.http.get(address)
        assert answer.status_code == 200, answer.text
        by_link += [one["id"] for one in answer.json()["items"]]
        link = answer.headers.get("link", "").partition(";")[0].strip("<>")
        assert link.startswith(f"{PREFIX}/v1/recommendations?") or not link
        address = urljoin(str(answer.url), link) if link else None
    whole = behind.get("/v1/recommendations?limit=200&target=usg&q=training%20or%20customs").json()["items"]
    assert by_link == [one["id"] for one in whole]

    by_cursor: list[str] = []
    params: dict[str, str] = {"limit": "13"}
    while True:
        page = behind.http.get(f"{PREFIX}/v1/recommendations", params=params).json()
        by_cursor += [one["id"] for one in page["items"]]
        if page["next_cursor"] is None:
            break
        params["cursor"] = page["next_cursor"]
    total = behind.get("/v1/recommendations?limit=1&include=total").json()["total"]
    assert len(by_cursor) == len(set(by_cursor)) == total


def test_a_tag_comes_back_through_gzip(behind: Proxied) -> None:
    """An export, which the proxy compresses, has a single ETag of the service."""
    path = "/v1/exports/events.jsonl"
    direct = behind.get(path, **{"Accept-Encoding": "identity"})
    packed = behind.get(path, **{"Accept-Encoding": "gzip"})
    assert (packed.headers["content-encoding"], "content-encoding" in direct.headers) == ("gzip", False)
    assert packed.content == direct.content
    assert packed.headers["etag"].removeprefix("W/") == direct.headers["etag"]
    assert packed.headers["etag"].startswith("W/") == (behind.name == "nginx")
    assert "accept-encoding" in packed.headers["vary"].lower()
    for tag in (packed.headers["etag"], direct.headers["etag"]):
        for encoding in ("gzip", "identity"):
            again = behind.get(path, **{"If-None-Match": tag, "Accept-Encoding": encoding})
            assert (again.status_code, again.content) == (304, b"")


def test_compressed_responses_pass_the_proxy_with_their_etag(behind: Proxied) -> None:
    tags = {}
    for encoding in ("gzip", "identity"):
        answer = behind.get("/v1/recommendations", **{"Accept-Encoding": encoding})
        assert answer.headers.get("content-encoding", "identity") == encoding
        assert len(answer.json()["items"]) == 50
        tags[encoding] = answer.headers["etag"]
        again = behind.get("/v1/recommendations", **{"If-None-Match": tags[encoding], "Accept-Encoding": encoding})
        assert (again.status_code, again.content) == (304, b"")
    assert tags["gzip"] == f'{tags["identity"][:-1]}-gzip"'


def test_a_problem_names_the_address_that_was_asked_for(behind: Proxied) -> None:
    problem = behind.get("/v1/panels/none").json()
    assert (problem["type"], problem["instance"]) == (f"{PREFIX}/problems/not-found", f"{PREFIX}/v1/panels/none")


def test_the_document_and_the_well_known_addresses_are_reached(behind: Proxied) -> None:
    assert behind.get("/openapi.json").json()["info"]["title"] == "Roundtable Register"
    for answer in (behind.http.get("/.well-known/api-catalog"), behind.get("/.well-known/api-catalog")):
        (linked,) = answer.json()["linkset"]
        assert linked["service-desc"][0]["href"] == f"{PREFIX}/openapi.json"
    assert "Contact: mailto:security@register.example\n" in behind.http.get("/.well-known/security.txt").text


def test_an_export_passes_whole(behind: Proxied) -> None:
    with behind.http.stream("GET", f"{PREFIX}/v1/exports/events.jsonl") as answer:
        assert answer.headers["content-encoding"] == "gzip"
        packed = b"".join(answer.iter_raw())
    plain = behind.get("/v1/exports/events.jsonl", **{"Accept-Encoding": "identity"})
    assert gzip.decompress(packed) == plain.content
    assert len(plain.text.splitlines()) > 50
    assert plain.headers["content-disposition"].startswith("attachment; ")
    head = behind.http.head(f"{PREFIX}/v1/exports/events.jsonl", headers={"Accept-Encoding": "identity"})
    assert (head.status_code, head.headers["etag"], head.content) == (200, plain.headers["etag"], b"")


def test_ids_and_methods_pass(behind: Proxied) -> None:
    answer = behind.get("/v1/panels", **{"X-Request-Id": "memo-7.a"})
    assert answer.headers["x-request-id"] == "memo-7.a"
    assert answer.headers["x-content-type-options"] == "nosniff"
    traced = behind.get("/v1/panels", traceparent="00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")
    assert traced.headers["x-request-id"] == "0af7651916cd43dd8448eb211c80319c"
    options = behind.http.options(f"{PREFIX}/v1/panels")
    assert (options.status_code, options.headers["allow"]) == (204, "GET, HEAD, OPTIONS")


def test_the_limits_of_the_service_are_answered_by_the_service(behind: Proxied) -> None:
    for answer, code in (
        (behind.get(f"/v1/recommendations?q={'x' * 9_000}"), "uri-too-long"),
        (behind.get("/v1/panels", **{"X-Filling": "x" * 8_000, "X-More": "x" * 8_500}), "headers-too-large"),
    ):
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json()["code"] == code


def test_forged_forwarding_headers_have_no_effect(behind: Proxied) -> None:
    answer = behind.get(
        "/v1/panels?limit=1",
        **{
            "X-Forwarded-For": "192.0.2.7",
            "X-Forwarded-Proto": "https",
            "X-Forwarded-Host": "evil.example",
            "X-Forwarded-Prefix": "/evil",
            "Forwarded": "for=192.0.2.7;host=evil.example;proto=https",
        },
    )
    scope = behind.seen[-1]
    assert (scope["client"][0], scope["scheme"], scope["root_path"]) == ("127.0.0.1", "http", PREFIX)
    assert not [name for name, value in scope["headers"] if b"192.0.2.7" in value]
    assert answer.headers["link"].startswith(f"<{PREFIX}/v1/panels?")
    misdirected = behind.get("/v1/panels", Host="evil.example")
    assert (misdirected.status_code, misdirected.json()["code"]) == (421, "misdirected")


@pytest.mark.parametrize("path", ["/v1/drafts", "/.well-known/security.txt"])
@pytest.mark.parametrize("sign", ["-", "_"])
def test_forged_user_headers_are_removed_by_the_proxy(behind: Proxied, path: str, sign: str) -> None:
    forged = [("X-Remote-User", "alice"), ("X-Remote-Groups", "editors"), ("x-remote-user", "bob")]
    headers = [(name.replace("-", sign), value) for name, value in forged]
    prefix = "" if path.startswith("/.well-known/") else PREFIX
    answer = behind.http.get(f"{prefix}{path}", headers=headers)
    assert not [name for name, _ in behind.seen[-1]["headers"] if b"remote" in name]
    assert answer.status_code == (401 if path == "/v1/drafts" else 200)


SIGNED_ON = {
    "nginx": ('proxy_set_header {name} "";', 'proxy_set_header {name} "{value}";'),
    "apache": (
        "    #RequestHeader set {name} ",
        '    RequestHeader set {name} "{value}"\n    #RequestHeader set {name} ',
    ),
}


@pytest.mark.parametrize("name", SIGNED_ON)
def test_the_user_of_the_proxy_is_trusted(
    name: str, program: Found, copy_database: Callable[[str], str], tmp_path: Path
) -> None:
    """Uses the lines of the shipped files, changed as their comments describe, whatever else the client claims."""
    binary = program("nginx", package="nginx") if name == "nginx" else program("apache2", package="apache2-bin")
    settings = Settings(
        root_path=PREFIX,
        trusted_proxies="127.0.0.1",
        proxy_auth_header="X-Remote-User",
        proxy_auth_groups_header="X-Remote-Groups",
        group_grants="editors=reader+editor:SBU",
    )
    app = create_app(settings, database_url=copy_database(f"signed_on_{name}"))
    shipped = (ROOT / f"deploy/{name}.conf").read_text(encoding="utf-8")
    before, after = SIGNED_ON[name]
    for header, value in (("X-Remote-User", "alice"), ("X-Remote-Groups", "staff,editors")):
        assert before.format(name=header) in shipped
        shipped = shipped.replace(before.format(name=header), after.format(name=header, value=value))
    with (
        serving(app, settings) as upstream,
        proxy(name, binary, upstream=upstream.removeprefix("http://"), folder=tmp_path, shipped=shipped) as address,
    ):
        answer = httpx.get(f"{address}{PREFIX}/v1/drafts", headers={"X-Remote-User": "mallory", "X_Remote_User": "m"})
        assert answer.status_code == 200, answer.text


def test_nginx_says_that_the_service_is_away_as_the_service_would(program: Found, tmp_path: Path) -> None:
    binary = program("nginx", package="nginx")
    with proxy("nginx", binary, upstream=f"127.0.0.1:{free_port()}", folder=tmp_path) as address:
        answer = httpx.get(f"{address}{PREFIX}/v1/panels")
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "2")
    assert answer.headers["content-type"] == "application/problem+json"
    assert (answer.json()["code"], answer.json()["status"]) == ("unavailable", 503)
