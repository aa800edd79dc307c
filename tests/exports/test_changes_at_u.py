"""Changes for readers of U: their feed, files and tags move with what they see, and with nothing above it."""

from collections.abc import Callable, Iterator

import httpx
import psycopg
import pytest

from app.core.db import admin_engine
from app.core.migrations import upgrade
from app.core.settings import Settings
from app.main import create_app
from tests.conftest import serving
from tests.fixtures.followup import insert_followup
from tests.fixtures.markings import load_marked

SEEN = (
    "/v1/exports/recommendations.csv",
    "/v1/feeds/targets/embassy.atom",
    "/v1/feeds/targets/china.atom",
    "/v1/recommendations?sort=-updated_at&limit=200",
    "/v1/events?limit=200",
)
ABOVE = (
    "(SELECT x.id FROM recommendations x WHERE x.visible_from = 'sbu' AND x.panel_id IS NOT NULL ORDER BY x.id LIMIT 1)"
)
BELOW = "(SELECT x.id FROM recommendations x WHERE x.visible_from = 'u' ORDER BY x.id LIMIT 1)"
ASSESS = (
    "INSERT INTO assessments (id, recommendation_id, aspect, number, value, source_words, publication, marking, authors, "
    "persons, recorded_at) SELECT r || ':position:1', r, 'position', 1, 'noted', 'A letter', 'published', '{}', "
    "'{{key:a}}', '{{a}}', now() FROM (SELECT {} AS r) x"
)
UNSEEN = {
    "a recommendation above U is changed": f"UPDATE recommendations SET text = text || ' now' WHERE id = {ABOVE}",
    "one is withdrawn": f"UPDATE recommendations SET publication = 'withdrawn' WHERE id = {ABOVE}",
    "it names somebody else": f"DELETE FROM recommendation_proposers WHERE recommendation_id = {ABOVE}",
    "it has another target": f"DELETE FROM recommendation_targets WHERE recommendation_id = {ABOVE}",
    "a recommendation at U is assessed above U": ASSESS.format("SBU", BELOW),
    "the service dates that": f"UPDATE recommendations SET updated_at = clock_timestamp() WHERE id = {BELOW}",
    "the service dates an event": "UPDATE events SET updated_at = clock_timestamp() WHERE visible_from = 'u'",
    "an outcome above U": f"INSERT INTO event_outcomes SELECT (SELECT id FROM events WHERE visible_from = 'u' LIMIT 1), {ABOVE}, 'x'",
    "an action above U": "UPDATE action_revisions SET title = title || ' now' WHERE recorded_at IS NULL",
    "a summary above U": "UPDATE reforms SET summary = summary || ' now' WHERE summary_marking = 'SBU'",
    "a name from a cable": "UPDATE organization_names SET name = name || ' now' WHERE kind = 'alias'",
    "an old name": "UPDATE paragraphs SET text = text WHERE marking = 'SBU'",
}
PUBLISHED = {
    "a recommendation at U is changed": f"UPDATE recommendations SET text = text || ' now' WHERE id = {BELOW}",
    "one is assessed at U": ASSESS.format("U", BELOW),
    "a person that it names has another name": "UPDATE people SET name = name || ' now' WHERE visible_from = 'u'",
}


@pytest.fixture
def at_u(copy_of_marked: Callable[[], str]) -> Iterator[tuple[str, httpx.Client]]:
    url = copy_of_marked()
    app = create_app(Settings(anonymous="U", response_cache_bytes=0), database_url=url)
    with serving(app) as address, httpx.Client(base_url=address, timeout=60) as client:
        yield url, client


@pytest.fixture(scope="module")
def copy_of_marked(server_url: str, tmp_path_factory: pytest.TempPathFactory) -> Callable[[], str]:
    """Returns a function that makes a copy of the register in which some paragraphs are U."""
    number = iter(range(1_000))

    def named(name: str) -> str:
        return server_url.replace("/roundtable?", f"/{name}?")

    def create(name: str, template: str) -> str:
        with psycopg.connect(server_url, autocommit=True) as connection:
            connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"'.encode())
        return named(name)

    url = create("changed_at_u", "template0")
    upgrade(url)
    engine = admin_engine(url)
    load_marked(engine, tmp_path_factory.mktemp("changed"))
    engine.dispose()
    insert_followup(url)
    return lambda: create(f"changed_at_u_{next(number)}", "changed_at_u")


def state(client: httpx.Client) -> dict[str, object]:
    """Everything that moves with a change: the feed, and files and feeds with their tags."""
    found: dict[str, object] = {"changes": client.get("/v1/changes", params={"limit": 200}).text}
    for path in SEEN:
        answer = client.get(path)
        assert answer.status_code == 200, answer.text
        found[path] = (answer.headers["etag"], answer.text)
    return found


def newest(client: httpx.Client, **params: str) -> str:
    """Reads the feed to its end. Returns the position there."""
    found = client.get("/v1/changes", params={"limit": 200, **params}).json()
    while found["has_more"]:
        found = client.get("/v1/changes", params={"limit": 200, "since": found["next_since"], **params}).json()
    return str(found["next_since"])


def run(url: str, statement: str) -> None:
    with psycopg.connect(url) as connection:
        assert connection.execute(statement.encode()).rowcount > 0, statement


def test_nothing_moves_with_what_is_above(at_u: tuple[str, httpx.Client]) -> None:
    url, client = at_u
    before = state(client)
    for name, statement in UNSEEN.items():
        run(url, statement)
        assert state(client) == before, name


@pytest.mark.parametrize("name", PUBLISHED)
def test_a_change_that_is_seen_is_in_the_feed(at_u: tuple[str, httpx.Client], name: str) -> None:
    url, client = at_u
    since = newest(client)
    run(url, PUBLISHED[name])
    assert client.get("/v1/changes", params={"since": since}).json()["items"]


@pytest.mark.parametrize(
    ("at", "table", "changed"),
    [("/v1/recommendations", "recommendations", "text = text || ' now'"), ("/v1/events", "events", "note = 'now'")],
)
def test_a_record_is_dated_by_what_is_seen_of_it(
    at_u: tuple[str, httpx.Client], at: str, table: str, changed: str
) -> None:
    url, client = at_u
    before = {one["id"]: one["updated_at"] for one in client.get(at, params={"limit": 200}).json()["items"]}
    seen = f"(SELECT min(id) FROM {table} WHERE visible_from = 'u')"
    run(url, f"UPDATE {table} SET {changed}, updated_at = clock_timestamp() WHERE id = {seen}")
    after = {one["id"]: one["updated_at"] for one in client.get(at, params={"limit": 200}).json()["items"]}
    assert [name for name, time in after.items() if time != before[name]] == [min(after)]
    assert after[min(after)] > before[min(after)]


def test_a_record_that_is_raised_is_gone_once(at_u: tuple[str, httpx.Client]) -> None:
    url, client = at_u
    since = newest(client, collection="recommendations")
    run(url, "UPDATE paragraphs SET marking = 'SBU' WHERE marking = 'U'")
    found = client.get("/v1/changes", params={"since": since, "limit": 200, "collection": "recommendations"}).json()
    assert found["items"]
    assert {one["removed"] for one in found["items"]} == {True}
    run(url, f"UPDATE recommendations SET text = text || ' now' WHERE id = {ABOVE}")
    later = {"since": found["next_since"], "collection": "recommendations"}
    assert client.get("/v1/changes", params=later).json()["items"] == []
