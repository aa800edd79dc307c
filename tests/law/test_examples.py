"""The examples in the document are answers of a service with a made-up cable: asked again, each is the one shown.

Where answers change for a good reason: `REWRITE_EXAMPLES=1 python3 run.py test tests/law/test_examples.py`. It keeps
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

from app.core.http.document import operations_of
from app.core.settings import Settings
from app.main import create_app
from app.vocabulary import Aspect, Role
from tests.conftest import EVERY_ROLE, KEY_SECRET, MADE_UP, ROOT, bearer, enter_shown_key, new_key, serving
from tests.following import enter_following

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
"""A record of the made-up cable, for each parameter of a path whose example is one of the real cable."""
SHORT = {"limit": 1, "include": "total"}
"""What an example asks of a list."""
DAYS = {"as_of", "known_at"}
"""Parameters that an example gives though it need not, so that it does not age."""
VARIES = {"updated_at", "changed_at", "date_modified", "next_since", "next_cursor"}
VARIES |= {"created_at", "submitted_at", "reviewed_at", "author", "authors", "reviewer", "caller"}
VARIES |= {"recorded_at", "taken_at", "hash", "previous", "signature", "request_id"}
"""Fields that tell when the register was loaded, and which one it is."""
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z")
"""The same in the text of a feed."""
CALLER = re.compile("^key:[0-9a-f]{12}$")
"""Whose key asked."""
SERVED = "http://127.0.0.1:8000"
"""Where an example is answered, to its reader."""
CUT = 600
"""How much of an answer that is no JSON is shown, in characters."""
CUT_TIME = re.compile(r"20\d\d-[\d:T.+-]*$")
"""A time that is cut off, which no other rule would take for one; an example goes to what stands before it."""
PROBLEMS = [
    ("get_panel", f"/v1/panels/{CABLE}-P9", 404),
    ("list_recommendations", "/v1/recommendations?tarjet=embassy", 422),
]


AUDIT_KEY = "d1c2b3a49586778695a4b3c2d1e0f1029384756600"
HIDDEN = {"create_key"}
"""Its answer has a secret, which is shown to nobody twice."""
BODIES: dict[str, dict[str, Any]] = yaml.safe_load((MADE_UP / "requests.yaml").read_text(encoding="utf-8"))
"""What the examples of writes send."""
CHANGED = {"recommendations": "text", "statistics": "what", "participations": "title", "events": "text"}
"""The field that the drafts change which examples move."""
EDITED = re.compile(
    r"(/v1/(recommendations|statistics|participations|events)/[^/]+)/?(draft|submit|publish|return|withdraw|)"
)
MOVES = ("/submit", "/publish", "/return", "/withdraw", "/carry-forward")
"""How the addresses end whose record is named before."""


NUMBERS = {"change": 2, "submit": 3, "publish": 4, "return": 6}
ASKS = {"submit": 2, "publish": 3, "return": 4, "withdraw": 5}


@pytest.fixture(scope="module")
def client(copy_database: Callable[..., str], made_up_template: str) -> Iterator[httpx.Client]:
    """A service of the made-up cable, in which a checkpoint was made and changed, and nothing else was done."""
    url = copy_database("examples", template=made_up_template)
    enter_shown_key(url)
    enter_following(url, cable=CABLE, body="border-ribbon-office")
    headers = bearer(new_key(url, *EVERY_ROLE))
    # Someone else, whose drafts the first may decide on.
    headers["X-Editor"] = new_key(url, Role.READER, Role.EDITOR, name="Ed")
    settings = Settings.model_validate({"audit_key": AUDIT_KEY, "key_secret": KEY_SECRET})
    app = create_app(settings, database_url=url)
    with serving(app) as address, httpx.Client(base_url=address, headers=headers, timeout=30) as http:
        made = http.post("/v1/audit/checkpoints", json={})
        changed = {"kept_at": "safe of the embassy"}
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
"""Which record each example is about that needs one at another step of its way."""


def success(operation: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """The status and the forms of the answer that was hoped for."""
    status = next(one for one in operation["responses"] if one.startswith("2"))
    hidden = operation["operationId"] in HIDDEN
    return status, {} if hidden else operation["responses"][status].get("content", {})


def media_types(operation: dict[str, Any]) -> list[str]:
    return list(success(operation)[1])


def steady(value: Any) -> Any:
    """The value without what differs from load to load."""
    if isinstance(value, dict):
        # The number of a draft tells how many there were before it.
        varies = VARIES | ({"id"} if "record_id" in value and "withdraws" in value else set())
        return {name: None if name in varies else steady(part) for name, part in value.items()}
    if isinstance(value, list):
        return [steady(part) for part in value]
    return CALLER.sub("", TIME.sub("", value)) if isinstance(value, str) else value


def version(client: httpx.Client, record: str) -> dict[str, str]:
    """What to send with a change: the version of the open draft, or else of the record."""
    draft = client.get(f"{record}/draft")
    return {"If-Match": (draft if draft.is_success else client.get(record)).headers["etag"]}


def prepare(client: httpx.Client, edited: re.Match[str]) -> None:
    """Brings a record to where the request finds it: no open draft, or that of someone else, handed in or not."""
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
    """Publishes the words that were there before."""
    record, collection, _ = edited.groups()
    name = CHANGED[collection]
    trail = client.get("/v1/audit", params={"record": record.removeprefix("/v1/"), "limit": 1}).json()["items"][0]
    change(client, record, {name: trail["detail"][name]["from"]})
    for move in ("submit", "publish"):
        assert client.post(f"{record}/{move}", headers=version(client, record)).status_code == 200


def asked(client: httpx.Client, given: dict[str, Any]) -> dict[str, Any]:
    """The example again, with the answer that the service gives now."""
    method = given.get("method", "GET")
    path = given["request"].partition("?")[0]
    headers = {"X-Request-Id": given["answer"]["trace_id"]} if given.get("status", 200) >= 400 else {}
    edited = EDITED.fullmatch(given["request"])
    if edited and (method != "GET" or edited[3]):
        prepare(client, edited)
        headers |= version(client, edited[1])
    elif method in {"PATCH", "PUT", "DELETE"} or path.endswith(MOVES):
        record = path.rpartition("/")[0] if path.endswith(MOVES) else path
        headers["If-Match"] = client.get(record).headers["etag"]
    answer = client.request(method, given["request"], headers=headers, json=given.get("body"))
    if edited and edited[3] == "publish":
        undo(client, edited)
    assert answer.status_code == given.get("status", 200), answer.text
    assert answer.headers["content-type"].split(";")[0] == given["media_type"], given["request"]
    text = answer.text.replace(str(client.base_url).rstrip("/"), SERVED)
    whole = json.loads(text) if given["media_type"].endswith("json") else CUT_TIME.sub("", text[:CUT])
    return given if steady(whole) == steady(given["answer"]) else {**given, "answer": whole}


def first_request(app: FastAPI, operation_id: str, kind: str) -> dict[str, Any]:
    """A request made of the examples of the parameters that an operation needs."""
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


def rewritten(client: httpx.Client, app: FastAPI, kept: dict[str, list[dict[str, Any]]]) -> dict[str, Any]:
    made: dict[str, Any] = {}
    for operation in operations_of(app.openapi()):
        name = operation["operationId"]
        sent = {"body": BODIES[name]} if name in BODIES else {}
        before = {one["media_type"]: one for one in kept.get(name, [])}
        if media_types(operation):
            made[name] = [
                asked(client, before.get(kind, first_request(app, name, kind)) | sent)
                for kind in media_types(operation)
            ]
    for name, request, status in PROBLEMS:
        kind = "application/problem+json"
        told = {"request": request, "status": status, "media_type": kind, "answer": {"trace_id": "example"}}
        made[name].append(asked(client, told))
    return made


def test_the_examples_are_real_answers(client: httpx.Client, app: FastAPI) -> None:
    kept = json.loads(FILE.read_text(encoding="utf-8"))
    if os.environ.get("REWRITE_EXAMPLES"):
        made = rewritten(client, app, kept)
        FILE.write_text(json.dumps(made, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
        pytest.fail("app/examples.json is written: now `python3 run.py documents`; then run without the flag")
    for name, examples in kept.items():
        for given in examples:
            again = asked(client, given)
            assert steady(again["answer"]) == steady(given["answer"]), f"{name}: {given['request']}"


def test_every_operation_shows_an_answer_in_each_of_its_forms(app: FastAPI) -> None:
    for operation in operations_of(app.openapi()):
        for kind, media in success(operation)[1].items():
            shown = media.get("examples", {}).get("answer", {})
            assert shown.get("value"), f"{operation['operationId']} {kind}: see the top of this file"
            assert re.match("(GET|POST|PUT|PATCH|DELETE) /", shown["summary"]), operation["operationId"]


def test_no_answer_is_shown_of_an_operation_that_is_gone(app: FastAPI) -> None:
    known = {operation["operationId"] for operation in operations_of(app.openapi()) if media_types(operation)}
    assert set(json.loads(FILE.read_text(encoding="utf-8"))) == known
