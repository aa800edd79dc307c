"""Write transactions: committed before the response, retried after conflicts, database errors turned into problems."""

import json
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import Engine, text
from sqlalchemy.exc import ProgrammingError

from app.audit_api.routes import AUDITS
from app.core.schemas import RequestModel, ResponseModel
from app.core.settings import Settings
from app.http.responses import RawJsonResponse
from app.http.routing import Router
from app.http.transactions import WriteTransaction
from app.main import create_app
from app.vocabulary import Role
from tests.conftest import bearer, new_key, serving
from tests.fixtures.editing import SETTINGS

NOTES = """
CREATE TABLE shelves (id int PRIMARY KEY);
CREATE TABLE notes (
    id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    text text NOT NULL UNIQUE CHECK (text <> 'bad'),
    shelf int REFERENCES shelves DEFERRABLE INITIALLY DEFERRED,
    seat int4range, EXCLUDE USING gist (seat WITH &&)
);
CREATE SEQUENCE losses;
CREATE FUNCTION lose() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.text LIKE 'loses %' AND nextval('losses') <= split_part(NEW.text, ' ', 2)::int THEN
        RAISE EXCEPTION 'secret words' USING ERRCODE = split_part(NEW.text, ' ', 3);
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER loses AFTER INSERT ON notes DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION lose();
GRANT ALL ON notes, shelves TO roundtable_writer;
GRANT USAGE ON SEQUENCE losses TO roundtable_writer
"""


class NoteIn(RequestModel):
    text: str | None
    shelf: int | None = None
    seat: str | None = None


class NoteOut(ResponseModel):
    id: int


@pytest.fixture(scope="module")
def writing_app(written_url: str, written: Engine) -> FastAPI:
    """The service with additional endpoints that write into a table with constraints to violate."""
    with written.begin() as connection:
        connection.execute(text(NOTES))
    router = Router(prefix="/notes", tag="notes", requires=AUDITS)

    async def add(note: NoteIn, connection: Any) -> str:
        row = {"text": note.text, "shelf": note.shelf, "seat": note.seat}
        found = await connection.execute(
            text(
                "INSERT INTO notes (text, shelf, seat) VALUES (:text, :shelf, CAST(:seat AS int4range)) "
                "RETURNING json_build_object('id', id)::text"
            ),
            row,
        )
        return str(found.scalar_one())

    @router.post("", status_code=201)
    async def create_note(note: NoteIn, connection: WriteTransaction) -> RawJsonResponse[NoteOut]:
        """Creates a note."""
        made = await add(note, connection)
        return RawJsonResponse(made, location=json.loads(made)["id"])

    @router.post("/secret", status_code=201)
    async def create_secret(note: NoteIn, connection: WriteTransaction) -> RawJsonResponse[NoteOut]:
        """Creates a note whose response is shown once."""
        answer: RawJsonResponse[NoteOut] = RawJsonResponse(await add(note, connection), location="hidden")
        answer.headers["Cache-Control"] = "no-store"
        return answer

    app = create_app(SETTINGS, database_url=written_url)
    app.include_router(router, prefix="/v1")
    return app


Add = Callable[..., httpx.Response]


@pytest.fixture
def add(auditor: httpx.Client) -> Add:
    def post(words: str | None, *, key: str = "", **more: Any) -> httpx.Response:
        headers = {"Idempotency-Key": key} if key else {}
        return auditor.post("/v1/notes", json={"text": words, **more}, headers=headers)

    return post


def count(written: Engine, words: str) -> int:
    with written.connect() as connection:
        return int(connection.execute(text("SELECT count(*) FROM notes WHERE text = :w"), {"w": words}).scalar_one())


def code(answer: httpx.Response) -> tuple[int, str]:
    assert answer.headers["content-type"] == "application/problem+json", answer.text
    assert "secret words" not in answer.text
    assert "notes" not in answer.json()["detail"]
    return answer.status_code, answer.json()["code"]


