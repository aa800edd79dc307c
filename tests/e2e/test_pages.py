"""Pages in a real Chromium, with every other host unreachable, at the root and behind nginx under a prefix."""

import json
import os
import re
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect, sync_playwright

from app.core.problem_kinds import PROBLEMS
from app.core.settings import Settings
from app.main import create_app
from tests.conftest import serving
from tests.e2e.conftest import Found

PREFIX = "/register"
OPTIONS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
]
WCAG = {"runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]}}
TIMEOUT_MS = 30_000
"""Time limit of a page in milliseconds, enough for a busy machine."""


@pytest.fixture(scope="module")
def browser(program: Found) -> Iterator[Browser]:
    with sync_playwright() as playwright:
        path = program("chromium", package="chromium")
        chromium = playwright.chromium.launch(executable_path=path, args=OPTIONS)
        yield chromium
        chromium.close()


NGINX = """\
daemon off;
pid {folder}/nginx.pid;
error_log stderr warn;
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
        location {prefix}/ {{
            proxy_pass {upstream}/;
            # Started by root, its workers are of another user, who may not write to the folder of a test.
            proxy_max_temp_file_size 0;
            proxy_set_header Host $http_host;
        }}
    }}
}}
"""


@contextmanager
def stripping(nginx: str, folder: Path, *, upstream: str) -> Iterator[str]:
    """Yields the URL of a prefix on an nginx that strips the prefix and forwards the requests to the service."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    config = folder / "nginx.conf"
    config.write_text(NGINX.format(folder=folder, port=port, prefix=PREFIX, upstream=upstream), encoding="utf-8")
    command = [nginx, "-p", str(folder), "-c", str(config), "-e", "stderr"]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    assert process.stderr is not None
    address = f"http://127.0.0.1:{port}{PREFIX}"
    try:
        deadline = time.monotonic() + 20
        while not _answers(f"{address}/healthz/live"):
            assert process.poll() is None, process.stderr.read()
            assert time.monotonic() < deadline, "nginx does not answer"
            time.sleep(0.05)
        yield address
    finally:
        process.terminate()
        process.wait(timeout=20)
        process.stderr.close()


def _answers(address: str) -> bool:
    try:
        return httpx.get(address).status_code == 200
    except httpx.TransportError:
        return False


@pytest.fixture(scope="module")
def prefixed(
    program: Found, copy_database: Callable[[str], str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("nginx")
    # Behind a prefix, anonymous reads are off unless the settings allow them.
    app = create_app(Settings(root_path=PREFIX, anonymous="SBU"), database_url=copy_database("prefixed"))
    with (
        serving(app) as upstream,
        stripping(program("nginx", package="nginx"), folder, upstream=upstream) as address,
    ):
        yield address


@pytest.fixture(params=["root", "prefix"])
def home(request: pytest.FixtureRequest) -> str:
    """The base URL of the service, without the final slash."""
    found: str = request.getfixturevalue({"root": "base_url", "prefix": "prefixed"}[request.param])
    return found


class Watched:
    """A browser page that records its errors and each requested URL."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.faults: list[str] = []
        self.asked: list[str] = []
        page.on("console", self._heard)
        page.on("pageerror", lambda error: self.faults.append(f"page error: {error}"))
        page.on("request", lambda request: self.asked.append(request.url))
        page.on("response", lambda answer: self._answered(answer.status, answer.url))

    def _heard(self, message: Any) -> None:
        if message.type == "error":
            self.faults.append(f"console: {message.text}")

    def _answered(self, status: int, url: str) -> None:
        if status >= 400:
            self.faults.append(f"{status}: {url}")

    def asked_elsewhere(self, home: str) -> list[str]:
        """Returns requested URLs outside the service. A worker's script belongs to the page."""
        own = (f"{home}/", f"blob:{home.removesuffix(PREFIX)}/", "data:")
        return [url for url in self.asked if not url.startswith(own)]


@pytest.fixture
def watched(browser: Browser) -> Iterator[Watched]:
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    context.set_default_timeout(TIMEOUT_MS)
    yield Watched(context.new_page())
    context.close()


def picture(page: Page, name: str) -> None:
    """Takes a screenshot if SCREENSHOTS names a folder."""
    if folder := os.environ.get("SCREENSHOTS"):
        page.screenshot(path=Path(folder) / f"{name}.png")


def operations(home: str) -> set[tuple[str, str]]:
    """Returns the tag and the name of each operation in the API document."""
    paths = httpx.get(f"{home}/openapi.json", timeout=60).json()["paths"].values()
    return {(one["tags"][0], one["operationId"]) for methods in paths for one in methods.values()}


def ids(page: Page, selector: str) -> set[str]:
    return set(page.locator(selector).evaluate_all("all => all.map(one => one.id)"))


def shown_on_the_way_down(page: Page, most: int) -> set[str]:
    """Returns the operations that scroll into view. The interface renders only those near the viewport."""
    expect(page.locator(".opblock:visible").first).to_be_visible(timeout=TIMEOUT_MS)
    page.mouse.move(400, 400)
    found: set[str] = set()
    for _ in range(300):
        found |= ids(page, ".opblock")
        if len(found) >= most:
            break
        page.mouse.wheel(0, 400)
        page.wait_for_timeout(100)
    return found


def test_swagger_ui_shows_every_operation_and_asks_nobody_else(watched: Watched, home: str) -> None:
    page, there = watched.page, operations(home)
    page.goto(f"{home}/docs")
    assert shown_on_the_way_down(page, len(there)) == {f"operations-{tag}-{name}" for tag, name in there}
    expect(page.locator("#state")).to_have_count(0)
    assert page.locator(".servers select").input_value() == home
    picture(page, f"docs{'-prefix' if home.endswith(PREFIX) else ''}")
    assert (watched.faults, watched.asked_elsewhere(home)) == ([], [])


def test_try_it_out_gets_an_answer(watched: Watched, home: str) -> None:
    page = watched.page
    page.goto(f"{home}/docs")
    block = page.locator("#operations-recommendations-list_recommendations")
    block.locator(".opblock-summary-control").click()
    block.get_by_role("button", name="Try it out").click()
    block.locator("tr[data-param-name='limit'] input").fill("2")
    with page.expect_response(re.compile(re.escape(f"{home}/v1/recommendations?"))) as answered:
        block.get_by_role("button", name="Execute").click()
    assert answered.value.status == 200
    assert len(answered.value.json()["items"]) == 2
    live = block.locator(".live-responses-table")
    expect(live.locator("tbody .response-col_status").first).to_have_text(re.compile("200"))
    expect(live).to_contain_text("07BEIJING7192-R001")
    live.scroll_into_view_if_needed()
    picture(page, f"try{'-prefix' if home.endswith(PREFIX) else ''}")
    assert (watched.faults, watched.asked_elsewhere(home)) == ([], [])


def test_redoc_shows_every_operation_and_asks_nobody_else(watched: Watched, home: str) -> None:
    page, there = watched.page, operations(home)
    page.goto(f"{home}/reference")
    expect(page.locator("[id*='/operation/']:visible")).to_have_count(len(there), timeout=TIMEOUT_MS)
    assert ids(page, "[id*='/operation/']") == {f"tag/{tag}/operation/{name}" for tag, name in there}
    expect(page.locator("#state")).to_have_count(0)
    # The logo of the maker is on another host, and so is not shown.
    expect(page.locator("img")).to_have_count(0)
    picture(page, f"reference{'-prefix' if home.endswith(PREFIX) else ''}")
    assert (watched.faults, watched.asked_elsewhere(home)) == ([], [])


def test_redoc_finds_words_and_names_the_server(watched: Watched, home: str) -> None:
    page = watched.page
    page.goto(f"{home}/reference")
    page.get_by_role("textbox").fill("timeline")
    page.get_by_role("search").get_by_role("menuitem", name="Draw Reforms").wait_for()
    section = page.locator("[id='tag/panels/operation/list_panels']")
    section.get_by_role("button", name="/v1/panels").click()
    expect(section).to_contain_text(f"{home}/v1/panels")
    assert (watched.faults, watched.asked_elsewhere(home)) == ([], [])


@pytest.mark.parametrize("path", ["/docs", "/reference"])
def test_a_page_without_its_document_says_so(watched: Watched, base_url: str, path: str) -> None:
    page = watched.page
    page.route("**/openapi.json", lambda route: route.abort())
    page.goto(f"{base_url}{path}")
    expect(page.get_by_role("status")).to_contain_text("cannot be shown")
    assert not [fault for fault in watched.faults if fault.startswith("page error")]


def links(page: Page) -> set[str]:
    found: list[str] = page.locator("a[href]").evaluate_all("all => all.map(one => one.href.split('#')[0])")
    return set(found)


def test_every_link_of_our_pages_leads_somewhere(watched: Watched, home: str) -> None:
    page = watched.page
    found: set[str] = set()
    for path in ("/", "/docs", "/problems", *(f"/problems/{code}" for code in PROBLEMS)):
        page.goto(f"{home}{path}")
        found |= links(page) if path != "/docs" else set()
    assert {f"{home}/", f"{home}/docs", f"{home}/problems/gone", f"{home}/v1/panels"} <= found
    assert [url for url in found if httpx.get(url).status_code != 200] == []
    assert (watched.faults, watched.asked_elsewhere(home)) == ([], [])


def test_the_type_of_a_problem_leads_to_its_page(watched: Watched, home: str) -> None:
    problem = httpx.get(f"{home}/v1/recommendations", params={"tarjet": "embassy"}).json()
    page = watched.page
    page.goto(str(httpx.URL(home).join(problem["type"])))
    expect(page.get_by_role("heading", level=1)).to_have_text(problem["title"])
    shown = json.loads(page.locator("pre").inner_text())
    assert shown | {"trace_id": ""} == problem | {"trace_id": ""}
    picture(page, f"problem{'-prefix' if home.endswith(PREFIX) else ''}")
    assert watched.faults == []


def violations(page: Page, *, context: str | None = None) -> dict[str, int]:
    """Returns axe-core's violations of WCAG 2.1 A and AA in the page or a selector: number of elements by rule."""
    found = Axe().run(page, context=context, options=WCAG).response["violations"]
    return {rule["id"]: len(rule["nodes"]) for rule in found}


@pytest.mark.parametrize("width", [1280, 360])
def test_our_pages_are_accessible(watched: Watched, base_url: str, width: int) -> None:
    page = watched.page
    page.set_viewport_size({"width": width, "height": 900})
    for path in ("/", "/problems", *(f"/problems/{code}" for code in PROBLEMS)):
        page.goto(f"{base_url}{path}")
        assert violations(page) == {}, path
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), f"{path} is too wide"
        if path in {"/", "/problems"}:
            picture(page, f"own{path.replace('/', '-')}{width}")


@pytest.mark.parametrize(("path", "whole"), [("/docs", ".opblock"), ("/reference", "[id*='/operation/']")])
def test_our_header_of_the_api_pages_is_accessible(watched: Watched, base_url: str, path: str, whole: str) -> None:
    """We cannot change the markup of Swagger UI and Redoc. axe-core needs most of a minute for Redoc's."""
    page = watched.page
    page.goto(f"{base_url}{path}")
    page.locator(whole).first.wait_for()
    assert violations(page, context="header.top") == {}
