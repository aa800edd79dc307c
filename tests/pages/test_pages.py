"""Pages without a browser: security policies, ETags, content-addressed assets, and a page for each problem."""

import json
import re
from hashlib import sha256
from html import unescape

import httpx
import pytest

from app.core.problem_kinds import PROBLEMS
from app.core.settings import Settings
from app.http.problems import Problem
from app.main import create_app
from app.pages.assets import FILES
from app.pages.problems import problem_example
from tests.conftest import ROOT, serving

PAGES = ("/", "/docs", "/reference", "/problems", *(f"/problems/{code}" for code in PROBLEMS))
MANIFEST = json.loads((FILES / "manifest.json").read_text(encoding="utf-8"))
LOADED = re.compile(r'<(?:link|script)[^>]*? (?:href|src)="([^"]+)"')


def policy(answer: httpx.Response) -> dict[str, list[str]]:
    parts = (part.split() for part in answer.headers["content-security-policy"].split(";"))
    return {name: sources for name, *sources in parts}


@pytest.mark.parametrize("path", PAGES)
def test_a_page_may_run_and_load_nothing_but_ours(client: httpx.Client, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert answer.headers["x-content-type-options"] == "nosniff"
    allowed = policy(answer)
    for closed in ("default-src", "base-uri", "form-action", "frame-ancestors"):
        assert allowed[closed] == ["'none'"]
    sources = {source for name, values in allowed.items() if name != "default-src" for source in values}
    assert not [one for one in sources if "unsafe" in one or "*" in one or ":" in one.removesuffix(":")]
    assert ("script-src" in allowed) == (path in {"/docs", "/reference"})
    assert allowed.get("script-src", ["'self'"]) == ["'self'"]


@pytest.mark.parametrize("path", PAGES)
def test_a_page_has_no_script_or_style_in_it_and_names_no_host(client: httpx.Client, path: str) -> None:
    text = client.get(path).text
    assert not re.search(r"<style|style=|<script(?![^>]* src=)|\son\w+=|https?://|//\w", text)
    assert text.startswith('<!DOCTYPE html>\n<html lang="en">')
    assert len(re.findall(r"<h1[ >]", text)) == (0 if path in {"/docs", "/reference"} else 1)


@pytest.mark.parametrize("path", PAGES)
def test_page_assets_are_cached_as_immutable(client: httpx.Client, path: str) -> None:
    page = client.get(path)
    loaded = LOADED.findall(page.text)
    assert any(one.endswith("/site.css") for one in loaded)
    for address in loaded:
        file = client.get(str(page.url.join(address)))
        assert file.status_code == 200, address
        assert file.headers["cache-control"] == "public, max-age=31536000, immutable"
        assert file.headers["x-content-type-options"] == "nosniff"
        digest = sha256(file.content).hexdigest()
        assert file.headers["etag"] == f'"{digest}"'
        assert f"/{digest[:16]}/" in address
        kind = {"css": "text/css", "js": "text/javascript", "svg": "image/svg+xml"}[address.rpartition(".")[2]]
        assert file.headers["content-type"].removesuffix("; charset=utf-8") == kind


@pytest.mark.parametrize("path", [*PAGES, "/openapi.json", "/favicon.ico"])
def test_an_unchanged_page_is_304(client: httpx.Client, path: str) -> None:
    first = client.get(path)
    again = client.get(path, headers={"If-None-Match": first.headers["etag"]})
    assert (first.status_code, again.status_code, again.content) == (200, 304, b"")
    assert again.headers["cache-control"] == first.headers["cache-control"]
    assert first.headers["x-request-id"]


@pytest.mark.parametrize("path", [*PAGES, "/openapi.json", "/favicon.ico"])
def test_a_parameter_is_refused(client: httpx.Client, path: str) -> None:
    answer = client.get(path, params={"url": "x"})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["parameter"] == "url"


@pytest.mark.parametrize(
    "path",
    [
        "/problems/none",
        "/problems/",
        "/assets/0000000000000000/site.css",
        "/assets/..%2F..%2Froutes.py",
        "/assets/x/..%2Fmanifest.json",
        "/docs/",
        "/redoc",
    ],
)
def test_unknown_pages_are_404(client: httpx.Client, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"


def test_the_document_is_small_and_made_once(client: httpx.Client) -> None:
    first, again = client.get("/openapi.json"), client.get("/openapi.json")
    assert first.headers["content-type"] == "application/json"
    assert first.content == again.content
    assert "servers" not in first.json()
    assert b'": ' not in first.content[:200]


# Problems


@pytest.mark.parametrize("code", PROBLEMS)
def test_every_problem_has_a_page_that_says_what_to_do(client: httpx.Client, code: str) -> None:
    text = client.get(f"/problems/{code}").text
    kind = PROBLEMS[code]
    assert f"<h1>{kind.title}</h1>" in text
    assert f"Status {kind.status}" in text
    assert re.findall(r"<h2[^>]*>(.+?)</h2>\n<(\w+)", text) == [
        ("Meaning", "p"),
        ("Remedy", "p"),
        ("Example", "pre"),
    ]
    shown = re.search(r"<pre[^>]*>(.+)</pre>", text, re.DOTALL)
    assert shown
    document = Problem.model_validate_json(unescape(shown[1]))
    assert (document.code, document.status, document.title) == (code, kind.status, kind.title)
    assert f'href="problems/{code}"' in client.get("/problems").text


@pytest.mark.parametrize(
    ("method", "path", "code"),
    [
        ("GET", "/v1/panels/none", "not-found"),
        ("PUT", "/v1/recommendations", "method-not-allowed"),
        ("GET", "/v1/recommendations?tarjet=embassy", "invalid-request"),
        ("GET", "/v1/panels?cursor=none", "invalid-cursor"),
        ("GET", "/v1/search?q=the", "empty-search"),
    ],
)
def test_an_example_is_a_real_answer(client: httpx.Client, method: str, path: str, code: str) -> None:
    answer = client.request(method, path).json()
    assert answer | {"trace_id": ""} == problem_example(code) | {"trace_id": ""}


def test_behind_a_prefix_the_example_is_what_a_client_gets() -> None:
    with (
        serving(create_app(Settings(root_path="/register"), database_url="postgresql://nowhere")) as address,
        httpx.Client(base_url=address, timeout=60) as http,
    ):
        text = http.get("/problems/not-found").text
        answer = http.get("/v1/nothing").json()
        assert answer["type"] == "/register/problems/not-found"
        assert f'"type": "{answer["type"]}"' in unescape(text)
        # All other links are relative, so they work under any prefix.
        assert not re.search(r'(?:href|src)="/', text)


# Third-party files


def test_the_files_of_others_are_those_of_their_packages() -> None:
    assert {one["package"]: one["version"] for one in MANIFEST} == {"swagger-ui-dist": "5.35.0", "redoc": "2.5.4"}
    for one in MANIFEST:
        folder = FILES / one["folder"]
        there = {file.name: sha256(file.read_bytes()).hexdigest() for file in folder.iterdir()}
        assert there == one["sha256"]
        assert "LICENSE" in there
    assert {one["folder"] for one in MANIFEST} == {entry.name for entry in FILES.iterdir() if entry.is_dir()}


def test_third_party_files_are_listed_with_their_license() -> None:
    text = (ROOT / "THIRD_PARTY.md").read_text(encoding="utf-8")
    for one in MANIFEST:
        assert f"| {one['package']} | {one['version']} | {one['license']} |" in text
        assert f"app/pages/files/{one['folder']}/LICENSE" in text


def test_the_licenses_can_be_read_in_the_browser(client: httpx.Client) -> None:
    found = re.findall(r'href="(assets/[^"]+LICENSE[^"]*)"', client.get("/").text)
    assert len(found) == 4
    for address in found:
        answer = client.get(f"/{address}")
        assert answer.headers["content-type"] == "text/plain; charset=utf-8"
        assert "icense" in answer.text or "LICENSE" in answer.text