def test_a_failed_commit_is_never_reported_as_success(add: Add, written: Engine) -> None:
    assert code(add("on no shelf", shelf=4, key="shelf-4")) == (409, "conflict")
    assert count(written, "on no shelf") == 0
    with written.begin() as connection:
        connection.execute(text("INSERT INTO shelves VALUES (4)"))
    # Nothing was stored for the failed attempt, so the same request may now succeed.
    again = add("on no shelf", shelf=4, key="shelf-4")
    assert (again.status_code, again.headers.get("idempotent-replayed")) == (201, None)
    assert count(written, "on no shelf") == 1


@pytest.mark.parametrize("state", ["40001", "40P01"])
def test_a_serialization_failure_is_retried_three_times(add: Add, written: Engine, state: str) -> None:
    for losses, status in ((3, 201), (4, 503)):
        with written.begin() as connection:
            connection.execute(text("ALTER SEQUENCE losses RESTART"))
        words = f"loses {losses} {state}"
        answer = add(words)
        assert answer.status_code == status, answer.text
        assert count(written, words) == (status == 201)
        if status == 503:
            assert code(answer) == (503, "unavailable")
            assert answer.headers["retry-after"]


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        ("22001", (422, "invalid-request")),
        ("22P05", (422, "invalid-request")),
        ("22012", (500, "internal-error")),
        ("23514", (422, "invalid-request")),
        ("23P01", (409, "conflict")),
        ("23502", (500, "internal-error")),
        ("42P01", (500, "internal-error")),
        ("P0001", (500, "internal-error")),
        ("53100", (503, "unavailable")),
        ("57014", (503, "query-timeout")),
        ("55P03", (503, "unavailable")),
    ],
)
def test_the_sqlstate_decides_and_the_database_keeps_its_words(
    add: Add, written: Engine, state: str, expected: tuple[int, str]
) -> None:
    with written.begin() as connection:
        connection.execute(text("ALTER SEQUENCE losses RESTART"))
    assert code(add(f"loses 1 {state}")) == expected


def test_constraints_of_the_database_are_problems_of_the_client(add: Add) -> None:
    assert add("here", seat="[1,5)").status_code == 201
    assert code(add("here")) == (409, "conflict")
    assert code(add("there", seat="[4,9)")) == (409, "conflict")
    assert code(add("bad")) == (422, "invalid-request")
    assert code(add(None)) == (500, "internal-error")


def test_a_lock_that_is_held_is_503(auditor: httpx.Client, written: Engine) -> None:
    with written.begin() as connection:
        connection.execute(text("LOCK TABLE notes"))
        answer = auditor.post("/v1/notes", json={"text": "waits"})
    assert code(answer) == (503, "unavailable")
    assert answer.headers["retry-after"]


def test_fifty_at_once_have_one_effect(writing_url: str, headers: dict[str, str], written: Engine) -> None:
    gate = threading.Barrier(50)

    def post(_: int) -> httpx.Response:
        with httpx.Client(base_url=writing_url, headers={**headers, "Idempotency-Key": "fifty"}, timeout=60) as http:
            gate.wait()
            return http.post("/v1/notes", json={"text": "once"})

    with ThreadPoolExecutor(50) as pool:
        answers = list(pool.map(post, range(50)))
    assert count(written, "once") == 1
    done = [one for one in answers if one.status_code == 201]
    assert len({one.content for one in done}) == 1
    assert sum("idempotent-replayed" not in one.headers for one in done) == 1
    for one in answers:
        if one.status_code != 201:
            assert code(one) in {(409, "idempotency-in-flight"), (503, "unavailable")}
            assert one.headers["retry-after"]
    late = post_once(writing_url, headers)
    assert (late.status_code, late.content) == (201, done[0].content)
    assert late.headers["idempotent-replayed"] == "true"
    assert late.headers["location"] == done[0].headers["location"]


def post_once(writing_url: str, headers: dict[str, str]) -> httpx.Response:
    return httpx.post(f"{writing_url}/v1/notes", json={"text": "once"}, headers={**headers, "Idempotency-Key": "fifty"})


