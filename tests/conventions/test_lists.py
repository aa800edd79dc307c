"""List endpoints, found in the API document: limits, cursors that visit each row once, and ETags."""

import base64
import re
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import Engine, text

from app.audit_api.routes import router as audit
from app.auth.routes import router as keys
from app.cables.routes import router as cables
from app.drafts.routes import all_drafts
from app.facets.routes import router as words
from app.followup.routes.actions import router as actions
from app.panels.routes import router as panels
from app.parties.routes import router as parties
from app.recommendations.routes import router as recommendations
from app.reforms.routes import router as reforms
from app.search.routes import router as search
from app.statistics.routes import router as statistics
from tests.conftest import CABLE, IN_PATHS, openapi_document, walk, with_required_params
from tests.fixtures.clients import an_ask
from tests.fixtures.common_data import HANOI

LISTS = [
    path
    for path, operations in openapi_document()["paths"].items()
    if any(one["name"] == "cursor" for one in operations.get("get", {}).get("parameters", []))
]
PATHS = [path.format(**IN_PATHS) for path in LISTS]
SORTED = [("/v1/audit", "id"), ("/v1/audit", "-id")]
SORTED += [("/v1/recommendations", word) for word in ("id", "-id", "updated_at", "-updated_at")]
SORTED += [("/v1/actions", word) for word in ("id", "-id", "due", "-due")]
SORTED += [(path, word) for path in ("/v1/events", "/v1/reforms/patent-law/events") for word in ("date", "-date")]


def key(item: dict[str, Any]) -> str:
    named = item.get("id") or item.get("slug") or item.get("label")
    return str(named or [item["hour"], item["caller"], item["operation"]])


@pytest.fixture(scope="module", autouse=True)
def _checkpoints(client: httpx.Client) -> None:
    """Creates two checkpoints, which also add audit entries, and two drafts."""
    for number in range(2):
        assert client.post("/v1/audit/checkpoints", json={}).status_code == 201
        draft = client.post("/v1/recommendations", json=an_ask(text=f"It is asked by a draft, number {number}."))
        assert draft.status_code in {201, 409}, draft.text


def test_every_list_endpoint_is_found() -> None:
    assert len(LISTS) == 23


@pytest.mark.parametrize("path", PATHS)
def test_walking_the_cursors_visits_each_row_once(client: httpx.Client, path: str) -> None:
    whole = walk(client, path, limit=200)
    assert whole
    for limit in (1, 50) if len(whole) < 20 else (13, 50):
        assert walk(client, path, limit=limit) == whole
    assert len({key(item) for item in whole}) == len(whole)


@pytest.mark.parametrize(("path", "word"), SORTED)
def test_each_sort_is_total(client: httpx.Client, path: str, word: str) -> None:
    whole = walk(client, path, limit=200, sort=word)
    assert walk(client, path, limit=13, sort=word) == whole
    assert len({key(item) for item in whole}) == len(whole)


@pytest.mark.parametrize("path", PATHS)
def test_total_is_null_unless_asked_for(client: httpx.Client, path: str) -> None:
    page = client.get(path, params=with_required_params(path, limit=1)).json()
    assert page["total"] is None
    counted = client.get(path, params=with_required_params(path, limit=1, include="total")).json()
    assert counted["total"] == len(walk(client, path, limit=200))


@pytest.mark.parametrize("path", PATHS)
def test_the_link_leads_to_the_next_page(client: httpx.Client, path: str) -> None:
    first = client.get(path, params=with_required_params(path, limit=1))
    if first.json()["next_cursor"] is None:
        assert "link" not in first.headers
        return
    address, relation = first.headers["link"].split(";")
    assert relation.strip() == 'rel="next"'
    both = client.get(path, params=with_required_params(path, limit=2)).json()["items"]
    assert client.get(address.strip("<>")).json()["items"] == both[1:]


@pytest.mark.parametrize("path", PATHS)
def test_unchanged_is_304_by_the_tag(client: httpx.Client, path: str) -> None:
    first = client.get(path, params=with_required_params(path))
    tag = first.headers["etag"]
    assert tag.startswith('"')
    for named in (tag, f"W/{tag}", f'"other", {tag}', "*"):
        again = client.get(path, params=with_required_params(path), headers={"If-None-Match": named})
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)
    other = client.get(path, params=with_required_params(path), headers={"If-None-Match": '"other"'})
    assert other.status_code == 200
    assert first.headers["cache-control"] == "private, no-cache"
    assert first.headers["vary"] == "Authorization, Accept-Encoding"


def _cursor(client: httpx.Client, **params: Any) -> str:
    return str(client.get("/v1/recommendations", params={"limit": 1, **params}).json()["next_cursor"])


