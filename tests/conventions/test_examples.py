"""Examples in the API document equal the responses of a service with a made-up cable.

To update them after a change: `REWRITE_EXAMPLES=1 python3 run.py test tests/conventions/test_examples.py`. It keeps
the requests of `app/examples.json`, which may be edited, and makes one for an operation that has none yet.
"""

import json
import os
import re
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest
import yaml
from fastapi import FastAPI

from app.core.settings import Settings
from app.http.openapi.document import operations_of
from app.main import create_app
from app.vocabulary import Aspect, Role
from tests.conftest import EVERY_ROLE, KEY_SECRET, MADE_UP, ROOT, bearer, enter_shown_key, new_key, serving
from tests.fixtures.followup import insert_followup

FILE = ROOT / "app/examples.json"
CABLE = "08NOWHERE123"
IN_PATHS = {
    "cable_id": CABLE,
    "label": "3",
    "panel_id": f"{CABLE}-P1",
    "recommendation_id": f"{CABLE}-R001",
    "roundtable_id": "nowhere-2008",
    "slug": "seed-law",
    "event_id": "seed-law-E04",
    "participation_id": f"{CABLE}-PT03",
    "statistic_id": f"{CABLE}-S02",
    "record_id": f"{CABLE}-R003",
}
"""A record of the made-up cable for each path parameter whose example is a record of the real cable."""
SHORT = {"limit": 1, "include": "total"}
"""Query parameters of a list example."""
DAYS = {"as_of", "known_at"}
"""Optional parameters that an example sets, so that it does not age."""
VARIES = {"updated_at", "changed_at", "date_modified", "next_since", "next_cursor"}
VARIES |= {"created_at", "submitted_at", "reviewed_at", "author", "authors", "reviewer", "caller"}
VARIES |= {"recorded_at", "taken_at", "hash", "previous", "signature", "request_id"}
"""Fields that depend on the time of the load, or on the register."""
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z")
"""A time in the text of a feed."""
CALLER = re.compile("^key:[0-9a-f]{12}$")
"""The id of a caller by key."""
SERVED = "http://127.0.0.1:8000"
"""Base URL that the examples show."""
CUT = 600
"""Number of characters shown of a response that is not JSON."""
CUT_TIME = re.compile(r"20\d\d-[\d:T.+-]*$")
"""A time that is cut off, which the other pattern would not match. The example ends before it."""
PROBLEMS = [
    ("get_panel", f"/v1/panels/{CABLE}-P9", 404),
    ("list_recommendations", "/v1/recommendations?tarjet=embassy", 422),
]


AUDIT_KEY = "d1c2b3a49586778695a4b3c2d1e0f1029384756600"
HIDDEN = {"create_key"}
"""Operations whose response contains a secret, which is shown only once."""
BODIES: dict[str, dict[str, Any]] = yaml.safe_load((MADE_UP / "requests.yaml").read_text(encoding="utf-8"))
"""Request bodies of the write examples."""
CHANGED = {"recommendations": "text", "statistics": "what", "participations": "title", "events": "text"}
"""The field that the example drafts change, by collection."""
EDITED = re.compile(
    r"(/v1/(recommendations|statistics|participations|events)/[^/]+)/?(draft|submit|publish|return|withdraw|)"
)
MOVES = ("/submit", "/publish", "/return", "/withdraw", "/carry-forward")
"""Path endings of the transitions; the record comes before them."""


NEW_ID = re.compile(r"(?<=ACT-|REP-)[0-9]{6}\b")
"""The random number of a new action or report."""
NUMBERS = {"change": 2, "submit": 3, "publish": 4, "return": 6}
ASKS = {"submit": 2, "publish": 3, "return": 4, "withdraw": 5}


