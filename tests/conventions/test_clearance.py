"""Clearance: nothing above a reader's clearance in any byte of a response, or in the database by its role."""

import re
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import psycopg
import pytest
from sqlalchemy import Engine, text

from app.core.db import admin_engine
from app.core.session import libpq_options, reader_session
from app.core.settings import Settings
from app.http.openapi.document import operations_of
from app.main import create_app
from app.models import Base
from app.models.clearance import NOT_FOR_READERS, OF_OTHER_READERS, READABLE, READERS, U_COLUMN_MASKS
from app.models.clearance_views import create_views, view
from app.vocabulary import Marking, Target
from tests.conftest import CABLE, openapi_document, serving, walk
from tests.fixtures.followup import insert_followup
from tests.fixtures.markings import OPEN, above, load_marked, places, plant

NEVER = f"{CABLE}-R999"
NOT_SHOWN = {
    "recommendations.implementation_source",
    "recommendations.searched",
    "witnesses.id",
    "search_entries.context",
    "follow_ups.id",
    "assessments.reviewer",
    "action_revisions.reviewer",
    "action_revisions.reviewer_person",
    "progress_report_revisions.reviewer",
    "progress_report_revisions.reviewer_person",
}
"""Columns that no response shows, or only in a search snippet. The search is queried for each of them."""
NOT_SHOWN_AT_U = {"person_names.name", "organization_names.name", "follow_ups.text"}
"""Of names, responses show only the other ones. Of plans of the Mission, they show all within its roundtable."""
VARIES = re.compile(r'"trace_id":"[0-9a-f]+"')


class Planted:
    """The register with its marker words, and a client for each clearance."""

    def __init__(self, engine: Engine, address: dict[Marking, str]) -> None:
        self.engine = engine
        self.above = above(engine)
        self.ids = self._ids()
        self.dark, self.bright = plant(engine)
        self.clients = {marking: httpx.Client(base_url=one, timeout=60) for marking, one in address.items()}

    def _ids(self) -> dict[str, list[str]]:
        asked = {
            "recommendation_id": "SELECT id FROM recommendations",
            "reform": "SELECT id FROM reforms",
            "participation_id": "SELECT id FROM participations",
            "event_id": "SELECT id FROM events",
            "statistic_id": "SELECT id FROM statistics",
            "roundtable_id": "SELECT id FROM roundtables",
            "panel_id": "SELECT id FROM panels",
            "person_id": "SELECT id FROM people",
            "organization_id": "SELECT id FROM organizations",
            "action_id": "SELECT id FROM actions",
            "report_id": "SELECT id FROM progress_reports",
            "label": "SELECT label FROM paragraphs",
            "record_id": f"SELECT split_part(id, ':', 1) FROM anchors UNION SELECT '{CABLE}-' || label FROM paragraphs "
            "UNION SELECT id FROM events UNION SELECT id FROM cables",
        }
        with self.engine.connect() as connection:
            found = {name: sorted(connection.scalars(text(query))) for name, query in asked.items()}
        return {**found, "slug": found["reform"], "cable_id": [CABLE], "target": list(Target), "key_id": ["0" * 12]}

    def secret_ids(self) -> list[str]:
        return [one for ids in self.above.values() for one in ids]


@pytest.fixture(scope="module")
def planted(server_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Planted]:
    from app.core.migrations import upgrade  # noqa: PLC0415 - only the fixture needs it

    with psycopg.connect(server_url, autocommit=True) as connection:
        connection.execute('CREATE DATABASE "marked"')
    url = server_url.replace("/roundtable?", "/marked?")
    upgrade(url)
    engine = admin_engine(url)
    load_marked(engine, tmp_path_factory.mktemp("marked"))
    insert_followup(url)
    at_u, at_sbu = (create_app(Settings(anonymous=one), database_url=url) for one in ("U", "SBU"))
    with serving(at_u) as low, serving(at_sbu) as high:
        planted = Planted(engine, {Marking.U: low, Marking.SBU: high})
        yield planted
        for client in planted.clients.values():
            client.close()
    engine.dispose()


