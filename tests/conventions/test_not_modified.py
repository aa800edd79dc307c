"""304 responses have the header fields of their 200, since a cache updates its stored fields from the 304."""

from collections.abc import Callable, Iterator

import httpx
import pytest
from pydantic import SecretStr

from app.core.problem_kinds import PROBLEMS
from app.core.settings import Settings
from app.main import create_app
from app.pages.assets import ASSETS
from tests.conftest import EVERY_ROLE, IN_PATHS, KEY_SECRET, bearer, new_key, serving, with_required_params
from tests.conventions.test_cacheable_routes import READS
from tests.fixtures.followup import insert_followup

ORIGIN = "https://wiki.example"
PAGES = ["/", "/docs", "/reference", "/problems", *(f"/problems/{code}" for code in PROBLEMS)]
FILES = ["/favicon.ico", *(f"/{asset.address}" for asset in ASSETS.values())]
OTHERS = ["/openapi.json", "/.well-known/api-catalog", "/.well-known/security.txt", "/metrics"]
OF_THE_BODY = {"content-encoding", "content-length", "content-type", "transfer-encoding"}
OF_THE_MOMENT = {"date", "x-request-id"}


@pytest.fixture(scope="module")
def url(copy_database: Callable[[str], str]) -> str:
    url = copy_database("not_modified")
    insert_followup(url)
    return url


@pytest.fixture(scope="module", params=["as it is", "with origins, nothing kept"])
def http(request: pytest.FixtureRequest, url: str) -> Iterator[httpx.Client]:
    more = {} if request.param == "as it is" else {"cors_origins": ORIGIN, "response_cache_bytes": 0}
    contact = {"security_contact": "mailto:security@register.example", "metrics": "on"}
    settings = Settings.model_validate({"api_key_secret": SecretStr(KEY_SECRET), **contact, **more})
    key = new_key(url, *EVERY_ROLE)
    with (
        serving(create_app(settings, database_url=url), settings) as address,
        httpx.Client(base_url=address, timeout=60, headers={**bearer(key), "Origin": ORIGIN}) as client,
    ):
        yield client


def fields(answer: httpx.Response) -> list[tuple[str, str]]:
    return sorted(one for one in answer.headers.multi_items() if one[0] not in OF_THE_BODY | OF_THE_MOMENT)


@pytest.mark.parametrize("coding", ["identity", "gzip"])
def test_a_304_has_the_header_fields_of_the_200(http: httpx.Client, coding: str) -> None:
    tried = 0
    for path in [*READS, *PAGES, *FILES, *OTHERS]:
        asked = {"url": path.format(**IN_PATHS), "params": with_required_params(path) or None}
        whole = http.get(**asked, headers={"Accept-Encoding": coding})  # type: ignore[arg-type] # of httpx, for each of them
        if "etag" not in whole.headers or path == "/metrics":
            assert whole.status_code != 200 or path == "/metrics", path
            continue
        tried += 1
        for tags in (whole.headers["etag"], f"W/{whole.headers['etag']}", "*"):
            again = http.get(**asked, headers={"Accept-Encoding": coding, "If-None-Match": tags})  # type: ignore[arg-type] # likewise
            assert (again.status_code, again.content) == (304, b""), path
            assert fields(again) == fields(whole), path
            assert not OF_THE_BODY & set(again.headers), path
    assert tried > len(READS) + len(PAGES) + len(FILES) - 10


def test_tags_may_come_in_several_fields(http: httpx.Client) -> None:
    for path in ("/v1/panels", "/docs", "/v1/exports/panels.csv"):
        tag = http.get(path, headers={"Accept-Encoding": "identity"}).headers["etag"]
        sent = [("Accept-Encoding", "identity"), ("If-None-Match", '"other"'), ("If-None-Match", tag)]
        assert http.get(path, headers=sent).status_code == 304, path
        sent[2] = ("If-None-Match", '"another"')
        assert http.get(path, headers=sent).status_code == 200, path


def test_an_export_that_is_unchanged_is_not_made(http: httpx.Client) -> None:
    """The audit trail records an export only if its content was sent."""
    path = "/v1/exports/panels.csv"
    tag = http.get(path).headers["etag"]

    def entries() -> int:
        return len(http.get("/v1/audit", params={"limit": 200}).json()["items"])

    before = entries()
    assert http.get(path, headers={"If-None-Match": tag}).status_code == 304
    assert entries() == before