@pytest.fixture(scope="module")
def client(copy_database: Callable[..., str], made_up_template: str) -> Iterator[httpx.Client]:
    """A service of the made-up cable with one checkpoint, created and changed."""
    url = copy_database("examples", template=made_up_template)
    enter_shown_key(url)
    insert_followup(url, cable=CABLE, body="border-ribbon-office")
    headers = bearer(new_key(url, *EVERY_ROLE))
    # Another editor, whose drafts the first caller may review.
    headers["X-Editor"] = new_key(url, Role.READER, Role.EDITOR, name="Ed")
    settings = Settings.model_validate({"audit_signing_keys": AUDIT_KEY, "api_key_secret": KEY_SECRET})
    app = create_app(settings, database_url=url)
    with serving(app) as address, httpx.Client(base_url=address, headers=headers, timeout=60) as http:
        made = http.post("/v1/audit/checkpoints", json={})
        changed = {"location": "safe of the embassy"}
        http.patch(made.headers["location"], json=changed, headers={"If-Match": made.headers["etag"]})
        http.post("/v1/recommendations", json=BODIES["create_recommendation"] | {"text": "A draft."})
        yield http


RECORDS: dict[str, str] = {
    **{f"{way}_action": f"ACT-{number:04}" for way, number in NUMBERS.items()},
    **{f"{way}_progress_report": f"REP-{number:04}" for way, number in NUMBERS.items()},
    **{f"{way}_{aspect}": f"{CABLE}-R{number:03}" for way, number in ASKS.items() for aspect in Aspect},
    "withdraw_action_draft": "ACT-0005",
    "withdraw_progress_report_draft": "REP-0005",
}
"""The record of each example that needs a record in another state."""


