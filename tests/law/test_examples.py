"""The examples in the document are real answers: each request is asked again, and the answer is the one shown.

Where answers change for a good reason: `REWRITE_EXAMPLES=1 python3 run.py test tests/law/test_examples.py`. It keeps
the requests of `app/examples.json`, which may be edited, and makes one for an operation that has none yet.
"""

import json
import os
import re
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest
from fastapi import FastAPI

from app.core.http.document import operations_of
from tests.conftest import ROOT

FILE = ROOT / "app/examples.json"
SHORT = {"limit": 1, "include": "total"}
"""What an example asks of a list."""
DAYS = {"as_of", "known_at"}
"""Parameters that an example gives though it need not, so that it does not age."""
VARIES = {"updated_at", "changed_at", "date_modified", "next_since"}
"""Fields that tell when the register was loaded, and which one it is."""
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+\+00:00")
"""The same in the text of a feed."""
SERVED = "http://127.0.0.1:8000"
"""Where an example is answered, to its reader."""
CUT = 600
"""How much of an answer that is no JSON is shown, in characters."""
PROBLEMS = [
    ("get_panel", "/v1/panels/07BEIJING7192-P9", 404),
    ("list_recommendations", "/v1/recommendations?tarjet=embassy", 422),
]


def reads(app: FastAPI) -> list[dict[str, Any]]:
    """Operations that can be asked again; what is made once is shown by its schema."""
    return [one for one in operations_of(app.openapi()) if "200" in one["responses"]]


def media_types(operation: dict[str, Any]) -> list[str]:
    return list(operation["responses"]["200"].get("content", {}))


def steady(value: Any) -> Any:
    """The value without what differs from load to load."""
    if isinstance(value, dict):
        return {name: None if name in VARIES else steady(part) for name, part in value.items()}
    if isinstance(value, list):
        return [steady(part) for part in value]
    return TIME.sub("", value) if isinstance(value, str) else value


def asked(client: httpx.Client, given: dict[str, Any]) -> dict[str, Any]:
    """The example again, with the answer that the service gives now."""
    headers = {"X-Request-Id": given["answer"]["trace_id"]} if "status" in given else {}
    answer = client.get(given["request"], headers=headers)
    assert answer.status_code == given.get("status", 200), answer.text
    assert answer.headers["content-type"].split(";")[0] == given["media_type"], given["request"]
    text = answer.text.replace(str(client.base_url).rstrip("/"), SERVED)
    whole = json.loads(text) if given["media_type"].endswith("json") else text[:CUT]
    return given if steady(whole) == steady(given["answer"]) else {**given, "answer": whole}


def first_request(app: FastAPI, operation_id: str) -> str:
    """A request made of the examples of the parameters that an operation needs."""
    for path, methods in app.openapi()["paths"].items():
        for operation in methods.values():
            if operation["operationId"] == operation_id:
                shown = {one["name"]: one for one in operation.get("parameters", []) if one["in"] != "header"}
                values = {name: one["schema"]["examples"][0] for name, one in shown.items()}
                query = {
                    name: SHORT.get(name, values[name])
                    for name, one in shown.items()
                    if one["in"] == "query" and (one["required"] or name in DAYS | set(SHORT))
                }
                return str(path.format(**values)) + (f"?{urlencode(query)}" if query else "")
    raise AssertionError(operation_id)


def rewritten(client: httpx.Client, app: FastAPI, kept: dict[str, list[dict[str, Any]]]) -> dict[str, Any]:
    made: dict[str, Any] = {}
    for operation in reads(app):
        name = operation["operationId"]
        before = {one["media_type"]: one for one in kept.get(name, [])}
        made[name] = [
            asked(client, before.get(kind) or {"request": first_request(app, name), "media_type": kind, "answer": None})
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
    for operation in reads(app):
        for kind, media in operation["responses"]["200"]["content"].items():
            shown = media.get("examples", {}).get("answer", {})
            assert shown.get("value"), f"{operation['operationId']} {kind}: see the top of this file"
            assert shown["summary"].startswith("GET /"), operation["operationId"]


def test_no_answer_is_shown_of_an_operation_that_is_gone(app: FastAPI) -> None:
    known = {operation["operationId"] for operation in reads(app)}
    assert set(json.loads(FILE.read_text(encoding="utf-8"))) == known
