"""Strict parsing of every value, and error messages in our words that name what is accepted."""

import json
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from fastapi import FastAPI
from pydantic import TypeAdapter, ValidationError

from app.core.schemas import InputUrl
from tests.conftest import IN_PATHS, with_required_params
from tests.fixtures.wording import FOREIGN

WHOLE = ["5_0", "5.0", "+5", " 5", "5 ", "05", "５", "٥", "0x5", "5e0", "1e1", "", "five", "true", "5,6", "--5"]  # noqa: RUF001 - digits of other scripts
TRUTH = ["yes", "no", "1", "0", "on", "off", "True", "TRUE", "t", "y", "", " true", "null"]
VALUES: list[Any] = [
    None,
    "",
    " x",
    "x\n",
    "no such thing",
    5,
    -1,
    1.5,
    10**20,
    True,
    [],
    [5],
    ["x"],
    [None],
    {},
    {"x": 1},
]
VALUES += ["x" * 5_000, "2007-02-30"]
"""Values tried for every member of a body, whatever its type."""


def queried(app: FastAPI) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yields each query parameter, once per declaration: the path with its required parameters, and the parameter."""
    met = set()
    for path, methods in app.openapi()["paths"].items():
        for one in methods.get("get", {}).get("parameters", []):
            declared = json.dumps([one["name"], one["schema"].get("items", one["schema"]).get("type")])
            if one["in"] == "query" and declared not in met:
                met.add(declared)
                needed = "&".join(
                    f"{key}={value}" for key, value in with_required_params(path).items() if key != one["name"]
                )
                yield f"{path.format(**IN_PATHS)}?{needed}&", one


def kind_of(parameter: dict[str, Any]) -> str:
    schema = parameter["schema"]
    return str(schema.get("items", schema)["type"])


@pytest.mark.parametrize(
    ("kind", "values", "words"), [("integer", WHOLE, "a whole number"), ("boolean", TRUTH, "true or false")]
)
def test_numbers_and_booleans_are_spelled_as_in_json(
    client: httpx.Client, app: FastAPI, kind: str, values: list[str], words: str
) -> None:
    met = 0
    for address, parameter in queried(app):
        if kind_of(parameter) == kind:
            for value in values:
                answer = client.get(
                    address, params={**dict(httpx.QueryParams(address.partition("?")[2])), parameter["name"]: value}
                )
                assert answer.status_code == 422, (address, parameter["name"], value)
                fault = answer.json()["errors"][0]
                assert fault["parameter"] == parameter["name"]
                assert f"must be {words}" in fault["message"], (address, value, fault)
                assert "such as" in fault["message"]
                met += 1
    assert met >= len(values)


def test_a_number_in_a_path_is_spelled_one_way(client: httpx.Client) -> None:
    assert client.get("/v1/audit/checkpoints/1_0").status_code == 404
    for value in ("01", "+1", "1.0", "%EF%BC%91", "%201"):
        answer = client.get(f"/v1/audit/checkpoints/{value}")
        assert (answer.status_code, answer.json()["detail"][:9]) == (404, "This path"), value


def cases(word: str) -> list[str]:
    return [word.upper(), word.capitalize(), word.replace("_", "-"), word.replace("_", " ").title()]


def test_words_of_closed_lists_are_read_in_any_case(client: httpx.Client, app: FastAPI) -> None:
    """Enum values are case-insensitive, and a cursor of one spelling is valid for the other."""
    met = 0
    for address, parameter in queried(app):
        words = parameter["schema"].get("items", parameter["schema"]).get("x-extensible-enum", [])
        for word in words[:3]:
            asked = dict(httpx.QueryParams(address.partition("?")[2]))
            plain = client.get(address, params=asked | {parameter["name"]: word})
            for way in cases(word):
                answer = client.get(address, params=asked | {parameter["name"]: way})
                assert answer.status_code == plain.status_code, (address, parameter["name"], way, answer.text)
                if plain.headers["content-type"] == "application/json":
                    assert answer.json() == plain.json(), (address, way)
                met += 1
    assert met > 100
    page = client.get("/v1/recommendations", params={"target": "Embassy", "limit": 1}).json()
    next_page = {"target": "embassy", "limit": 1, "cursor": page["next_cursor"]}
    assert client.get("/v1/recommendations", params=next_page).status_code == 200


def error_messages(answer: httpx.Response) -> list[str]:
    if answer.is_success or answer.status_code == 304:
        return []
    body = answer.json()
    assert len(body["errors"]) <= 100
    return [body["detail"], *(one["message"] for one in body["errors"])]


def test_query_validation_errors_have_our_wording(client: httpx.Client, app: FastAPI) -> None:
    """`test_bad_input` checks the wording for its corpus."""
    faults = []
    for address, parameter in queried(app):
        for value in [*WHOLE, *TRUTH, "x" * 300]:
            answer = client.get(f"{address}{parameter['name']}={value}")
            faults += [f"{answer.url}: {one}" for one in error_messages(answer) if FOREIGN.search(one)]
    assert not faults, "\n".join(faults[:40])


def free_texts(app: FastAPI) -> Iterator[tuple[str, str]]:
    """Yields each parameter that takes any text: the path, and the name of the parameter."""
    for path, methods in app.openapi()["paths"].items():
        for one in methods.get("get", {}).get("parameters", []):
            schema = one["schema"].get("items", one["schema"])
            if one["in"] == "query" and schema.get("maxLength", 0) >= 200 and one["name"] not in {"cursor", "since"}:
                yield path, one["name"]


def test_a_text_that_is_empty_or_not_utf_8_is_refused(client: httpx.Client, app: FastAPI) -> None:
    met = set()
    for path, name in free_texts(app):
        others = {key: value for key, value in with_required_params(path).items() if key != name}
        for value in ("", "customs%FF", "%ED%A0%80", "caf%E9"):
            answer = client.get(f"{path.format(**IN_PATHS)}?{httpx.QueryParams(others)}&{name}={value}")
            assert answer.status_code == 422, (path, name, value)
            if value or path != "/v1/search":
                assert answer.json()["errors"][0]["parameter"] == name, (path, name, value)
        met.add((path, name))
    assert {("/v1/recommendations", "q"), ("/v1/summary", "q"), ("/v1/exports/recommendations.csv", "q")} <= met
    assert len({name for _, name in met}) > 10


def bodies(app: FastAPI) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Yields each request schema, with one endpoint that accepts it."""
    document, met = app.openapi(), set()
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            for media in operation.get("requestBody", {}).get("content", {}).values():
                name = json.dumps(media["schema"]).rpartition("/schemas/")[2].partition('"')[0]
                if name not in met:
                    met.add(name)
                    yield method, path.format(**IN_PATHS), document["components"]["schemas"][name]


