"""Texts at the bounds of their fields: taken from writers, and served by every endpoint within its schema."""

import copy
import json
import re
from collections.abc import Iterator
from typing import Any
from xml.etree.ElementTree import fromstring

import httpx
import pytest
from fastapi import FastAPI
from jsonschema import Draft202012Validator

from tests.conftest import CABLE, EVERY_ROLE, IN_PATHS, bearer, new_key, with_required_params
from tests.fixtures.clients import Desk, a_figure, a_part, an_ask, an_event, published
from tests.fixtures.editing import IN_PAGES
from tests.fixtures.transitions import publish, tag

FREE = 200
"""Members that take more characters than an identifier are free text."""
CITED = re.compile("words not found|is not in the (quote|paragraph)")
"""Message for words that are not those of the cable."""
PASSAGE = {"cable_id": CABLE, "paragraph": "5", "quote": "appoint a Minister Counselor-level representative"}
PAGE = {"title": "A", "url": "https://a.example/", "retrieved": "2026-11-01"}
RECORD = f"{CABLE}-R002"
WRITES: list[tuple[str, str, dict[str, Any]]] = [
    ("post", "/v1/recommendations", an_ask(lead_in="Waterman articulated", proposers=[{"description": "A"}])),
    ("post", "/v1/statistics", a_figure(lead_in="Richard Lavin", said_by=[{"description": "A"}])),
    ("post", "/v1/participations", a_part(description="A")),
    (
        "post",
        "/v1/events",
        an_event(
            instrument="A",
            instrument_kind="guidelines",
            note="A",
            outcome_of=[{"recommendation": f"{CABLE}-R001", "wording": "A"}],
        ),
    ),
    (
        "post",
        "/v1/events",
        {
            **{name: value for name, value in an_event(text="Cited.", stage=None).items() if name != "page"},
            "cable": CABLE,
            "cite": {name: PASSAGE[name] for name in ("paragraph", "quote")},
        },
    ),
    ("post", "/v1/actions", {"title": "A", "recommendations": [RECORD], "edition": "A", "note": "A"}),
    ("post", "/v1/progress-reports", {"action": "action_id", "text": "A", "evidence": [PAGE], "note": "A"}),
    ("put", f"/v1/recommendations/{RECORD}/position", {"value": "noted", "source": {"words": "A"}, "note": "A"}),
    ("put", f"/v1/recommendations/{RECORD}/implementation", {"value": "in_progress", "source": PAGE, "note": "A"}),
    ("put", f"/v1/recommendations/{RECORD}/state", {"value": "open_unresolved", "note": "A"}),
    (
        "put",
        f"/v1/recommendations/{CABLE}-R003/position",
        {"value": "noted", "source": {"citation": {**PASSAGE, "occurrence": 1}}},
    ),
    ("post", "/v1/audit/checkpoints", {"location": "A"}),
]
"""Valid bodies. Together they have every free text that a schema takes; the test fails without one."""


def text_of(schema: dict[str, Any], number: int) -> str:
    """Returns a text as long as the schema takes, different for each number.

    It has letters of four bytes, markup, and words that are found in a search.
    """
    most = int(schema["maxLength"])
    text = f"{number} " + "\U00020000\U00020001\U00020002 <&> zebra's " * most
    text = text[: most - 1] + "z"
    if re.search(schema.get("pattern", ""), text):
        return text
    return (f"https://a.example/{number}/" + "&x" * most)[:most]


