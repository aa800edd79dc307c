"""Access log, metrics, concurrency limit and rate limits, over real sockets."""

import json
import re
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from app.core.settings import Settings
from app.http.middleware.request_context import ConcurrencyLimit
from app.main import create_app
from app.vocabulary import Role
from tests.conftest import KEY_SECRET, bearer, new_key, serving


@contextmanager
def served(url: str, **options: Any) -> Iterator[httpx.Client]:
    with watched(url, **options) as (http, _):
        yield http


@contextmanager
def watched(url: str, **options: Any) -> Iterator[tuple[httpx.Client, ConcurrencyLimit]]:
    """Yields a client of the service, and its concurrency limit."""
    settings = Settings.model_validate({"api_key_secret": KEY_SECRET, **options})
    app = create_app(settings, database_url=url)
    with serving(app, settings) as base, httpx.Client(base_url=base, timeout=60) as http:
        yield http, app.state.concurrency_limit


def waiting(http: httpx.Client, shown: dict[str, str]) -> socket.socket:
    """Sends a request whose body never comes."""
    held = socket.create_connection((http.base_url.host, http.base_url.port or 80))
    head = f"POST /v1/admin/keys HTTP/1.1\r\nHost: x\r\nAuthorization: {shown['Authorization']}\r\n"
    held.sendall(f"{head}Content-Type: application/json\r\nContent-Length: 9\r\n\r\n".encode())
    return held


def figure(http: httpx.Client, name: str, **labels: str) -> float | None:
    metrics = http.get("/metrics").text
    for family in text_string_to_metric_families(metrics):
        for sample in family.samples:
            if sample.name == name and labels.items() <= sample.labels.items():
                return float(sample.value)
    return None


def test_more_at_once_than_the_bound_is_refused_and_the_probes_are_not(served_url: str) -> None:
    with watched(served_url, max_concurrent_requests=2) as (http, limit):
        limit.in_flight = 2
        refused = http.get("/v1/panels")
        assert (refused.status_code, refused.json()["code"]) == (503, "unavailable")
        assert (
            refused.json()["detail"]
            == "Too many concurrent requests. Repeat the request after the time in Retry-After."
        )
        assert refused.headers["retry-after"] == "2"
        assert refused.headers["x-request-id"] == refused.json()["trace_id"]
        assert refused.headers["x-content-type-options"] == "nosniff"
        assert http.get("/healthz/ready").status_code == 200
        limit.in_flight = 0
        assert http.get("/v1/panels").status_code == 200
        assert limit.in_flight == 0


def _wait_until_free(limit: ConcurrencyLimit) -> None:
    deadline = time.monotonic() + 30
    while limit.in_flight:
        assert time.monotonic() < deadline, "a place is held"
        time.sleep(0.05)


def test_slow_bodies_use_no_slot_and_get_503_if_all_are_taken(served_url: str) -> None:
    key = bearer(new_key(served_url, Role.READER, Role.ADMIN))
    with watched(served_url, max_concurrent_requests=2) as (http, limit), ExitStack() as held:
        slow = [held.enter_context(waiting(http, key)) for _ in range(6)]
        # A request counts as concurrent while its key is authenticated, which takes longer on a busy machine.
        time.sleep(1)
        _wait_until_free(limit)
        assert [http.get("/v1/panels").status_code for _ in range(5)] == [200] * 5
        _wait_until_free(limit)
        limit.in_flight = 2
        slow[0].sendall(b"x" * 9)
        assert (answer := slow[0].recv(10_000)).startswith(b"HTTP/1.1 503 ")
        assert b"retry-after: 2" in answer.lower()
        limit.in_flight = 0
        slow[1].sendall(b"x" * 9)
        assert slow[1].recv(10_000).startswith(b"HTTP/1.1 400 ")
        held.close()
        _wait_until_free(limit)


def test_a_page_of_a_listed_origin_can_read_that_it_is_refused(served_url: str) -> None:
    with served(served_url, anonymous_rate_limit="1/hour", cors_origins="https://wiki.example") as http:
        for origin, allowed_origin in (
            ("https://wiki.example", "https://wiki.example"),
            ("https://other.example", None),
        ):
            refused = [http.get("/v1/panels", headers={"Origin": origin}) for _ in range(2)][-1]
            assert (refused.status_code, refused.json()["code"]) == (429, "too-many-requests")
            assert refused.headers.get("access-control-allow-origin") == allowed_origin
            assert "origin" in refused.headers["vary"].lower()
            assert int(refused.headers["retry-after"]) > 0


