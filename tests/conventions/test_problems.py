"""Problem documents: every error, also of the framework, has the same form and advises the client."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from tests.conftest import IN_PATHS

MEMBERS = {"type", "title", "status", "detail", "instance", "code", "errors", "trace_id"}


def problem(answer: httpx.Response, status: int, code: str) -> dict[str, Any]:
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    body: dict[str, Any] = answer.json()
    assert set(body) == MEMBERS
    assert (body["status"], body["code"], body["type"]) == (status, code, f"/problems/{code}")
    assert body["trace_id"] == answer.headers["x-request-id"]
    return body


def get_routes(app: FastAPI) -> Iterator[str]:
    for path, operations in app.openapi()["paths"].items():
        if "get" in operations:
            yield path


def test_unknown_address(client: httpx.Client) -> None:
    problem(client.get("/v1/nothing"), 404, "not-found")
    problem(client.get("/v1/recommendations/"), 404, "not-found")


def test_method_not_allowed_keeps_the_allow_header(client: httpx.Client) -> None:
    answer = client.put("/v1/recommendations")
    problem(answer, 405, "method-not-allowed")
    assert "GET" in answer.headers["allow"]


def test_every_route_refuses_an_unknown_parameter(client: httpx.Client, app: FastAPI) -> None:
    for path in get_routes(app):
        answer = client.get(path.format(**IN_PATHS), params={"limt": "1"})
        body = problem(answer, 422, "invalid-request")
        assert body["errors"][0]["parameter"] == "limt"
        taken = {one["name"] for one in app.openapi()["paths"][path]["get"].get("parameters", [])}
        if "limit" in taken:
            assert "limit" in body["errors"][0]["message"]


@pytest.mark.parametrize(
    ("query", "parameter"),
    [
        ("tarjet=embassy", "tarjet"),
        ("target=moon", "target"),
        ("target=embassy&target=moon", "target"),
        ("limit=0", "limit"),
        ("limit=201", "limit"),
        ("limit=9223372036854775808", "limit"),
        ("limit=ten", "limit"),
        ("limit=5&limit=6", "limit"),
        ("panel=0", "panel"),
        ("panel=one", "panel"),
        ("continuing=perhaps", "continuing"),
        ("q=%00", "q"),
        ("q=a%0Ab", "q"),
        ("body=%00", "body"),
        ("sort=newest", "sort"),
        ("include=everything", "include"),
        ("q=" + "x" * 513, "q"),
    ],
)
def test_a_value_that_does_not_fit_is_named(client: httpx.Client, query: str, parameter: str) -> None:
    body = problem(client.get(f"/v1/recommendations?{query}"), 422, "invalid-request")
    assert body["errors"][0]["parameter"] == parameter


def test_a_closed_list_names_its_words(client: httpx.Client) -> None:
    body = problem(client.get("/v1/recommendations?target=moon"), 422, "invalid-request")
    assert "known are china, embassy, industry, usg" in body["errors"][0]["message"]


def test_too_many_tags_are_refused(client: httpx.Client) -> None:
    unchanged = client.get("/v1/panels", headers={"If-None-Match": '"x", ' * 800 + "*"})
    assert unchanged.status_code == 304
    body = problem(client.get("/v1/panels", headers={"If-None-Match": '"x", ' * 900 + "*"}), 422, "invalid-request")
    assert body["errors"][0]["parameter"] == "If-None-Match"


def test_echoed_input_is_printable(client: httpx.Client) -> None:
    body = problem(client.get("/v1/recommendations?%E2%80%AEx%0D%0Ay=1"), 422, "invalid-request")
    assert body["errors"][0]["parameter"].isprintable()


def test_the_callers_id_comes_back(client: httpx.Client) -> None:
    answer = client.get("/v1/panels/none", headers={"X-Request-Id": "memo-7.a"})
    assert problem(answer, 404, "not-found")["trace_id"] == "memo-7.a"
    traced = client.get(
        "/v1/panels", headers={"traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"}
    )
    assert traced.headers["x-request-id"] == "0af7651916cd43dd8448eb211c80319c"
    forged = client.get("/v1/panels", headers={"X-Request-Id": "a b\tc"})
    assert forged.headers["x-request-id"] != "a b\tc"