def test_body_validation_errors_have_our_wording(client: httpx.Client, app: FastAPI) -> None:
    faults, shapes = [], 0
    for method, address, schema in bodies(app):
        shapes += 1
        sent = [{}, [], "x", 5, None, {"no_such_member": 1}]
        sent += [dict.fromkeys(schema["properties"], value) for value in VALUES]
        # More errors than a response lists, so each member is sent alone.
        sent += [{name: ["x"] * 300} for name in schema["properties"]]
        for body in sent:
            # An ETag that no version has, so that nothing changes even if the body is valid.
            answer = client.request(method, address, json=body, headers={"If-Match": '"none"'})
            assert answer.status_code in {201, 400, 404, 409, 410, 412, 422}, (address, body, answer.text)
            faults += [f"{address} {str(body)[:80]}: {one}" for one in error_messages(answer) if FOREIGN.search(one)]
    assert not faults, "\n".join([str(len(faults)), *faults[:40]])
    assert shapes > 15


LAX: dict[str, list[Any]] = {
    "integer": ["5", True, "5.0", 5.5, [5]],
    "number": ["5", True, [5], "1e3"],
    "boolean": ["true", 1, 0, "yes", [True]],
    "string": [5, True, ["x"], {}],
}
"""Values that resemble a type but are not valid."""