def requests(planted: Planted) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yields every operation with every id, and each of its filters with every secret name and word."""
    document = openapi_document()
    for path, methods in document["paths"].items():
        for operation in operations_of({"paths": {path: methods}}):
            # Operations that need a role other than reader have their own tests.
            if operation["security"] and {} not in operation["security"]:
                continue
            names = re.findall(r"{(\w+)}", path)
            values = {name: planted.ids[name] for name in names}
            if path.startswith("/v1/feeds/reforms"):
                values = {"slug": planted.ids["reform"]}
            taken = {one["name"] for one in operation.get("parameters", []) if one["in"] == "query"}
            usual: dict[str, Any] = {"limit": 200} if "limit" in taken else {}
            for number, place in enumerate(places(path, values)):
                yield place, usual | ({"q": "patent"} if path == "/v1/search" else {})
                if "format" in taken and number % 4 == 0:
                    yield from ((place, {"format": form}) for form in ("csl_json", "bibtex"))
            yield from filtered(next(places(path, values)), taken, usual, planted)


def filtered(
    place: str, taken: set[str], usual: dict[str, Any], planted: Planted
) -> Iterator[tuple[str, dict[str, Any]]]:
    asked = {
        "person": planted.above["people"],
        "proposer": planted.above["people"],
        "said_by": planted.above["people"],
        "name": [*planted.above["people"], *planted.above["organizations"]],
        "organization": planted.above["organizations"],
        "body": planted.above["organizations"],
        "addressee": planted.above["organizations"],
        "recommendation": planted.above["recommendations"],
        "id": planted.above["recommendations"],
        "roundtable": planted.above["roundtables"],
        "unit": ["percent"],
        "include": ["total"],
        "paragraph": ["5"],
        "as_of": ["2007-11-21"],
        "q": [one for word in planted.dark.values() for one in (word, word[:-1])][  # also misspelled
            :: 1 if place in {"/v1/search", "/v1/recommendations"} else 17
        ],
    }
    for name in sorted(taken & set(asked)):
        many = name not in {"q", "as_of"}
        words = asked[name]
        chosen: list[Any] = [words[:100]] if many else list(words)
        needed = {"q": "patent"} if place == "/v1/search" else {}
        yield from ((place, {**needed, **usual, name: one}) for one in chosen)


def whole(answer: httpx.Response) -> str:
    return f"{answer.headers.multi_items()}\n{answer.text}"


def test_no_response_has_text_above_the_clearance(planted: Planted) -> None:
    leaks, seen, bright = [], set(), set()
    dark = re.compile(r"zqdark\d+x")
    for path, params in requests(planted):
        low = planted.clients[Marking.U].get(path, params=params)
        assert low.status_code < 500, (path, params, low.text)
        asked = str(params.get("q"))
        found = {word for word in dark.findall(whole(low)) if word != asked}
        leaks += [(path, params, word) for word in found]
        bright |= set(re.findall(r"zqbright\d+x", low.text))
        high = planted.clients[Marking.SBU].get(path, params=params)
        seen |= set(dark.findall(whole(high)))
    assert not leaks, leaks[:5]
    # Readers with clearance SBU see what is hidden at U, and readers with U see what is marked U.
    hidden = {column for column, word in planted.dark.items() if _stands(planted.engine, column, word)}
    assert {column for column in hidden if planted.dark[column] not in seen} <= NOT_SHOWN
    shown = {column for column, word in planted.bright.items() if _stands(planted.engine, column, word)}
    assert {column for column in shown if planted.bright[column] not in bright} <= NOT_SHOWN | NOT_SHOWN_AT_U


def _stands(engine: Engine, column: str, word: str) -> bool:
    table, name = column.split(".")
    with engine.connect() as connection:
        query = f"SELECT EXISTS (SELECT FROM {table} WHERE position('{word}' in {name}::text) > 0)"
        return bool(connection.scalar(text(query)))


def test_lists_give_no_id_above_the_clearance(planted: Planted) -> None:
    """Lists, exports, changes, feeds and pictures, requested without an id, name no record above the clearance."""
    secret = planted.secret_ids()
    assert len(secret) > 200
    any_secret = re.compile(rf"(?<![\w-])(?:{'|'.join(map(re.escape, secret))})(?![\w-])")
    document = openapi_document()
    for path in document["paths"]:
        for place in places(path, planted.ids | {"label": ["8"], "record_id": [f"{CABLE}-8"], "checkpoint_id": ["1"]}):
            if place.startswith(("/v1/recommendations/", "/v1/statistics/", "/v1/people/", "/v1/organizations/")):
                continue  # they may repeat the id of the request
            params = {"q": "patent"} if path == "/v1/search" else {}
            answer = planted.clients[Marking.U].get(place, params=params)
            if answer.status_code == 200:
                assert not any_secret.search(answer.text), place


def test_a_record_above_the_clearance_equals_a_missing_one(planted: Planted) -> None:
    low = planted.clients[Marking.U]
    kinds = {
        "recommendations": (planted.above["recommendations"], NEVER),
        "statistics": (planted.above["statistics"], f"{CABLE}-S999"),
        "participations": (planted.above["participations"], f"{CABLE}-PT999"),
        "events": (planted.above["events"], "patent-law-E999"),
        "people": (planted.above["people"], "nobody"),
        "organizations": (planted.above["organizations"], "nothing"),
        "roundtables": (planted.above["roundtables"], "never-2007"),
        f"cables/{CABLE}/paragraphs": ([one for one in planted.ids["label"] if one not in OPEN], "99"),
        "citations": (
            [*planted.above["recommendations"], *planted.above["statistics"], *planted.above["concerns"]],
            NEVER,
        ),
    }
    for path, (ids, never) in kinds.items():
        assert ids, path
        for one in ids:
            never = re.sub(r"[0-9]+$", "999", one) if path == "citations" else never  # noqa: PLW2901 - of each kind its own
            absent = low.get(f"/v1/{path}/{never}")
            assert absent.status_code == 404
            answer = low.get(f"/v1/{path}/{one}")
            assert _alike(answer, one) == _alike(absent, never), one


def _alike(answer: httpx.Response, named: str) -> tuple[int, str, set[str]]:
    body = re.sub(rf"(?<![\w-]){named}(?![\w-])", "", VARIES.sub("", answer.text))
    return answer.status_code, body, set(answer.headers)


def test_counts_are_of_what_the_reader_sees(planted: Planted) -> None:
    low = planted.clients[Marking.U]
    for path in (
        "recommendations",
        "statistics",
        "people",
        "organizations",
        "events",
        "panels",
        "participations",
        "roundtables",
    ):
        total = low.get(f"/v1/{path}", params={"limit": 1, "include": "total"}).json()["total"]
        listed = {one["id"] for one in walk(low, f"/v1/{path}", limit=200)}
        assert total == len(listed), path
        assert not listed & set(planted.above.get(path, []))
    asks = low.get("/v1/recommendations", params={"limit": 200}).json()["items"]
    assert {one["paragraph"] for one in asks} <= set(OPEN)
    summary = low.get("/v1/summary").json()
    assert summary["recommendation_count"] == len(asks)
    counted = {one["id"]: one["recommendation_count"] for one in low.get("/v1/targets").json()["items"]}
    assert counted == {target: sum(target in one["targets"] for one in asks) for target in counted}
    hits = low.get("/v1/search", params={"q": "patent", "limit": 200}).json()
    assert hits["facets"]["hits"] == len(hits["items"])


def _changes(client: httpx.Client, since: str = "") -> tuple[list[dict[str, Any]], str]:
    found: list[dict[str, Any]] = []
    more = True
    while more:
        page = client.get("/v1/changes", params={"since": since, "limit": 200}).json()
        found, since, more = found + page["items"], page["next_since"], page["has_more"]
    return found, since


def test_changes_report_visible_records_only(copy_database: Callable[[str], str]) -> None:
    """A record that becomes readable is reported. One that becomes hidden is reported once. Others are not named."""
    url = copy_database("told")
    engine = admin_engine(url)
    ask = f"{CABLE}-R003"

    def change(statement: str) -> None:
        with engine.begin() as connection:
            connection.execute(text(statement))

    app = create_app(Settings(anonymous="U", response_cache_bytes=0), database_url=url)
    with serving(app) as address, httpx.Client(base_url=address) as u:
        before, since = _changes(u)
        assert {one["collection"] for one in before if one["id"].startswith(CABLE)} == {"cables", "panels"}
        assert {one["collection"] for one in before} >= {"reforms", "events", "organizations"}
        assert not any(one["removed"] for one in before)
        change(f"UPDATE recommendations SET text = 'Changed.' WHERE id = '{ask}'")
        assert _changes(u, since) == ([], since)
        change(f"UPDATE paragraphs SET marking = 'U' WHERE label = '5' AND cable_id = '{CABLE}'")
        found, since = _changes(u, since)
        flags = {(one["collection"], one["id"]): one["removed"] for one in found}
        assert flags["recommendations", ask] is False
        assert flags["paragraphs", f"{CABLE}-5"] is False
        assert flags["people", "jeremie-waterman"] is False
        assert not any(flags.values())
        change(f"UPDATE paragraphs SET marking = 'SBU' WHERE label = '5' AND cable_id = '{CABLE}'")
        found, since = _changes(u, since)
        gone = {(one["collection"], one["id"]) for one in found if one["removed"]}
        assert {one for one in flags if flags[one] is False and one[0] in {"recommendations", "people"}} <= gone
        change(f"UPDATE recommendations SET text = 'Once more.' WHERE id = '{ask}'")
        assert _changes(u, since) == ([], since)
        listed = {one["id"] for one in u.get("/v1/organizations", params={"limit": 200}).json()["items"]}
        copied = {(one["collection"], one["id"]): one["removed"] for one in _changes(u)[0]}
        assert {one for (kind, one), removed in copied.items() if kind == "organizations" and not removed} == listed
    engine.dispose()


def test_a_since_of_another_clearance_is_410(planted: Planted) -> None:
    since = planted.clients[Marking.SBU].get("/v1/changes").json()["next_since"]
    answer = planted.clients[Marking.U].get("/v1/changes", params={"since": since})
    assert (answer.status_code, answer.json()["code"]) == (410, "too-old")


def test_tags_differ_where_the_bytes_do(planted: Planted) -> None:
    for path in ("panels", "reforms", "exports/recommendations.jsonl", "exports/panels.csv"):
        low, high = (planted.clients[one].get(f"/v1/{path}") for one in (Marking.U, Marking.SBU))
        assert low.text != high.text
        assert low.headers["etag"] != high.headers["etag"]


# Database roles alone


@pytest.fixture
def as_reader(planted: Planted) -> Callable[[Marking], psycopg.Connection[Any]]:
    def connect(clearance: Marking) -> psycopg.Connection[Any]:
        url = planted.engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
        options = libpq_options(reader_session(**READERS[clearance]._asdict()))
        return psycopg.connect(url, autocommit=True, options=options)

    return connect


def test_every_table_has_a_view_or_a_reason() -> None:
    assert set(READABLE) | set(NOT_FOR_READERS) == set(Base.metadata.tables)
    assert set(OF_OTHER_READERS) | set(U_COLUMN_MASKS) <= set(READABLE)
    assert set(READERS) == set(Marking)


@pytest.mark.parametrize("clearance", Marking)
def test_a_reader_has_no_way_to_a_table(as_reader: Any, clearance: Marking) -> None:
    with as_reader(clearance) as connection:
        for table in (*Base.metadata.tables, "alembic_version"):
            for statement in ("SELECT * FROM public.{}", "DELETE FROM public.{}", "DELETE FROM {}"):
                with pytest.raises(psycopg.Error):
                    connection.execute(statement.format(table))
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute(f"SELECT * FROM public.{table}")
        others = [one.schema for mark, one in READERS.items() if mark is not clearance]
        for schema in others:
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute(f"SELECT * FROM {schema}.recommendations")
        connection.execute("RESET ROLE")
        assert connection.execute("SELECT current_user").fetchone() == (READERS[clearance].role,)


def test_no_view_has_a_word_above(planted: Planted, as_reader: Any) -> None:
    """Without any filter of the application: everything that the role can select."""
    with as_reader(Marking.U) as connection:
        for table in READABLE:
            rows = connection.execute(f"SELECT t::text FROM {table} t").fetchall()
            assert not [row for row in rows if "zqdark" in row[0]], table
    with as_reader(Marking.SBU) as connection:
        seen = str(connection.execute("SELECT array_agg(t::text) FROM recommendations t").fetchone())
    assert planted.dark["recommendations.text"] in seen


@pytest.mark.parametrize(
    "table",
    ["paragraphs", "recommendations", "assessments", "action_revisions", "search_entries", "people", "event_outcomes"],
)
def test_a_view_without_its_condition_is_noticed(planted: Planted, table: str) -> None:
    """Checks the tests: with one condition missing, the data that they look at does leak."""
    with planted.engine.connect() as connection:
        open_view = re.sub(rf"( FROM public\.{table} t) WHERE .*", r"\1", view(table, Marking.U), flags=re.DOTALL)
        open_view = open_view.replace("CREATE VIEW", "CREATE OR REPLACE VIEW")
        connection.exec_driver_sql(open_view)
        connection.exec_driver_sql(f"SET LOCAL ROLE {READERS[Marking.U].role}")
        rows = connection.exec_driver_sql(f"SELECT t::text FROM {READERS[Marking.U].schema}.{table} t").all()
        assert any("zqdark" in row[0] for row in rows)
        connection.rollback()


@pytest.mark.parametrize("clearance", Marking)
def test_full_text_search_keeps_its_index(as_reader: Any, clearance: Marking) -> None:
    with as_reader(clearance) as connection:
        # PostgreSQL prefers other plans for small tables. These settings show whether an index scan is possible.
        for way in ("seqscan", "indexscan", "indexonlyscan", "nestloop"):
            connection.execute(f"SET enable_{way} = off".encode())
        for table in ("search_entries", "recommendations"):
            plan = connection.execute(
                f"EXPLAIN SELECT * FROM {table} WHERE search @@ websearch_to_tsquery('english', 'customs')"
            ).fetchall()
            assert any(re.search(rf"ix_{table}_(search|at_u)\b", line) for (line,) in plan), plan


def test_views_are_those_of_the_code(planted: Planted) -> None:
    """Views created again from the code equal those that the migrations created."""
    query = text("SELECT schemaname, viewname, definition FROM pg_views WHERE schemaname LIKE 'cleared%'")
    with planted.engine.connect() as connection:
        before = set(connection.execute(query))
        create_views(connection)
        assert set(connection.execute(query)) == before
        connection.rollback()
