"""Recorder of requests and responses: shows that a refactoring changes no answer.

`python -m tests.recorder record FILE` asks every operation of the OpenAPI document on the test data: each list with
each filter, order and page, single records, conditional and compressed requests, writes with their errors; as a caller
of `SBU`, of `U` and without credentials. FILE gets one JSON object a line: request, status, header fields, body.

`python -m tests.recorder compare BEFORE AFTER [OLD=NEW ...]` prints the requests whose responses differ, after each
OLD word of BEFORE was replaced with its NEW one, and ends with 1 if there are any.
"""

import json
import re
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import httpx
import psycopg
from pydantic import SecretStr

from app.core.db import admin_engine
from app.core.embedded_postgres import embedded_database
from app.core.migrations import upgrade
from app.core.settings import Settings
from app.ingest.pipeline import ingest
from app.main import create_app
from app.vocabulary import Marking, Role
from tests.conftest import EVERY_ROLE, IN_PATHS, KEY_SECRET, MADE_UP, NEEDED, bearer, enter_shown_key, new_key, serving
from tests.conventions.test_examples import AUDIT_KEY, BODIES, FILE, MOVES, asked
from tests.conventions.test_examples import CABLE as MADE_UP_CABLE
from tests.fixtures.followup import insert_followup

Request = tuple[str, str, dict[str, str], dict[str, Any] | None]
"""Method, target, header fields and JSON body."""
VARYING = [
    (re.compile(r"\b20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|\+00:00)"), "<time>"),
    (re.compile(r"\b\w{3}, \d\d \w{3} 20\d\d \d\d:\d\d:\d\d GMT"), "<time>"),
    (re.compile(r"\b[0-9a-f]{32,64}\b"), "<digest>"),
    (re.compile(r"\bkey:[0-9a-f]{12}\b"), "key:<id>"),
    (re.compile(r"\brtr_[0-9A-Za-z_]+"), "<secret>"),
    (re.compile(r"\bcursor=[^&\"'<>\s;]+"), "cursor=<cursor>"),
    (re.compile(r'"(next_cursor|next_since|trace_id|key_id)":\s?"[^"]*"'), r'"\1":"<varies>"'),
    (re.compile(r"http://127\.0\.0\.1:\d+"), "<origin>"),
]
"""Parts of a response that differ from run to run."""
UNSTABLE = {"date", "content-length", "x-request-id", "last-modified"}
"""Header fields that are left out; of an ETag only its presence and weakness are compared."""
WRONG = {"page": "limit=0", "unknown": "no_such_parameter=1", "repeated": "limit=1&limit=2"}
"""Query strings that every list rejects."""


def recorded(client: httpx.Client, request: Request, label: str) -> dict[str, Any]:
    """Sends a request; the response without what varies."""
    method, target, headers, body = request
    response = client.request(method, target, headers=headers, json=body)
    fields = {name: value for name, value in response.headers.items() if name not in UNSTABLE}
    if "etag" in fields:
        fields["etag"] = re.sub('"[^"]*"', '"<tag>"', fields["etag"])
    fields = {name: steady_text(value) for name, value in sorted(fields.items())}
    line = f"{method} {steady_text(target)} {steady_text(json.dumps(headers, sort_keys=True))} as {label}"
    sent = steady_text(json.dumps(body, sort_keys=True)) if body is not None else None
    return {
        "request": line,
        "sent": sent,
        "status": response.status_code,
        "headers": fields,
        "body": steady_text(response.text),
    }


def steady_text(text: str) -> str:
    for pattern, replacement in VARYING:
        text = pattern.sub(replacement, text)
    return text


