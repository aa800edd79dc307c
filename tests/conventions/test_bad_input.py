"""Bad-input corpus in every parameter of every operation: each response is a success or a problem, never a 500."""

import json
import os
import re
import select
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Any, NoReturn

import pytest
import yaml
from fastapi import FastAPI

from tests.conftest import EVERY_ROLE, IN_PATHS, KEY_SECRET, ROOT, bearer, new_key, with_required_params
from tests.fixtures.wording import FOREIGN

CORPUS = yaml.safe_load((ROOT / "tests/golden/bad_input.yaml").read_text(encoding="utf-8"))
MEMBERS = {"type", "title", "status", "detail", "instance", "code", "errors", "trace_id"}
REFUSALS = {400, 404, 410, 414, 422, 431}
"""Statuses that bad input may get, if it is rejected."""
PRINTABLE_LOG = re.compile(r"[^\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]*")


def spelled(value: Any) -> str:
    return value["text"] * value["times"] if isinstance(value, dict) else str(value)


VALUES = [(kind, spelled(value)) for kind, values in CORPUS["values"].items() for value in values]
HEADERS = [(name, spelled(value)) for name, value in CORPUS["headers"]]


class Service:
    """The service in its own process, as people run it, with its log."""

    def __init__(self, port: int, log: Path, key: str) -> None:
        self.connection = HTTPConnection("127.0.0.1", port, timeout=60)
        self.log = log
        self.credentials = bearer(key)

    def get(self, target: str, headers: dict[str, str]) -> tuple[int, str, str, bytes]:
        """Returns status, content type, request id and body. Sends the target unchanged."""
        self.connection.putrequest("GET", target, skip_host="Host" in headers, skip_accept_encoding=True)
        for name, value in (self.credentials | headers).items():
            self.connection.putheader(name, value.encode("latin-1"))
        self.connection.endheaders()
        try:
            answer = self.connection.getresponse()
            body = answer.read()
        except (HTTPException, ValueError, ConnectionError):
            # The response broke off. The next request opens a new connection.
            self.connection.close()
            return 0, "", "", b""
        return answer.status, answer.getheader("content-type", ""), answer.getheader("x-request-id", ""), body