def variants(schema: dict[str, Any], document: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yields the schema behind references, and each alternative of it."""
    if "$ref" in schema:
        schema = document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    if "anyOf" in schema:
        for one in schema["anyOf"]:
            yield from variants(one, document)
    else:
        yield schema


def free_texts(schema: dict[str, Any], document: dict[str, Any], at: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """Yields every free text of a schema, by its JSON Pointer; the first item of a list stands for all."""
    for one in variants(schema, document):
        if "string" in one.get("type", "") and one.get("maxLength", 0) > FREE:
            yield at, one
        for name, member in one.get("properties", {}).items():
            yield from free_texts(member, document, f"{at}/{name}")
        if isinstance(one.get("items"), dict):
            yield from free_texts(one["items"], document, f"{at}/0")


def holder_of(body: Any, pointer: str) -> tuple[Any, str | int] | None:
    """Returns the object or list of a text, and its key; none if the body has no such text."""
    *above, last = [int(part) if part.isdigit() else part for part in pointer.split("/")[1:]]
    try:
        for part in above:
            body = body[part]
        return (body, last) if isinstance(body[last], str) else None
    except (KeyError, IndexError, TypeError):
        return None


def body_schema(document: dict[str, Any], method: str, path: str) -> tuple[str, dict[str, Any]]:
    """Returns the name and the schema of a request body."""
    templates = [one for one in document["paths"] if re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", one), path)]
    content = document["paths"][min(templates, key=len)][method]["requestBody"]["content"]["application/json"]
    name = content["schema"]["$ref"].rpartition("/")[2]
    return name, content["schema"]


def written(
    desk: Desk, method: str, path: str, body: dict[str, Any], texts: dict[str, str], *, ids: dict[str, str]
) -> set[str]:
    """Writes and publishes the body with these texts. Returns the members that take only the words of a cable.

    `ids` get the id of a new action or report; a body may name the action by its place there.
    """
    body = {name: ids[value] if value == "action_id" else value for name, value in body.items()}
    cited: set[str] = set()
    while True:
        sent = copy.deepcopy(body)
        for pointer, text in texts.items():
            holder, key = holder_of(sent, pointer) or (None, "")
            if holder is not None and pointer not in cited:
                holder[key] = text
        headers = tag(desk.editor, path) if method == "put" else {}
        answer = desk.editor.request(method, path, json=sent, headers=headers)
        if answer.is_success:
            break
        refused = {one["pointer"] for one in answer.json()["errors"] if CITED.search(one["message"])}
        assert refused - cited, (
            path,
            answer.json()["code"],
            [one["message"][-200:] for one in answer.json()["errors"]],
        )
        cited |= refused
    for name, prefix in (("action_id", "ACT"), ("report_id", "REP")):
        if new := re.search(rf"{prefix}-[0-9]+", answer.headers.get("location", "")):
            ids[name] = new[0]
    if method == "put":
        publish(desk.editor, desk.reviewer, path)
    elif "/audit/" not in path:
        if "draft" in answer.headers["location"]:
            assert published(desk, answer).status_code == 200
        else:
            publish(desk.editor, desk.reviewer, answer.headers["location"])
    return cited


@pytest.fixture(scope="module")
def everyone(writing_url: str, written_url: str) -> Iterator[httpx.Client]:
    with httpx.Client(
        base_url=writing_url, headers=bearer(new_key(written_url, *EVERY_ROLE, name="all")), timeout=60
    ) as http:
        yield http


@pytest.fixture(scope="module")
def ids() -> dict[str, str]:
    """Ids of the new records, by path parameter. `filled` adds those of actions and reports."""
    return {
        "recommendation_id": f"{CABLE}-A001",
        "statistic_id": f"{CABLE}-SA01",
        "participation_id": f"{CABLE}-PTA01",
        "event_id": "patent-law-EA01",
        "record_id": "patent-law-EA01",
    }


@pytest.fixture(scope="module")
def filled(desk: Desk, everyone: httpx.Client, writing_app: FastAPI, ids: dict[str, str]) -> Desk:
    """The register with a record of every kind, all of whose texts are as long as their fields take."""
    document = writing_app.openapi()
    due: dict[str, set[str]] = {}
    writers = Desk(everyone, desk.other, desk.reviewer, desk.reader)
    for number, (method, path, body) in enumerate(WRITES):
        name, schema = body_schema(document, method, path)
        texts = {pointer: text_of(one, number) for pointer, one in free_texts(schema, document)}
        held = {pointer for pointer in texts if holder_of(body, pointer)}
        cited = written(writers, method, path, body, texts, ids=ids)
        assert held - cited or "citation" in str(body) or "cite" in body, (path, cited)
        due[name] = due.get(name, set(texts)) - held
    # A kind of assessment takes the sources of all others.
    sources = {name: {one for one in missing if one.startswith("/source")} for name, missing in due.items()}
    assessed = [name for name in due if sources[name]]
    shared = set.intersection(*(sources[name] for name in assessed)) if assessed else set()
    left = {name: missing - (sources[name] - shared) for name, missing in due.items()}
    assert not {name: missing for name, missing in left.items() if missing}
    return writers


def reads(
    client: httpx.Client, document: dict[str, Any], *, ids: dict[str, str]
) -> Iterator[tuple[str, httpx.Response]]:
    """Yields the response of every GET endpoint, for the new records as well as for those of the register."""
    for path, methods in document["paths"].items():
        if "get" in methods:
            names = {**IN_PAGES, **IN_PATHS, "recommendation_id": RECORD, "checkpoint_id": "1"}
            for values in (names, {**names, **ids}):
                found = path.format(**values)
                params = with_required_params(path, **({"q": "zebra"} if path == "/v1/search" else {}))
                yield path, client.get(found, params=params)


def test_every_response_is_within_its_schema(filled: Desk, writing_app: FastAPI, ids: dict[str, str]) -> None:
    document = writing_app.openapi()
    shapes = {"components": document["components"]}
    faults: list[str] = []
    for path, answer in reads(filled.editor, document, ids=ids):
        if answer.status_code >= 500:
            faults.append(f"{answer.url}: {answer.status_code}")
        if answer.status_code != 200:
            continue
        kind = answer.headers.get("content-type", "").partition(";")[0]
        shape = document["paths"][path]["get"]["responses"]["200"].get("content", {}).get(kind, {}).get("schema", {})
        if "json" in kind and "jsonl" not in kind:
            checked = Draft202012Validator({**shapes, **shape}).iter_errors(answer.json())
            faults += [f"{answer.url}: {one.json_path}: {one.validator} {one.validator_value}" for one in checked]
        elif "xml" in kind:
            fromstring(answer.text)  # noqa: S314 - our own response
        elif "jsonl" in kind:
            faults += [f"{answer.url}: {line[:80]}" for line in answer.text.splitlines() if not json.loads(line)]
    assert not faults, "\n".join(sorted(set(faults)))


def test_a_change_takes_what_a_new_record_takes(writing_app: FastAPI) -> None:
    document = writing_app.openapi()
    shapes = document["components"]["schemas"]
    compared = 0
    for name, shape in shapes.items():
        new = shapes.get(f"{name.removesuffix('Patch')}In")
        if name.endswith("Patch") and new is not None:
            takes = {at: one["maxLength"] for at, one in free_texts(new, document)}
            changes = {at: one["maxLength"] for at, one in free_texts(shape, document)}
            assert changes == {at: most for at, most in takes.items() if at in changes}, name
            compared += len(changes)
    assert compared > 10


def test_a_path_takes_every_id_that_a_writer_may_give(writing_app: FastAPI) -> None:
    document = writing_app.openapi()
    bounds: dict[str, set[int]] = {}
    for methods in document["paths"].values():
        for operation in methods.values():
            for one in operation.get("parameters", []):
                if one["in"] == "path" and one["schema"]["type"] == "string":
                    bounds.setdefault(one["name"], set()).add(one["schema"]["maxLength"])
    assert {name: most for name, most in bounds.items() if len(most) != 1} == {}
    new = document["components"]["schemas"]["EventIn"]["properties"]
    slug, event = (new[name]["maxLength"] for name in ("reform", "fulfilled_by"))
    assert min(bounds["slug"]) == min(bounds["roundtable_id"]) == min(bounds["organization_id"]) == slug
    assert min(bounds["event_id"]) == event >= slug + len("-EA9999")