def test_each_caller_has_a_rate_of_its_own(served_url: str) -> None:
    one, other = (bearer(new_key(served_url, Role.READER)) for _ in range(2))
    with served(served_url, rate_limit="3/hour", anonymous_rate_limit="3/hour") as http:
        for shown in (one, other, {}):
            left = [http.get("/v1/panels", headers=shown) for _ in range(4)]
            assert [answer.status_code for answer in left] == [200, 200, 200, 429]
            assert left[0].headers["ratelimit-policy"] == '"default";q=3;w=3600'
            assert left[0].headers["ratelimit"].startswith('"default";r=2;t=')
            assert left[3].json()["code"] == "too-many-requests"
            assert 0 < int(left[3].headers["retry-after"]) <= 3600
        # Invalid keys count for the client address, whose limit is used up.
        assert http.get("/v1/panels", headers=bearer("rr_000000000000_" + "x" * 43)).status_code == 429
        assert all(http.get("/healthz/live").status_code == 200 for _ in range(5))


def test_metrics_are_counted_by_operation_if_enabled(served_url: str, base_url: str) -> None:
    assert httpx.get(f"{base_url}/metrics").status_code == 404
    with served(served_url, metrics="on") as http:
        for _ in range(3):
            http.get("/v1/panels")
        http.get("/v1/panels/none")
        http.request("PROPFIND", "/v1/there/is/nothing")
        assert http.get("/metrics").headers["content-type"].startswith("text/plain; version=")
        labels = {"operation": "list_panels", "method": "GET", "status": "2xx"}
        assert figure(http, "roundtable_requests_total", **labels) == 3
        assert figure(http, "roundtable_requests_total", operation="get_panel", status="4xx") == 1
        assert figure(http, "roundtable_requests_total", operation="none", method="other") == 1
        assert figure(http, "roundtable_request_seconds_count", operation="list_panels") == 3
        assert figure(http, "roundtable_requests_in_flight") == 1
        assert figure(http, "roundtable_pool_in_use", pool="readers_SBU") == 0
        assert "/v1/" not in http.get("/metrics").text
        for host, status in {"localhost:1": 200, "[::1]": 200, "evil.example": 404}.items():
            assert http.get("/metrics", headers={"Host": host}).status_code == status, host
        assert http.get("/metrics", headers={"X-Forwarded-For": "192.0.2.1"}).status_code == 404


@pytest.mark.parametrize("form", ["json", "text"])
def test_each_request_is_one_access_log_line(served_url: str, capsys: pytest.CaptureFixture[str], form: str) -> None:
    key = new_key(served_url, Role.READER)
    with served(served_url, access_log="on", log_format=form) as http:
        missing = http.get("/v1/panels/none%E2%80%AE%22x", headers=bearer(key), params={"word": "planted"})
        http.get("/v1/panels", headers={"X-Request-Id": "mine-1"})
    output = capsys.readouterr().err
    assert "planted" not in output
    assert key not in output
    lines = output.splitlines()
    assert len(lines) == 2
    assert "mine-1 GET /v1/panels 200" in lines[1]
    if form == "text":
        assert re.fullmatch(r"[0-9-]{10} [0-9:]{8},[0-9]{3} INFO roundtable\.access: .+ ms anonymous", lines[1])
        return
    first, second = map(json.loads, lines)
    assert first["request_id"] == missing.json()["trace_id"]
    assert (first["method"], first["status"], first["caller"]) == (
        "GET",
        missing.status_code,
        f"key:{key.split('_')[1]}",
    )
    assert (second["request_id"], second["path"], second["operation"]) == ("mine-1", "/v1/panels", "list_panels")
    assert (second["status"], second["caller"]) == (200, "anonymous")
    assert 0 < second["duration_ms"] < 5000
    assert datetime.fromisoformat(second["time"]) <= datetime.now(UTC)


def test_lines_of_the_access_log_come_without_further_requests(
    served_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with served(served_url, access_log="on") as http:
        http.get("/v1/panels", headers={"X-Request-Id": "mine-2"})
        output = ""
        deadline = time.monotonic() + 30
        while "mine-2" not in output:
            assert time.monotonic() < deadline, "the line does not come"
            time.sleep(0.02)
            output += capsys.readouterr().err
