"""Rate limit of callers without credentials, over real sockets: on by default, and for no other callers."""

import json
import logging
import socket
import time

import pytest

from app.core.settings import Settings
from app.http.middleware.rate_limit import RateLimit
from app.vocabulary import Role
from tests.conftest import bearer, new_key
from tests.http.test_access_log import served

GUESS = bearer("rr_000000000000_" + "x" * 43)


def test_the_limit_is_on_by_default_and_can_be_turned_off(served_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ROUNDTABLE_ANONYMOUS_RATE_LIMIT")
    assert Settings().anonymous_rate_limit == "1200/minute"
    with served(served_url) as http:
        answer = http.get("/v1/panels")
        assert answer.headers["ratelimit-policy"] == '"default";q=1200;w=60'
        assert "ratelimit" not in http.get("/healthz/live").headers
    with served(served_url, anonymous_rate_limit="") as http:
        assert "ratelimit" not in http.get("/v1/panels").headers


def test_valid_credentials_are_not_rate_limited(served_url: str) -> None:
    key = bearer(new_key(served_url, Role.READER))
    with served(served_url, anonymous_rate_limit="5/hour") as http:
        statuses = [http.get("/v1/panels").status_code for _ in range(7)]
        assert statuses == [200] * 5 + [429] * 2
        for path in ("/openapi.json", "/docs", "/v1/nothing"):
            refused = http.get(path)
            assert (refused.status_code, refused.json()["code"]) == (429, "too-many-requests"), path
            assert 0 < int(refused.headers["retry-after"]) <= 3_600
            assert refused.headers["ratelimit"].startswith('"default";r=0;t=')
        assert [http.get("/v1/panels", headers=key).status_code for _ in range(8)] == [200] * 8
        assert http.get("/v1/panels", headers=GUESS).status_code == 429


@pytest.mark.parametrize("kind", ["a write", "a guess", "a guess where nobody is asked"])
def test_refused_requests_cost_more_of_the_rate_limit(served_url: str, kind: str) -> None:
    with served(served_url, anonymous_rate_limit="60/hour") as http:
        if kind == "a write":
            statuses = [http.post("/v1/actions", json={}).status_code for _ in range(9)]
            assert statuses == [401] * 6 + [429] * 3
        elif kind == "a guess":
            statuses = [http.get("/v1/panels", headers=GUESS).status_code for _ in range(9)]
            assert statuses == [401] * 6 + [429] * 3
        else:
            # A page needs no credentials, so sending some does not lift the limit.
            statuses = [http.get("/docs", headers=GUESS).status_code for _ in range(62)]
            assert statuses == [200] * 60 + [429] * 2
        assert http.get("/v1/panels").status_code == 429


def test_only_the_probes_themselves_are_let_through(served_url: str) -> None:
    with served(served_url, anonymous_rate_limit="1/hour", metrics="on") as http:
        http.get("/v1/panels")
        for path in ("/healthz/live", "/healthz/ready", "/metrics"):
            assert http.get(path).status_code == 200, path
        for path in (
            "/healthz/anything",
            "/healthz/live/x",
            "/healthz/",
            "/healthz",
            "/metricsX",
            "/metrics/",
            "//metrics",
        ):
            assert http.get(path).status_code == 429, path


def test_the_addresses_of_one_ipv6_network_are_one_client(served_url: str) -> None:
    """A connection to the internet comes with 2^64 addresses of IPv6, so a new one costs nothing."""
    with served(served_url, trusted_proxies="127.0.0.1", anonymous="U", anonymous_rate_limit="2/hour") as http:

        def statuses(*addresses: str) -> list[int]:
            return [http.get("/v1/panels", headers={"X-Forwarded-For": one}).status_code for one in addresses]

        assert statuses("2001:db8::1", "2001:db8::ffff:2", "2001:db8::3") == [200, 200, 429]
        assert statuses("2001:db8:0:1::1") == [200]
        assert statuses("::ffff:192.0.2.7", "192.0.2.7", "192.0.2.7", "192.0.2.8") == [200, 200, 429, 200]


def test_the_rate_limit_refills_with_time() -> None:
    now = [1_000.0]
    limit = RateLimit("4/minute", clock=lambda: now[0])

    def taken(times: int) -> int:
        return sum(limit.take("one")[1] == 0 for _ in range(times))

    assert taken(9) == 4
    now[0] += 15
    assert taken(9) == 1
    fields, wait = limit.take("one")
    assert (dict(fields)[b"ratelimit"], round(wait)) == (b'"default";r=0;t=60', 15)
    assert limit.take("other")[1] == 0
    limit.charge("other", 1_000)
    now[0] += 61
    assert (taken(9), limit.is_spent("other")) == (4, False)


def test_idle_callers_are_evicted_from_the_rate_limiter() -> None:
    now = [0.0]
    limit = RateLimit("10/second", clock=lambda: now[0])
    for number in range(50_000):
        limit.take(str(number))
        now[0] += 0.001
    assert len(limit._whole_at) <= 20_000  # noqa: SLF001 - the test is about its content


def test_an_aborted_request_body_is_logged_as_499(
    served_url: str, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    key = new_key(served_url, Role.EDITOR, Role.READER)
    output = ""
    with served(served_url, access_log="on", log_format="json") as http:
        for coding in ("Content-Length: 1000\r\n\r\n{", "Transfer-Encoding: chunked\r\n\r\n1\r\n{\r\n"):
            with socket.create_connection((http.base_url.host, http.base_url.port or 80)) as connection:
                head = f"POST /v1/actions HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {key}\r\n"
                connection.sendall(f"{head}Content-Type: application/json\r\n{coding}".encode())
                time.sleep(0.5)
        deadline = time.monotonic() + 30
        while output.count("\n") < 2:
            assert time.monotonic() < deadline
            time.sleep(0.1)
            output += capsys.readouterr().err
    lines = [json.loads(line) for line in output.splitlines()]
    assert [(line["status"], line["operation"]) for line in lines] == [(499, "create_action")] * 2
    assert all(" 499 " in line["message"] for line in lines)
    assert not [one for one in caplog.records if one.levelno >= logging.WARNING]
    assert "Traceback" not in caplog.text