def reads(document: dict[str, Any]) -> Iterator[Request]:
    """GET requests of every operation: plain, with each parameter, and with bad input."""
    for path, methods in document["paths"].items():
        operation = methods.get("get")
        if operation is None or "/admin/" in path:
            continue
        parameters = operation.get("parameters", [])
        names = {one["name"]: one for one in parameters if one["in"] == "path"}
        target = path.format(**{name: IN_PATHS.get(name, one["schema"]["examples"][0]) for name, one in names.items()})
        needed = NEEDED.get(path, {})
        yield "GET", with_query(target, needed), {}, None
        for one in parameters:
            examples = [one["example"]] if "example" in one else one["schema"].get("examples")
            if one["in"] == "query" and one["name"] != "cursor" and examples:
                yield "GET", with_query(target, {**needed, one["name"]: examples[0]}), {}, None
        if any(one["name"] == "limit" for one in parameters):
            yield "GET", with_query(target, {**needed, "limit": 2}), {}, None
            for bad in WRONG.values():
                yield "GET", f"{with_query(target, needed)}{'&' if needed else '?'}{bad}", {}, None
        yield "HEAD", with_query(target, needed), {}, None
        yield "GET", with_query(target, needed), {"Accept-Encoding": "gzip"}, None
        if names:
            yield "GET", path.format(**dict.fromkeys(names, "no-such-record")), {}, None


def with_query(target: str, query: dict[str, Any]) -> str:
    return f"{target}?{urlencode(query, doseq=True)}" if query else target


def pages() -> Iterator[Request]:
    """Requests of what stands outside the document."""
    for target in ("/", "/docs", "/reference", "/openapi.json", "/metrics", "/robots.txt", "/.well-known/security.txt"):
        yield "GET", target, {}, None
    yield "GET", "/problems/not-found", {}, None
    yield "GET", "/no/such/address", {}, None
    yield "DELETE", "/v1/cables", {}, None
    yield (
        "OPTIONS",
        "/v1/recommendations",
        {"Origin": "https://a.example", "Access-Control-Request-Method": "GET"},
        None,
    )
    yield "GET", "/v1/recommendations?limit=1", {"Authorization": "Bearer not-a-key"}, None


def refused_writes(document: dict[str, Any]) -> Iterator[Request]:
    """Writes that change nothing: without a version, with a wrong one, without a body, with a bad one."""
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            if method == "get":
                continue
            names = {one["name"]: one for one in operation.get("parameters", []) if one["in"] == "path"}
            target = path.format(**{name: IN_PATHS.get(name, "x") for name in names})
            wrong = {"If-Match": '"0-no-such-version"'}
            yield method.upper(), target, {}, {"no_such_member": True}
            yield method.upper(), target, wrong, BODIES.get(operation["operationId"], {})
            yield method.upper(), target, wrong, []  # type: ignore[misc]


def record(out: Path) -> int:
    """Records to a file; the number of requests."""
    lines: list[dict[str, Any]] = []
    with (
        tempfile.TemporaryDirectory(prefix="recorder-") as folder,
        embedded_database(Path(folder), say=lambda _: None) as url,
    ):
        lines += record_reads(database(url, "real", Path("data"), enter=insert_followup))
        made_up = database(
            url,
            "made_up",
            MADE_UP,
            enter=lambda one: insert_followup(one, cable=MADE_UP_CABLE, body="border-ribbon-office"),
        )
        lines += record_writes(made_up)
    out.write_text("".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines), encoding="utf-8")
    return len(lines)