def test_a_member_of_a_body_is_of_the_type_that_json_has_for_it(client: httpx.Client, app: FastAPI) -> None:
    met: set[str] = set()
    for method, address, schema in bodies(app):
        for name, member in schema["properties"].items():
            kinds = member.get("type", [])
            kind = next((one for one in LAX if one in kinds), None) if "$ref" not in member else None
            for value in LAX[kind] if kind else []:
                answer = client.request(method, address, json={name: value}, headers={"If-Match": '"none"'})
                assert answer.status_code == 422, (address, name, value, answer.text)
                assert f"/{name}" in {one["pointer"] for one in answer.json()["errors"]}, (address, name, value)
                met.add(str(kind))
    assert met == set(LAX)


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("recommendations?limt=1", "the nearest known one is limit"),
        ("recommendations?page=2", "`cursor`"),
        ("recommendations?offset=50", "`cursor`"),
        ("recommendations?start=50", "`cursor`"),
        ("recommendations?skip=50", "`cursor`"),
        ("recommendations?per_page=50", "`limit`"),
        ("recommendations?fields=id", "known are "),
        ("panels?zzz=1", "known are cable, roundtable, person, organization, limit"),
        ("panels/07BEIJING7192-P1?zzz=1", "takes no parameters"),
        ("recommendations?target=embasy", "the nearest known one is embassy"),
        ("recommendations?target=embassy,usg", "target=embassy&target=usg"),
        ("recommendations?target=Embassy,USG", "target=embassy&target=usg"),
        ("recommendations?sort=updated", "the nearest known one is updated_at;"),
        ("recommendations?sort=-updated", "the nearest known one is -updated_at;"),
        ("recommendations?state=open", "the nearest known ones are open_resolved, open_unresolved;"),
        ("recommendations?target=moon", "known are china, embassy, industry, usg"),
        ("recommendations?addressee=U.S.%20Trade%20Rep", "us-trade-representative"),
        ("recommendations?limit=201", "must be 200 or less"),
        ("recommendations?limit=0", "must be 1 or more"),
        ("recommendations?limit=99999999999999999999999999999999999999", "must be 200 or less"),
        ("changes?since=2026-11-20", "updated_since"),
    ],
)
def test_an_error_suggests_the_nearest_name(client: httpx.Client, address: str, words: str) -> None:
    answer = client.get(f"/v1/{address}")
    assert answer.status_code == 422
    assert words in answer.json()["detail"]
    assert len(answer.json()["detail"]) < 600, "a wall of names helps nobody"


@pytest.mark.parametrize(
    ("name", "not_near"), [("fields", "id"), ("page", "panel"), ("offset", "proposer"), ("x", "q")]
)
def test_distant_names_are_not_suggested(client: httpx.Client, name: str, not_near: str) -> None:
    detail = client.get(f"/v1/recommendations?{name}=1").json()["detail"]
    assert f"nearest known one is {not_near}" not in detail


@pytest.mark.parametrize(
    ("address", "meant"),
    [
        ("/v1/recommendations/", "/v1/recommendations."),
        ("/recommendations", "/v1/recommendations."),
        ("/recommendations/", "/v1/recommendations."),
        ("/V1/Recommendations", "/v1/recommendations."),
        ("/v1/recomendations", "/v1/recommendations."),
        ("/v1/recommendations/07beijing7192-r028", "/v1/recommendations/07BEIJING7192-R028."),
        ("/v1/people/Jack-Chang", "/v1/people/jack-chang."),
        ("/v1/cables/07beijing7192/paragraphs/5", "/v1/cables/07BEIJING7192/paragraphs/5."),
        ("/v1/feeds/targets/Embassy.atom", "/v1/feeds/targets/embassy.atom."),
        ("/Docs", "/docs."),
    ],
)
def test_an_address_that_is_not_there_leads_to_the_likely_one(client: httpx.Client, address: str, meant: str) -> None:
    answer = client.get(address)
    assert answer.status_code == 404
    assert f"Perhaps you mean {meant}" in answer.json()["detail"]