def success(operation: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """Returns the success status and the media types of an operation."""
    status = next(one for one in operation["responses"] if one.startswith("2"))
    hidden = operation["operationId"] in HIDDEN
    return status, {} if hidden else operation["responses"][status].get("content", {})


def media_types(operation: dict[str, Any]) -> list[str]:
    return list(success(operation)[1])


def steady(value: Any) -> Any:
    """Returns the value without fields that differ between loads."""
    if isinstance(value, dict):
        # The number of a draft depends on the number of earlier drafts.
        varies = VARIES | ({"id"} if "record_id" in value and "withdraws" in value else set())
        return {name: None if name in varies else steady(part) for name, part in value.items()}
    if isinstance(value, list):
        return [steady(part) for part in value]
    return NEW_ID.sub("", CALLER.sub("", TIME.sub("", value))) if isinstance(value, str) else value


def version(client: httpx.Client, record: str) -> dict[str, str]:
    """Returns the If-Match header for a change: the ETag of the open draft, or else of the record."""
    draft = client.get(f"{record}/draft")
    return {"If-Match": (draft if draft.is_success else client.get(record)).headers["etag"]}


def prepare(client: httpx.Client, edited: re.Match[str]) -> None:
    """Brings a record to the state that the request needs: no open draft, or someone else's, submitted or not."""
    record, collection, move = edited.groups()
    if client.get(f"{record}/draft").is_success:
        client.post(f"{record}/withdraw", headers=version(client, record))
    if move:
        change(client, record, {CHANGED[collection]: "It is said in other words."})
    if move in {"publish", "return"}:
        client.post(f"{record}/submit", headers=version(client, record))


def change(client: httpx.Client, record: str, fields: dict[str, str]) -> None:
    headers = bearer(client.headers["X-Editor"]) | version(client, record)
    answer = client.patch(record, headers=headers, json=fields)
    assert answer.status_code == 200, answer.text


def undo(client: httpx.Client, edited: re.Match[str]) -> None:
    """Publishes the previous text again."""
    record, collection, _ = edited.groups()
    name = CHANGED[collection]
    trail = client.get("/v1/audit", params={"record": record.removeprefix("/v1/"), "limit": 1}).json()["items"][0]
    change(client, record, {name: trail["detail"][name]["from"]})
    for move in ("submit", "publish"):
        assert client.post(f"{record}/{move}", headers=version(client, record)).status_code == 200


def asked(client: httpx.Client, example: dict[str, Any]) -> dict[str, Any]:
    """Sends the request of an example. Returns the example with the current response."""
    method = example.get("method", "GET")
    path = example["request"].partition("?")[0]
    headers = {"X-Request-Id": example["answer"]["trace_id"]} if example.get("status", 200) >= 400 else {}
    edited = EDITED.fullmatch(example["request"])
    if edited and (method != "GET" or edited[3]):
        prepare(client, edited)
        headers |= version(client, edited[1])
    elif method in {"PATCH", "PUT", "DELETE"} or path.endswith(MOVES):
        record = path.rpartition("/")[0] if path.endswith(MOVES) else path
        headers["If-Match"] = client.get(record).headers["etag"]
    answer = client.request(method, example["request"], headers=headers, json=example.get("body"))
    if edited and edited[3] == "publish":
        undo(client, edited)
    assert answer.status_code == example.get("status", 200), answer.text
    assert answer.headers["content-type"].split(";")[0] == example["media_type"], example["request"]
    text = answer.text.replace(str(client.base_url).rstrip("/"), SERVED)
    whole = json.loads(text) if example["media_type"].endswith("json") else CUT_TIME.sub("", text[:CUT])
    return example if steady(whole) == steady(example["answer"]) else {**example, "answer": whole}


def first_request(app: FastAPI, operation_id: str, kind: str) -> dict[str, Any]:
    """Returns a request built from the examples of the required parameters."""
    for path, methods in app.openapi()["paths"].items():
        for method, operation in methods.items():
            if operation["operationId"] == operation_id:
                shown = {one["name"]: one for one in operation.get("parameters", []) if one["in"] != "header"}
                values = {name: IN_PATHS.get(name, one["schema"]["examples"][0]) for name, one in shown.items()}
                if operation_id in RECORDS:
                    values[next(name for name, one in shown.items() if one["in"] == "path")] = RECORDS[operation_id]
                query = {
                    name: SHORT.get(name, values[name])
                    for name, one in shown.items()
                    if one["in"] == "query" and (one["required"] or name in DAYS | set(SHORT))
                }
                request = str(path.format(**values)) + (f"?{urlencode(query)}" if query else "")
                written = {
                    "method": method.upper(),
                    "status": int(success(operation)[0]),
                    "body": BODIES.get(operation_id),
                }
                return {"request": request, **(written if method != "get" else {}), "media_type": kind, "answer": None}
    raise AssertionError(operation_id)


def rewritten(client: httpx.Client, app: FastAPI, stored: dict[str, list[dict[str, Any]]]) -> dict[str, Any]:
    made: dict[str, Any] = {}
    for operation in operations_of(app.openapi()):
        name = operation["operationId"]
        sent = {"body": BODIES[name]} if name in BODIES else {}
        before = {one["media_type"]: one for one in stored.get(name, [])}
        if media_types(operation):
            made[name] = [
                asked(client, before.get(kind, first_request(app, name, kind)) | sent)
                for kind in media_types(operation)
            ]
    for name, request, status in PROBLEMS:
        kind = "application/problem+json"
        example = {"request": request, "status": status, "media_type": kind, "answer": {"trace_id": "example"}}
        made[name].append(asked(client, example))
    return made


def test_the_examples_are_real_answers(client: httpx.Client, app: FastAPI) -> None:
    stored = json.loads(FILE.read_text(encoding="utf-8"))
    if os.environ.get("REWRITE_EXAMPLES"):
        made = rewritten(client, app, stored)
        FILE.write_text(json.dumps(made, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
        pytest.fail("app/examples.json is written: now `python3 run.py generate-docs`; then run without the flag")
    for name, examples in stored.items():
        for example in examples:
            again = asked(client, example)
            assert steady(again["answer"]) == steady(example["answer"]), f"{name}: {example['request']}"


def test_every_operation_shows_an_answer_in_each_of_its_forms(app: FastAPI) -> None:
    for operation in operations_of(app.openapi()):
        for kind, media in success(operation)[1].items():
            shown = media.get("examples", {}).get("answer", {})
            assert shown.get("value"), f"{operation['operationId']} {kind}: see the top of this file"
            assert re.match("(GET|POST|PUT|PATCH|DELETE) /", shown["summary"]), operation["operationId"]


def test_no_answer_is_shown_of_an_operation_that_is_gone(app: FastAPI) -> None:
    known = {operation["operationId"] for operation in operations_of(app.openapi()) if media_types(operation)}
    assert set(json.loads(FILE.read_text(encoding="utf-8"))) == known
