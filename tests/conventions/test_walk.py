"""Walk of a request through the files of `app/`: few calls between them, and one authentication."""

import os
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.routing import iter_route_contexts

from app.http.middleware.concurrency_limit import UNLIMITED
from app.http.routing import RoleRequirement
from app.main import PUBLIC
from benchmarks.walk import AUTHENTICATIONS, LIMITS, Walk, report, walks

DOCUMENT = Path(__file__).parents[2] / "docs/architecture.md"
SHOWN = re.compile(r"(?<=<!-- bench walk -->\n```\n).*?(?=```\n)", re.DOTALL)


@pytest.fixture(scope="module")
def found(copy_database: Callable[[str], str]) -> dict[str, Walk]:
    return walks(copy_database("walk"))


def test_a_request_takes_few_calls_between_files_and_one_authentication(found: dict[str, Walk]) -> None:
    assert {title: walk.status for title, walk in found.items()} == {
        "a list": 200,
        "a cached response": 200,
        "a refusal": 401,
        "a probe": 200,
    }
    for title, walk in found.items():
        assert 0 < len(walk.calls) <= LIMITS[title], report({title: walk})
        assert walk.authentications == AUTHENTICATIONS[title], title


def test_the_documentation_shows_the_walk(found: dict[str, Walk]) -> None:
    """REWRITE_EXAMPLES=1 writes it."""
    text = DOCUMENT.read_text(encoding="utf-8")
    shown = SHOWN.search(text)
    assert shown is not None
    if os.environ.get("REWRITE_EXAMPLES"):
        DOCUMENT.write_text(SHOWN.sub(lambda _: report(found), text), encoding="utf-8")
    else:
        assert shown[0] == report(found)


def test_exactly_the_routes_without_a_role_are_public(app: FastAPI) -> None:
    for route in iter_route_contexts(app.routes):
        path = str(route.path)
        needs = [one for one in route.dependencies if isinstance(one.dependency, RoleRequirement)]
        is_public = path in UNLIMITED or path[1:].partition("/")[0] in PUBLIC
        assert is_public == (not needs), path
