"""Application factory: the application under a plain ASGI server, without the command, is complete."""

import os
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import pytest

from app.vocabulary import Role
from tests.conftest import KEY_SECRET, ROOT, bearer, new_key

COMMAND = [sys.executable, "-P", "-m", "uvicorn", "app.main:create_app", "--factory", "--port"]
STARTED_WITHIN = 120


def environment(**settings: str) -> dict[str, str]:
    own = {name: value for name, value in os.environ.items() if not name.startswith("ROUNDTABLE_")}
    return {**own, "PYTHONPATH": str(ROOT), **{f"ROUNDTABLE_{name}": value for name, value in settings.items()}}


@contextmanager
def uvicorn_process(*options: str, **settings: str) -> Iterator[str]:
    """Yields the base URL of a process of exactly that command."""
    process = subprocess.Popen(
        [*COMMAND, "0", *options], cwd=ROOT, env=environment(**settings), stderr=subprocess.PIPE, text=True
    )
    assert process.stderr is not None
    too_long = threading.Timer(STARTED_WITHIN, process.kill)
    too_long.start()
    try:
        for line in process.stderr:
            if found := re.search(r"running on (http://127\.0\.0\.1:\d+)", line):
                yield found[1]
                return
        pytest.fail("uvicorn did not start")
    finally:
        too_long.cancel()
        process.terminate()
        process.communicate(timeout=60)


def test_the_factory_serves_the_whole_stack(served_url: str) -> None:
    key = new_key(served_url, Role.READER)
    settings = {"DATABASE_URL": served_url, "API_KEY_SECRET": KEY_SECRET, "METRICS": "on"}
    with uvicorn_process(**settings) as base, httpx.Client(base_url=base, timeout=60) as http:
        answer = http.get("/v1/panels", headers={"Accept-Encoding": "gzip"})
        assert (answer.status_code, answer.headers["content-encoding"]) == (200, "gzip")
        assert answer.headers["x-frame-options"] == "DENY"
        assert answer.headers["ratelimit-policy"] == '"default";q=1200;w=60'
        tags = {"Accept-Encoding": "gzip", "If-None-Match": answer.headers["etag"]}
        assert http.get("/v1/panels", headers=tags).status_code == 304
        assert http.get("/v1/panels", headers=bearer(key)).status_code == 200
        assert "roundtable_requests_in_flight 1.0" in http.get("/metrics").text
        assert http.get("/v1/panels%0A").status_code == 400
        for header in ({"Host": "evil.example"}, {"X-Forwarded-For": "127.0.0.1"}, {"Via": "1.1 proxy"}):
            assert http.get("/v1/panels", headers=header).status_code == 401, header


def test_a_prefix_is_the_setting_s_under_any_server(served_url: str) -> None:
    settings = {"DATABASE_URL": served_url, "ROOT_PATH": "/register", "ANONYMOUS": "SBU"}
    with uvicorn_process(**settings) as base:
        link = httpx.get(f"{base}/v1/recommendations?limit=1", timeout=60).headers["link"]
        assert link.startswith("</register/v1/recommendations?limit=1&cursor=")


def test_a_server_that_believes_forwarded_headers_opens_nothing(served_url: str) -> None:
    """Plain uvicorn trusts forwarded addresses from any loopback peer. That does not make the peer a trusted proxy."""
    settings = {
        "DATABASE_URL": served_url,
        "PROXY_AUTH_HEADER": "X-Remote-User",
        "TRUSTED_PROXIES": "10.1.0.7",
        "PROXY_AUTH_CLEARANCE": "SBU",
    }
    with uvicorn_process(**settings) as base:
        for claimed in ("10.1.0.7", "10.1.0.7:1234", "192.0.2.1, 10.1.0.7"):
            headers = {"X-Remote-User": "mallory", "X-Forwarded-For": claimed}
            assert httpx.get(f"{base}/v1/panels", headers=headers, timeout=60).status_code == 401, claimed


@pytest.mark.parametrize(
    ("settings", "line"),
    [
        ({}, "ROUNDTABLE_DATABASE_URL: is not set"),
        ({"DATABASE_URL": "mysql://x"}, "ROUNDTABLE_DATABASE_URL: give an address such as postgresql://"),
        ({"DATABASE_URL": "postgresql://x", "NO_SUCH": "1"}, "there is no setting ROUNDTABLE_NO_SUCH"),
    ],
)
def test_invalid_settings_are_a_one_line_error(settings: dict[str, str], line: str) -> None:
    done = subprocess.run(
        [*COMMAND, "0"],
        cwd=ROOT,
        env=environment(**settings),
        capture_output=True,
        text=True,
        check=False,
        timeout=STARTED_WITHIN,
    )
    assert done.returncode != 0
    assert f"Error: {line}" in done.stderr
    assert "Traceback" not in done.stderr
