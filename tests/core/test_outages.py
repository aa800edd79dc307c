"""Database outages: while PostgreSQL is down, hangs or restarts, clients get 2xx, their own 4xx, or 503."""

import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from app.core.settings import Settings
from app.main import create_app
from app.vocabulary import Role
from chaos.postgres import Postgres, loaded
from tests.conftest import KEY_SECRET, bearer, new_key, serving

SETTINGS = Settings.model_validate({"api_key_secret": KEY_SECRET, "response_cache_bytes": 0})
pytestmark = pytest.mark.timing
READS = (
    "/v1/recommendations?limit=2",
    "/v1/search?q=patent",
    "/v1/cables/07BEIJING7192/source",
    "/v1/exports/recommendations.csv",
    "/v1/changes",
    "/v1/summary",
    "/healthz/ready",
    "/v1/recommendations/none",
)
REFUSED_WITHIN = 4.0
BACK_WITHIN = 10.0


@pytest.fixture(scope="module")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Postgres]:
    with loaded(tmp_path_factory.mktemp("outages")) as found:
        yield found


@pytest.fixture(scope="module")
def shown(postgres: Postgres) -> dict[str, str]:
    return bearer(new_key(postgres.url, Role.READER, Role.AUDITOR))


@pytest.fixture
def http(postgres: Postgres) -> Iterator[httpx.Client]:
    with (
        serving(create_app(SETTINGS, database_url=postgres.url)) as base,
        httpx.Client(base_url=base, timeout=30) as client,
    ):
        yield client


def is_fit(answer: httpx.Response) -> bool:
    """Returns true if a client may get this response during an outage."""
    if answer.status_code == 503:
        problem = answer.headers["content-type"] == "application/problem+json"
        return (
            problem
            and answer.headers["retry-after"].isdigit()
            and answer.json()["code"] in {"unavailable", "query-timeout"}
        )
    return answer.status_code in {200, 201, 404, 409}


def requests(http: httpx.Client, shown: dict[str, str], *, reads: tuple[str, ...] = READS) -> Iterator[httpx.Request]:
    for path in reads:
        yield http.build_request("GET", path)
    yield http.build_request("GET", "/v1/panels", headers=shown)
    yield http.build_request("GET", "/v1/audit/checkpoints", headers=shown)
    yield http.build_request("POST", "/v1/audit/checkpoints", json={}, headers=shown)


def asked(http: httpx.Client, shown: dict[str, str], *, reads: tuple[str, ...] = READS) -> Iterator[httpx.Response]:
    return map(http.send, requests(http, shown, reads=reads))


def back(http: httpx.Client, shown: dict[str, str]) -> float:
    """Returns the seconds until all requests succeed again."""
    began = time.monotonic()
    while not all(one.status_code < 500 for one in asked(http, shown)):
        assert time.monotonic() - began < BACK_WITHIN, "it does not come back"
        time.sleep(0.1)
    return time.monotonic() - began


def test_while_it_is_down_all_is_refused_at_once_and_nothing_is_a_fault(
    postgres: Postgres, http: httpx.Client, shown: dict[str, str]
) -> None:
    assert all(one.is_success or one.status_code == 404 for one in asked(http, shown))
    time.sleep(5.1)  # the cached API keys expire
    postgres.kill()
    try:
        assert http.get("/healthz/live").status_code == 200
        for answer in asked(http, shown):
            assert (answer.status_code, is_fit(answer)) == (503, True), (answer.url, answer.text)
            assert answer.elapsed.total_seconds() < REFUSED_WITHIN, answer.url
    finally:
        postgres.start()
    back(http, shown)


def test_while_it_hangs_all_is_refused_in_time(postgres: Postgres, http: httpx.Client, shown: dict[str, str]) -> None:
    assert all(one.is_success or one.status_code == 404 for one in asked(http, shown))
    time.sleep(5.1)
    with postgres.still(), ThreadPoolExecutor() as senders:
        # Each request waits for its timeout, so they are sent at once.
        for answer in senders.map(http.send, requests(http, shown)):
            assert (answer.status_code, is_fit(answer)) == (503, True), (answer.url, answer.text)
            assert answer.elapsed.total_seconds() < 10, answer.url
    back(http, shown)


@pytest.mark.parametrize("how", ["the server", "one connection"])
def test_killed_under_load_it_is_never_a_fault(
    postgres: Postgres, http: httpx.Client, shown: dict[str, str], how: str
) -> None:
    seen: list[httpx.Response] = []
    # An export that breaks off has already sent its status, so its connection is closed.
    reads = tuple(path for path in READS if "exports" not in path)
    over = threading.Event()

    def load() -> None:
        while not over.is_set():
            seen.extend(asked(http, shown, reads=reads))

    threads = [threading.Thread(target=load) for _ in range(6)]
    for thread in threads:
        thread.start()
    try:
        for _ in range(3):
            time.sleep(0.7)
            if how == "the server":
                postgres.kill()
                time.sleep(0.5)
                postgres.start()
            else:
                postgres.kill_backend()
        back(http, shown)
    finally:
        over.set()
        for thread in threads:
            thread.join()
    unfit = Counter((str(one.url.path), one.status_code, one.text[:200]) for one in seen if not is_fit(one))
    assert not unfit
    assert Counter(one.status_code for one in seen)[200] > 50