def database(server: str, name: str, data: Path, *, enter: Any) -> str:
    """Makes, migrates and loads a database; its address."""
    url = server.replace("/roundtable?", f"/{name}?")
    with psycopg.connect(server.replace("/roundtable?", "/postgres?"), autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"'.encode())
    upgrade(url)
    engine = admin_engine(url)
    ingest(engine, data)
    engine.dispose()
    enter_shown_key(url)
    enter(url)
    return url


def record_reads(url: str) -> list[dict[str, Any]]:
    settings = Settings.model_validate({"api_key_secret": SecretStr(KEY_SECRET), "anonymous_rate_limit": ""})
    app = create_app(settings, database_url=url)
    callers = {
        "SBU": bearer(new_key(url, *EVERY_ROLE, name="everything")),
        "U": bearer(new_key(url, Role.READER, clearance=Marking.U, name="reader of U")),
        "anybody": {},
    }
    requests = [*reads(app.openapi()), *pages()]
    lines = []
    with serving(app) as address:
        for label, headers in callers.items():
            with httpx.Client(base_url=address, headers=headers, timeout=60) as client:
                for number, request in enumerate(requests):
                    # Without credentials, every third: the same as U, or the same refusal.
                    if label != "anybody" or number % 3 == 0:
                        lines.append(recorded(client, request, label))
                lines.append(recorded(client, not_modified(client), label))
        with httpx.Client(base_url=address, headers=callers["SBU"], timeout=60) as client:
            lines += [recorded(client, request, "SBU") for request in refused_writes(app.openapi())]
        with httpx.Client(base_url=address, headers=callers["U"], timeout=60) as client:
            lines += [recorded(client, request, "U") for request in refused_writes(app.openapi())][::3]
    return lines


def not_modified(client: httpx.Client) -> Request:
    tag = client.get("/v1/recommendations?limit=1").headers["etag"]
    return "GET", "/v1/recommendations?limit=1", {"If-None-Match": tag}, None


def record_writes(url: str) -> list[dict[str, Any]]:
    """The writes of the examples, in their order, as the test of the examples sends them."""
    headers = bearer(new_key(url, *EVERY_ROLE))
    headers["X-Editor"] = new_key(url, Role.READER, Role.EDITOR, name="Ed")
    settings = Settings.model_validate(
        {"audit_signing_keys": AUDIT_KEY, "api_key_secret": KEY_SECRET, "anonymous_rate_limit": ""}
    )
    lines = []
    examples = json.loads(FILE.read_text(encoding="utf-8"))
    with (
        serving(create_app(settings, database_url=url)) as address,
        httpx.Client(base_url=address, headers=headers, timeout=60) as client,
    ):
        made = client.post("/v1/audit/checkpoints", json={})
        client.patch(made.headers["location"], json={"location": "a safe"}, headers={"If-Match": made.headers["etag"]})
        client.post("/v1/recommendations", json=BODIES["create_recommendation"] | {"text": "A draft."})
        for name, several in examples.items():
            for example in several:
                if "method" in example or example["request"].endswith(MOVES):
                    answer = asked(client, example | {"answer": example.get("answer") or {}})["answer"]
                    body = steady_text(json.dumps(answer, sort_keys=True))
                    lines.append({"request": f"{name} {example['request']}", "status": example["status"], "body": body})
        lines += [
            recorded(client, ("GET", target, {}, None), "writer")
            for target in ("/v1/changes?limit=100", "/v1/audit?limit=100", "/v1/recommendations?limit=50")
        ]
    return lines


def compare(before: Path, after: Path, renamed: list[str]) -> int:
    """Prints what differs; the number of requests that do."""
    words = [tuple(one.split("=", 1)) for one in renamed]

    def lines(path: Path, *, rename: bool) -> dict[str, str]:
        found = {}
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines()):
            for old, new in words if rename else []:
                line = line.replace(old, new)  # noqa: PLW2901 - each replaces in what the one before left
            value = json.loads(line)
            found[f"{value['request']} {value.get('sent')} {number if 'headers' not in value else ''}"] = line
        return found

    old, new = lines(before, rename=True), lines(after, rename=False)
    differing = [name for name in {**old, **new} if old.get(name) != new.get(name)]
    for name in differing:
        print(f"{name}\n- {old.get(name, 'not asked')[:2000]}\n+ {new.get(name, 'not asked')[:2000]}")
    print(f"{len(new)} requests, {len(differing)} differ")
    return len(differing)


def main(words: list[str]) -> int:
    match words:
        case ["record", out]:
            print(f"{record(Path(out))} requests recorded")
            return 0
        case ["compare", before, after, *renamed]:
            return 1 if compare(Path(before), Path(after), renamed) else 0
        case _:
            print(__doc__, file=sys.stderr)
            return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
