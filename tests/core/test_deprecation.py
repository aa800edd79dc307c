"""Deprecation headers. No endpoint is deprecated today, so these tests define their own."""

from collections.abc import Iterator
from datetime import date
from typing import Annotated, Any

import httpx
import pytest
from fastapi import FastAPI
from fastapi import Query as Parameters
from pydantic import Field
from starlette.responses import Response

from app.core.schemas import Query
from app.http.deprecation import Deprecation
from app.http.openapi.document import openapi_of
from app.http.problems import add_problem_handlers
from app.http.routing import Router
from app.main import EXAMPLES
from tests.conftest import serving

LEAVING = Deprecation(since=date(2026, 11, 1), sunset=date(2027, 5, 1), link="https://register.example/changes")
UNDATED = Deprecation(since=date(2026, 11, 1), link="/changes")


class SeatQuery(Query):
    row: Annotated[str, Field(description="A row.")] = ""
    rank: Annotated[list[str], UNDATED, Field(description="A rank.")] = []


@pytest.fixture(scope="module")
def app() -> FastAPI:
    router = Router(prefix="/seats", tag="seats")

    @router.get("/old")
    @LEAVING
    async def list_old_seats() -> Response:
        """Old form of the seats."""
        return Response("seats")

    @router.get("/new")
    async def list_seats(query: Annotated[SeatQuery, Parameters()]) -> Response:
        """Seats."""
        answer = Response(query.row)
        answer.headers["Link"] = '</seats/new?row=2>; rel="next"'
        return answer

    made = FastAPI(title="Seats", version="1")
    made.include_router(router, prefix="/v1")
    add_problem_handlers(made)
    return made


@pytest.fixture(scope="module")
def http(app: FastAPI) -> Iterator[httpx.Client]:
    with serving(app) as address, httpx.Client(base_url=f"{address}/v1/seats") as client:
        yield client


def test_an_address_that_leaves_says_since_when_until_when_and_why(http: httpx.Client) -> None:
    first = http.get("/old")
    assert first.headers["deprecation"] == "@1793491200"
    assert first.headers["sunset"] == "Sat, 01 May 2027 00:00:00 GMT"
    assert first.headers["link"] == '<https://register.example/changes>; rel="deprecation"; type="text/html"'


def test_a_deprecated_parameter_is_announced_when_it_is_used(http: httpx.Client) -> None:
    used = http.get("/new?rank=1")
    assert used.headers["deprecation"] == "@1793491200"
    assert "sunset" not in used.headers
    assert used.headers.get_list("link") == [
        '</seats/new?row=2>; rel="next"',
        '</changes>; rel="deprecation"; type="text/html"',
    ]
    assert "deprecation" not in http.get("/new?row=1").headers


def test_the_document_marks_both(app: FastAPI) -> None:
    paths: dict[str, Any] = openapi_of(app, examples=EXAMPLES)["paths"]
    assert paths["/v1/seats/old"]["get"]["deprecated"] is True
    listed = paths["/v1/seats/new"]["get"]
    assert "deprecated" not in listed
    marked = {one["name"]: one.get("deprecated", False) for one in listed["parameters"] if one["in"] == "query"}
    assert marked == {"row": False, "rank": True}
    assert not any("deprecated" in one["schema"] for one in listed["parameters"])
