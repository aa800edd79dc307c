"""Pages in a Chromium with a warm cache: later visits look like the first one."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, Response, sync_playwright

from tests.e2e.conftest import Found
from tests.e2e.test_pages import OPTIONS, TIMEOUT_MS, Watched

SHOWN = {
    "/": "main h1",
    "/docs": ".opblock",
    "/reference": "[id*='/operation/']",
    "/problems": "main h1",
    "/problems/not-found": "main h1",
}
"""Selector of an element that each page shows once it has loaded."""


@pytest.fixture(scope="module")
def profile(program: Found, tmp_path_factory: pytest.TempPathFactory) -> Iterator[BrowserContext]:
    """One browser profile, whose cache outlives a page."""
    folder: Path = tmp_path_factory.mktemp("profile")
    with sync_playwright() as playwright:
        path = program("chromium", package="chromium")
        context = playwright.chromium.launch_persistent_context(folder, executable_path=path, args=OPTIONS)
        context.set_default_timeout(TIMEOUT_MS)
        yield context
        context.close()


def look(page: Page, path: str) -> tuple[str, str, int]:
    """Returns font and color of the page, and the number of its own rules and images."""
    page.locator(SHOWN[path]).first.wait_for()
    font, color = page.evaluate("(({fontFamily, color}) => [fontFamily, color])(getComputedStyle(document.body))")
    rules = page.evaluate("[...document.styleSheets].filter(one => one.href && one.cssRules.length > 0).length")
    return font, color, rules


@pytest.mark.parametrize("path", SHOWN)
def test_a_page_looks_the_same_at_each_visit(profile: BrowserContext, base_url: str, path: str) -> None:
    statuses: list[int] = []

    def note(answer: Response) -> None:
        if answer.url == f"{base_url}{path}":
            statuses.append(answer.status)

    looks = []
    for _ in range(2):
        watched = Watched(profile.new_page())
        page = watched.page
        page.on("response", note)
        page.goto(f"{base_url}{path}")
        looks.append(look(page, path))
        page.reload()
        looks.append(look(page, path))
        page.goto(f"{base_url}/healthz/live")
        page.go_back()
        looks.append(look(page, path))
        assert watched.faults == []
        page.close()
    assert len(looks) == 6
    assert set(looks) == {looks[0]}
    assert looks[0][2] > 0
    assert len(statuses) >= 4
