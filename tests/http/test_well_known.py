"""Endpoints below /.well-known/."""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from app.core.settings import Settings
from app.main import create_app
from tests.conftest import serving
from tests.conventions.test_problems import problem

PREFIX = "/register"


@pytest.fixture(scope="module")
def prefixed(copy_database: Callable[[str], str]) -> Iterator[httpx.Client]:
    settings = Settings(root_path=PREFIX, security_contact="https://register.example/report")
    app = create_app(settings, database_url=copy_database("wellknown"))
    with serving(app, settings) as address, httpx.Client(base_url=address) as http:
        yield http


def test_the_catalog_leads_to_what_there_is(client: httpx.Client, prefixed: httpx.Client) -> None:
    for http, root in ((client, ""), (prefixed, PREFIX)):
        answer = http.get("/.well-known/api-catalog")
        assert answer.headers["content-type"].startswith("application/linkset+json; profile=")
        assert answer.headers["link"] == f'<{root}/.well-known/api-catalog>; rel="api-catalog"'
        (linked,) = json.loads(answer.text)["linkset"]
        assert linked.pop("anchor") == f"{root}/v1"
        assert set(linked) == {"service-desc", "service-doc", "status"}
        for relation in ("service-desc", "status"):
            (target,) = linked[relation]
            assert target["href"].startswith(f"{root}/")
            found = http.get(target["href"].removeprefix(root))
            assert (found.status_code, found.headers["content-type"]) == (200, target["type"])
        assert [one["href"] for one in linked["service-doc"]] == [f"{root}/docs", f"{root}/reference"]


def test_security_txt_has_the_configured_contact(client: httpx.Client, prefixed: httpx.Client) -> None:
    problem(client.get("/.well-known/security.txt"), 404, "not-found")
    answer = prefixed.get("/.well-known/security.txt")
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    fields = dict(line.split(": ", 1) for line in answer.text.splitlines())
    assert fields["Contact"] == "https://register.example/report"
    ahead = datetime.fromisoformat(fields["Expires"]) - datetime.now(UTC)
    assert timedelta(days=170) < ahead < timedelta(days=365)