def test_a_key_is_for_one_request_of_one_caller_for_a_day(
    add: Add, written_url: str, writing_url: str, written: Engine
) -> None:
    assert add("kept", key="day").status_code == 201
    assert code(add("other", key="day")) == (422, "idempotency-mismatch")
    other = httpx.post(
        f"{writing_url}/v1/notes",
        json={"text": "kept by another"},
        headers={**bearer(new_key(written_url, Role.AUDITOR, name="another")), "Idempotency-Key": "day"},
    )
    assert other.status_code == 201
    with written.begin() as connection:
        connection.execute(text("UPDATE idempotency_keys SET created_at = now() - interval '25 hours'"))
    assert add("other", key="day").status_code == 201
    with written.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM idempotency_keys")).scalar_one() == 1


def test_a_refused_request_may_be_mended_under_its_key(add: Add) -> None:
    assert code(add("bad", key="mended")) == (422, "invalid-request")
    assert add("good", key="mended").status_code == 201


@pytest.mark.parametrize("key", ["x" * 201, "two words", "ü"])
def test_a_key_of_another_form_is_refused(auditor: httpx.Client, key: str) -> None:
    headers = [(b"Idempotency-Key", key.encode("latin-1"))]
    answer = auditor.post("/v1/notes", json={"text": f"keyed {key}"}, headers=headers)
    assert code(answer) == (422, "invalid-request")
    assert answer.json()["errors"][0]["parameter"] == "Idempotency-Key"


def test_a_secret_response_is_not_stored_for_replay(auditor: httpx.Client, written: Engine) -> None:
    first = auditor.post("/v1/notes/secret", json={"text": "shown once"}, headers={"Idempotency-Key": "s"})
    assert first.status_code == 201
    again = auditor.post("/v1/notes/secret", json={"text": "shown once"}, headers={"Idempotency-Key": "s"})
    assert code(again) == (409, "idempotency-spent")
    assert count(written, "shown once") == 1
    with written.connect() as connection:
        stored = connection.execute(text("SELECT headers, body FROM idempotency_keys WHERE key = 's'")).one()
    assert tuple(stored) == ("{}", None)


@pytest.mark.parametrize(
    ("body", "status", "pointer"),
    [
        (b'{"text": "a", "text": "b"}', 400, None),
        (b'{"text": NaN}', 400, None),
        (b'{"text": -Infinity}', 400, None),
        (b"{'text': 1}", 400, None),
        (b'{"text": "\xff"}', 400, None),
        ('{"text": "a"}'.encode("utf-16"), 400, None),
        (b'\xef\xbb\xbf{"text": "a"}', 400, None),
        (b'{"text": 1e999}', 422, "/text"),
        (b'{"text": ' + b"9" * 5_000 + b"}", 422, "/text"),
        (b'{"shelf": [9007199254740993]}', 422, "/shelf/0"),
        (b'{"shelf": [1e-999, 0.10000000000000000001]}', 422, "/shelf/0"),
        (b'{"shelf": [0e99999999999999999999]}', 422, "/shelf/0"),
        (b'{"text": "a\\u0000"}', 422, "/text"),
        (b'{"text": "\\ud800"}', 422, "/text"),
        (b'{"text": "\\u001b[31m"}', 422, "/text"),
        (b'{"shelf": [{"a~b/c": "\\u0007"}]}', 422, "/shelf/0/a~0b~1c"),
        (b"[" * 100_000, 422, ""),
        (b'{"text":' + b"[" * 40 + b"]" * 40 + b"}", 422, ""),
        (b"[]", 422, ""),
        (b"", 422, ""),
        (b'{"text": "a", "colour": 1}', 422, "/colour"),
        (b'{"text": 5}', 422, "/text"),
        (b'{"text": "a", "shelf": "4"}', 422, "/shelf"),
        (b'{"text": "a", "shelf": 4.5}', 422, "/shelf"),
    ],
)
def test_a_body_is_read_strictly(auditor: httpx.Client, body: bytes, status: int, pointer: str | None) -> None:
    answer = auditor.post("/v1/notes", content=body, headers={"Content-Type": "application/json"})
    assert code(answer) == (status, "malformed-json" if status == 400 else "invalid-request")
    assert [one["pointer"] for one in answer.json()["errors"]] == ([] if pointer is None else [pointer])


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", ""])
def test_media_types_of_html_forms_are_415(auditor: httpx.Client, written: Engine, kind: str) -> None:
    body = json.dumps({"text": "forged"}).encode()
    assert code(auditor.post("/v1/notes", content=body, headers={"Content-Type": kind})) == (
        415,
        "unsupported-media-type",
    )
    assert count(written, "forged") == 0