@pytest.fixture(scope="module")
def service(copy_database: Callable[[str], str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    log = tmp_path_factory.mktemp("log") / "stderr"
    url = copy_database("bad_input")
    settings = {"DATABASE_URL": url, "MIGRATE_ON_START": "off", "API_KEY_SECRET": KEY_SECRET}
    with log.open("w", encoding="utf-8") as written:
        process = subprocess.Popen(
            [sys.executable, "-m", "app.cli", "serve", "--port", "0"],
            cwd=ROOT,
            env={**os.environ, **{f"ROUNDTABLE_{name}": value for name, value in settings.items()}},
            stdout=subprocess.PIPE,
            stderr=written,
            text=True,
        )
        assert process.stdout is not None
        try:
            assert select.select([process.stdout], [], [], 120)[0], "the service did not start"
            port = re.search(r":(\d+);", process.stdout.readline())
            assert port is not None
            service = Service(int(port.group(1)), log, new_key(url, *EVERY_ROLE))
            yield service
            service.connection.close()
        finally:
            process.terminate()
            process.wait(timeout=60)
            process.stdout.close()


def refuse(word: str) -> NoReturn:
    raise AssertionError(f"{word} is no JSON")


def fault(answer: tuple[int, str, str, bytes], *, header: str = "") -> str:
    """Returns the defect of a response, or an empty string if bad input may get this response."""
    status, kind, request_id, body = answer
    if status not in {200, 304} | REFUSALS | ({401} if header == "Authorization" else set()):
        return f"status {status}"
    if not re.fullmatch(r"[A-Za-z0-9._-]{1,128}", request_id):
        return f"request id {request_id!r}"
    if status == 304:
        return "a 304 with a body" if body else ""
    if not re.search(r"json$", kind):
        return "" if status == 200 else f"{status} as {kind}"
    whole = json.loads(body.decode("utf-8"), parse_constant=refuse)
    json.dumps(whole, ensure_ascii=False).encode("utf-8")
    return "" if status == 200 else problem_fault(whole, kind, status, request_id)


def problem_fault(whole: dict[str, Any], kind: str, status: int, request_id: str) -> str:
    """Returns the defect of a problem document."""
    if kind != "application/problem+json" or set(whole) != MEMBERS:
        return f"{status} is no problem of ours"
    if (whole["status"], whole["trace_id"]) != (status, request_id):
        return f"{status} is told as {whole['status']}, of request {whole['trace_id']}"
    messages = [whole["detail"], *(one["message"] for one in whole["errors"])]
    if foreign := next((text for text in messages if FOREIGN.search(text)), ""):
        return f"wording of a library: {foreign}"
    echoed = [whole["detail"], whole["instance"], *(str(one["parameter"]) for one in whole["errors"])]
    return "" if all(text.isprintable() for text in echoed) else "echoes what cannot be printed"


def turn_of(turn: int) -> list[tuple[str, str]]:
    """Returns one value of every third class, different ones at each turn."""
    kinds = list(CORPUS["values"].items())
    return [(kind, spelled(values[turn % len(values)])) for kind, values in kinds[turn % 3 :: 3]]


NO_RULE = {"examples", "description", "default", "title"}
"""Schema keywords that do not restrict values."""


def targets(app: FastAPI) -> Iterator[tuple[str, str, str, str]]:
    """Yields the places for bad values: name, declaration, and the text before and after the value."""
    for path, methods in app.openapi()["paths"].items():
        needed = "&".join(f"{name}={value}" for name, value in with_required_params(path).items())
        if "get" not in methods:
            continue
        for parameter in methods["get"].get("parameters", []):
            name = parameter["name"]
            declared = json.dumps({key: rule for key, rule in parameter["schema"].items() if key not in NO_RULE})
            if parameter["in"] == "path":
                before, after = path.split(f"{{{name}}}")
                yield f"{path} {name}", declared, before.format(**IN_PATHS), after.format(**IN_PATHS)
            elif parameter["in"] == "query":
                rest = needed if name not in with_required_params(path) else ""
                yield f"{path} {name}", declared, f"{path.format(**IN_PATHS)}?{rest}&{name}=", ""
        yield f"{path} (the name)", "", f"{path.format(**IN_PATHS)}?{needed}&", "=1"


PARTS = 8
"""Parts of the corpus, so that several workers send it."""


@pytest.mark.parametrize("part", range(PARTS))
def test_every_parameter_meets_bad_values(service: Service, app: FastAPI, part: int) -> None:
    """Sends all values to the first declaration of a parameter, and some, in turn, to each repeated declaration."""
    faults: list[str] = []
    statuses: Counter[int] = Counter()
    met: set[str] = set()
    for turn, (where, declared, before, after) in enumerate(targets(app)):
        whole = declared not in met or "BAD_INPUT_IN_FULL" in os.environ
        met.add(declared)
        for kind, value in (VALUES if whole else turn_of(turn)) if turn % PARTS == part else ():
            answer = service.get(f"{before}{value}{after}", {})
            statuses[answer[0]] += 1
            wrong = fault(answer)
            if wrong:
                faults.append(f"{where}, {kind}, {value[:60]}: {wrong}")
    print(f"{statuses.total()} requests, {dict(sorted(statuses.items()))}")  # noqa: T201 - the count is what a reader wants
    assert not faults, "\n".join([f"{len(faults)} of {statuses.total()}", *faults[:40]])
    assert statuses[200] > 300 / PARTS / 2
    assert statuses[422] > 4_000 / PARTS / 2
    log_is_printable(service)


HEADERS_IN_TURN = 3
"""Each header is sent to one operation in this many, besides the first of each tag."""


def test_every_operation_meets_bad_headers(service: Service, app: FastAPI) -> None:
    """Sends every header to the first operation of a tag, and a third of them, in turn, to each other operation."""
    faults = []
    met: set[str] = set()
    for turn, (path, methods) in enumerate(app.openapi()["paths"].items()):
        if "get" not in methods:
            continue
        (tag,) = methods["get"]["tags"]
        whole = tag not in met or "BAD_INPUT_IN_FULL" in os.environ
        met.add(tag)
        query = "&".join(f"{name}={value}" for name, value in with_required_params(path).items())
        for name, value in HEADERS if whole else HEADERS[turn % HEADERS_IN_TURN :: HEADERS_IN_TURN]:
            wrong = fault(service.get(f"{path.format(**IN_PATHS)}?{query}", {name: value}), header=name)
            if wrong:
                faults.append(f"{path}, {name}: {value[:60]!r}: {wrong}")
    assert not faults, "\n".join([str(len(faults)), *faults[:40]])
    log_is_printable(service)


def test_the_log_is_printable_lines(service: Service, app: FastAPI) -> None:
    for path in app.openapi()["paths"]:
        service.get(f"{path.format(**IN_PATHS)}?a%0Aforged%1B=%0D", {"X-Request-Id": "forged id"})
    log_is_printable(service)


def log_is_printable(service: Service) -> None:
    """Reads the log of all requests up to now."""
    log = service.log.read_text(encoding="utf-8", errors="surrogateescape")
    assert PRINTABLE_LOG.fullmatch(log), log[:2_000]
    assert "forged" not in log
    assert "Traceback" not in log, log[:2_000]