@pytest.mark.parametrize(
    "address",
    [
        "/v1/xyzzy",
        "/wp-admin.php",
        "/v1/recommendations/R028",
        "/v1/panels/x/y/z",
        "/v1/organizations/QBPC",
        "/v1/recommendations/07beijing7192-r999",
        "/v1/recommendations/07BEIJING7192-R999/",
        "/v1/admin/keys/4F2A9C01D7EF",
    ],
)
def test_no_path_is_suggested_without_a_near_match(client: httpx.Client, address: str) -> None:
    answer = client.get(address)
    assert answer.status_code == 404
    assert "Perhaps" not in answer.json()["detail"]


def test_a_misspelled_member_leads_to_the_nearest(client: httpx.Client) -> None:
    sent = {"title": "A", "recommendations": ["07BEIJING7192-R001"], "body": "CBP", "due_date": "2008-06"}
    problem = client.post("/v1/actions", json=sent).json()
    fault = next(one for one in problem["errors"] if one["pointer"] == "/due_date")
    assert "the nearest known one is due" in fault["message"]
    inside = {"value": "noted", "source": {"citation": {"cable": "x"}}}
    at = f"/v1/recommendations/{IN_PATHS['recommendation_id']}/position"
    problem = client.put(at, json=inside, headers={"If-Match": '"x"'}).json()
    fault = next(one for one in problem["errors"] if one["pointer"] == "/source/citation/cable")
    assert "cable_id" in fault["message"]
    assert f"; and {len(problem['errors']) - 1} more errors" in problem["detail"]


def test_many_faults_are_counted_and_not_all_named(client: httpx.Client) -> None:
    problem = client.post("/v1/actions", json={f"member_{number}": 1 for number in range(150)}).json()
    assert len(problem["errors"]) == 100
    assert re.search(r"5[0-9] more errors are not listed", problem["errors"][-1]["message"])
    assert {one["pointer"] for one in problem["errors"][:99]} >= {"/title", "/member_0"}


@pytest.mark.parametrize(
    "body",
    [
        {f"m{number}": 1 for number in range(60_000)},
        {"recommendations": [5] * 200_000},
        {"recommendations": [{f"m{n}": 1 for n in range(150)}] * 400},
        {"title": {f"m{number}": 1 for number in range(60_000)}},
    ],
    ids=["members", "items", "members of items", "members inside"],
)
def test_a_body_with_many_errors_gets_a_short_response(client: httpx.Client, body: dict[str, Any]) -> None:
    answer = client.post("/v1/actions", content=json.dumps(body), headers={"Content-Type": "application/json"})
    assert answer.status_code == 422
    assert len(answer.json()["errors"]) <= 100
    assert len(answer.content) < 50_000


WEB_PAGES = [
    "https://www.example.gov/a",
    "http://example.gov",
    "https://a.b-c.example:8080/x?y[]=1#z",
    "https://example.gov?x=1",
    "https://xn--bcher-kva.example./%C3%BC",
    "https://localhost/",
]
NO_WEB_PAGES = [
    "https://[::1",
    "https://[::1]/",
    "https://[x]/a",
    "https:///path",
    "https://:80/",
    "https://?x=12",
    "https://#abc",
    "https://user@evil.example/",
    "https://www.example.gov@evil.example/",
    "https://www.example.gov\\@evil.example/",
    "https://www.example.gov:99999/",
    "https://www.example.gov:x/",
    "https://www..example.gov/",
    "https://.example.gov/",
    "https://-a.example/",
    "https://999.1.1.1/",
    "https://0x7f.1/abc",
    "https://example.gov|a/",
    "https://exa%6dple.gov/",
    "https://example.gov/\u00fc",
    "HTTPS://example.gov/",
    "javascript:alert(1)//",
    f"https://{'a' * 64}.example/",
]


def test_the_url_of_a_page_names_a_host() -> None:
    url = TypeAdapter(InputUrl)
    for page in WEB_PAGES:
        assert url.validate_python(page) == page
        assert urlsplit(page).hostname
        assert urlsplit(page).port != 0
    for page in NO_WEB_PAGES:
        with pytest.raises(ValidationError, match="the name of a host"):
            url.validate_python(page)