def test_a_cursor_fits_only_its_filters_and_order(client: httpx.Client) -> None:
    cursor = _cursor(client, target="usg")
    fits = client.get("/v1/recommendations", params={"target": "usg", "cursor": cursor, "limit": 9})
    assert fits.status_code == 200
    for params in ({"target": "china"}, {}, {"target": "usg", "sort": "-id"}, {"target": ["usg", "china"]}):
        answer = client.get("/v1/recommendations", params={**params, "cursor": cursor})
        assert (answer.status_code, answer.json()["code"]) == (422, "invalid-cursor")
    for path in PATHS:
        if path not in {"/v1/recommendations", "/v1/search"}:
            assert client.get(path, params={"cursor": cursor}).json()["code"] == "invalid-cursor", path
    word = client.get("/v1/targets", params={"limit": 1}).json()["next_cursor"]
    assert client.get("/v1/topics", params={"cursor": word}).json()["code"] == "invalid-cursor"


PARENTS = {
    "/v1/cables/{cable_id}/paragraphs": (CABLE, HANOI),
    "/v1/reforms/{slug}/events": ("patent-law", "trademark-law"),
}
"""Two parents for each list that has one."""


def test_every_list_of_a_parent_is_found() -> None:
    assert set(PARENTS) == {path for path in LISTS if "{" in path}


@pytest.mark.parametrize("path", PARENTS)
def test_a_cursor_fits_only_the_list_of_its_parent(client: httpx.Client, path: str) -> None:
    lists = [re.sub("{.*}", parent, path) for parent in PARENTS[path]]
    for own, other in (lists, reversed(lists)):
        cursor = client.get(own, params={"limit": 1}).json()["next_cursor"]
        assert client.get(own, params={"cursor": cursor}).json()["items"]
        answer = client.get(other, params={"cursor": cursor})
        assert (answer.status_code, answer.json()["code"]) == (422, "invalid-cursor")


def test_a_cursor_that_is_not_ours_is_refused(client: httpx.Client) -> None:
    ours = _cursor(client)
    opened = base64.urlsafe_b64decode(ours + "=" * (-len(ours) % 4))
    forged = base64.urlsafe_b64encode(opened[:-1] + b"9").decode()
    for cursor in ("x", "%%%", "AAAA", forged, ours[:-2], ours + "zz", "é", ">i~1"):
        answer = client.get("/v1/recommendations", params={"cursor": cursor})
        assert (answer.status_code, answer.json()["code"]) == (422, "invalid-cursor"), cursor


def counts_of_embassy(client: httpx.Client) -> list[int]:
    """Returns each count that contains recommendation 3."""
    targets = {one["id"]: one["recommendation_count"] for one in walk(client, "/v1/targets")}
    panel = client.get("/v1/panels/07BEIJING7192-P1").json()
    return [
        client.get("/v1/recommendations", params={"include": "total"}).json()["total"],
        targets["embassy"],
        next(one["count"] for one in panel["recommendations_by_target"] if one["target"] == "embassy"),
        client.get("/v1/cables/07BEIJING7192/paragraphs/5").json()["recommendation_count"],
        client.get("/v1/people/jeremie-waterman").json()["recommendation_count"],
    ]


@pytest.mark.parametrize("state", ["draft", "in_review", "returned", "withdrawn"])
def test_unpublished_records_never_leak(scratch_client: httpx.Client, scratch_engine: Engine, state: str) -> None:
    hidden = "07BEIJING7192-R003"
    before = counts_of_embassy(scratch_client)
    with scratch_engine.begin() as connection:
        connection.execute(
            text("UPDATE recommendations SET publication = :state WHERE id = :id"), {"state": state, "id": hidden}
        )
    single = scratch_client.get(f"/v1/recommendations/{hidden}")
    assert single.status_code == (410 if state == "withdrawn" else 404)
    assert hidden not in [one["id"] for one in walk(scratch_client, "/v1/recommendations", limit=200)]
    assert hidden not in str(scratch_client.get("/v1/recommendations/07BEIJING7192-R047").json()["related"])
    assert counts_of_embassy(scratch_client) == [count - 1 for count in before]


def test_the_application_answers_with_the_shapes_of_its_document(client: httpx.Client, app: FastAPI) -> None:
    """PostgreSQL writes the responses. This test validates each against the schema of the API document."""
    models = {route.path: route.response_model for route in _routes(app) if "GET" in route.methods}
    for path in (one.removeprefix("/v1") for one in LISTS):
        asked = with_required_params(f"/v1{path}", limit=200, include="total")
        page = client.get(f"/v1{path}".format(**IN_PATHS), params=asked)
        models[path].model_validate_json(page.content, strict=True)
        single = next((one for one in models if one.startswith(f"{path}/{{")), None)
        for item in page.json()["items"] if single else []:
            address = f"/v1{path}/{key(item)}".format(**IN_PATHS)
            answer = client.get(address)
            models[single].model_validate_json(answer.content, strict=True)
            assert answer.json() | item == answer.json()


def _routes(app: FastAPI) -> list[Any]:
    assert app.routes
    return [
        route
        for router in (
            actions,
            cables,
            keys,
            audit,
            all_drafts,
            panels,
            parties,
            recommendations,
            reforms,
            search,
            statistics,
            words,
        )
        for route in router.routes
    ]