@pytest.mark.parametrize(
    "encoding",
    [
        {"Content-Encoding": "gzip"},
        {"Content-Encoding": "identity, br"},
        {"Content-Type": "application/json; charset=utf-16"},
        {"Content-Type": 'application/json;Charset="ISO-8859-1"'},
    ],
)
def test_encodings_that_are_not_decoded_are_415(
    auditor: httpx.Client, written: Engine, encoding: dict[str, str]
) -> None:
    body = json.dumps({"text": "encoded"}).encode()
    answer = auditor.post("/v1/notes", content=body, headers={"Content-Type": "application/json", **encoding})
    assert code(answer) == (415, "unsupported-media-type")
    assert count(written, "encoded") == 0


def test_a_body_that_names_its_plain_encoding_is_read(auditor: httpx.Client) -> None:
    plain = {"Content-Type": 'application/json; charset="UTF-8"', "Content-Encoding": "identity"}
    assert auditor.post("/v1/notes", content=b'{"text": "in UTF-8"}', headers=plain).is_success


def test_a_body_over_the_limit_is_413(auditor: httpx.Client) -> None:
    assert code(auditor.post("/v1/notes", json={"text": "x" * 1_100_000})) == (413, "too-large")


def test_writes_are_made_as_a_role_that_owns_nothing(written: Engine) -> None:
    forbidden = [
        "UPDATE audit_entries SET caller = 'nobody'",
        "DELETE FROM audit_entries",
        "TRUNCATE audit_entries",
        "ALTER TABLE audit_entries DISABLE TRIGGER ALL",
        "DROP TABLE audit_entries",
        "UPDATE audit_checkpoints SET position = 0",
        "DELETE FROM audit_checkpoints",
        "CREATE TABLE mine (id int)",
        "DELETE FROM recommendations",
    ]
    for statement in forbidden:
        with written.connect() as connection:
            connection.execute(text("SET ROLE roundtable_writer"))
            with pytest.raises(ProgrammingError, match=r"permission denied|must be owner"):
                connection.execute(text(statement))
    with written.connect() as connection:
        owned = "SELECT count(*) FROM pg_class WHERE relowner = 'roundtable_writer'::regrole"
        assert connection.execute(text(owned)).scalar_one() == 0
        assert (
            connection.execute(
                text("SELECT rolcanlogin FROM pg_roles WHERE rolname = 'roundtable_writer'")
            ).scalar_one()
            is False
        )


def test_a_returned_connection_has_no_open_transaction(
    writing_app: FastAPI, writing_url: str, headers: dict[str, str]
) -> None:
    """Sends more refusals, failures and replays than the pool has connections. None is lost or left in use."""
    with httpx.Client(base_url=writing_url, headers=headers, timeout=60) as http:
        for turn in range(12):
            http.post("/v1/notes", json={"text": "bad"})
            http.post("/v1/notes", json={"text": "twice"}, headers={"Idempotency-Key": "twice"})
            http.patch("/v1/audit/checkpoints/99", json={})
            assert http.post("/v1/notes", json={"text": f"turn {turn}"}).status_code == 201
    assert writing_app.state.write_engine.pool.checkedout() == 0


def test_an_unknown_parameter_of_a_write_is_refused(auditor: httpx.Client) -> None:
    assert code(auditor.post("/v1/notes?dry_run=1", json={"text": "parameter"})) == (422, "invalid-request")


def test_the_service_restarts_on_the_same_database(written_url: str) -> None:
    with serving(create_app(Settings(), database_url=written_url)) as address:
        assert httpx.get(f"{address}/healthz/ready").status_code == 200
