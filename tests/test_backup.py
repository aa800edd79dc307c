"""Backup and restore into an empty server: every response is the same as before."""

import subprocess
from collections.abc import Callable
from pathlib import Path

import httpx
import psycopg
from fastapi import FastAPI

from app.audit.chain import SigningKeys
from app.cli.audit_report import verify_with_report
from app.core.db import admin_engine
from app.core.embedded_postgres import embedded_database, embedded_program
from app.core.settings import Settings
from app.main import create_app
from app.vocabulary import Role
from tests.conftest import IN_PATHS, KEY_SECRET, bearer, new_key, serving, walk, with_required_params
from tests.fixtures.commands import run, run_process

EVERY = tuple(Role)
LISTS = tuple(f"/v1/{name}" for name in ("recommendations", "people", "organizations", "events", "statistics"))
MOVES = {"/v1/changes", "/healthz/live", "/healthz/ready", "/v1/admin/keys", "/v1/admin/keys/{key_id}"}
"""Endpoints whose response names the register, or the last use of keys."""


def answers(app: FastAPI, shown: dict[str, str]) -> dict[str, tuple[int, bytes]]:
    """Returns the response of every GET in the API document, and each record of the longest lists."""
    found = {}
    with serving(app) as base, httpx.Client(base_url=base, headers=shown, timeout=60) as http:
        for path, item in app.openapi()["paths"].items():
            if "get" in item and path not in MOVES and not path.startswith(("/v1/exports", "/v1/feeds", "/v1/audit")):
                answer = http.get(path.format(**IN_PATHS, name="x", code="gone"), params=with_required_params(path))
                found[path] = (answer.status_code, answer.content if answer.is_success else b"")
        for path in LISTS:
            for one in walk(http, path, limit=200):
                answer = http.get(f"{path}/{one['id']}")
                found[f"{path}/{one['id']}"] = (answer.status_code, answer.content)
        file = http.get("/v1/exports/recommendations.jsonl")
        found["file"] = (file.status_code, file.content)
    return found


def test_a_restored_register_returns_the_same_responses(copy_database: Callable[[str], str], tmp_path: Path) -> None:
    url = copy_database("backed_up")
    shown = bearer(new_key(url, *EVERY))
    settings = Settings.model_validate({"api_key_secret": KEY_SECRET})
    before = answers(create_app(settings, database_url=url), shown)
    assert sum(status == 200 for status, _ in before.values()) > 400
    with serving(create_app(settings, database_url=url)) as base:
        since = httpx.get(f"{base}/v1/changes", params={"limit": 1}).json()["next_since"]
    file = tmp_path / "register.backup"
    done = run_process("backup", str(file), ROUNDTABLE_DATABASE_URL=url)
    assert done.returncode == 0, done.stderr
    assert file.stat().st_mode & 0o777 == 0o600
    assert [one.name for one in tmp_path.iterdir()] == [file.name]
    with embedded_database(tmp_path / "other", say=lambda _: None) as other:
        done = run_process("restore", str(file), ROUNDTABLE_DATABASE_URL=other)
        assert done.returncode == 0, done.stderr
        app = create_app(settings, database_url=other)
        assert answers(app, shown) == before
        with serving(app) as base:
            assert httpx.get(f"{base}/healthz/ready").status_code == 200
            assert httpx.get(f"{base}/v1/changes", params={"since": since}).status_code == 410
        _, faults = verify_with_report(other, keys=SigningKeys.of([]), files=(), say=lambda _: None)
        assert not faults
        again = run("restore", str(file), ROUNDTABLE_DATABASE_URL=other)
        assert again.returncode == 1
        assert "the database is not empty: restore into a new one" in again.stderr
    with admin_engine(url).connect() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM register").scalar() == 1


def test_a_backup_that_fails_leaves_what_was_there(copy_database: Callable[[str], str], tmp_path: Path) -> None:
    url = copy_database("not_backed_up")
    before = recommendations_in(url)
    file = tmp_path / "register.backup"
    file.write_text("the one of yesterday")
    done = run("backup", str(file), ROUNDTABLE_DATABASE_URL=url.replace("/not_backed_up?", "/nothing_there?"))
    assert done.returncode == 1
    assert done.stderr.strip().splitlines()[-1].startswith("Error: ")
    assert file.read_text() == "the one of yesterday"
    refused = run("restore", str(file), ROUNDTABLE_DATABASE_URL=url)
    assert (refused.returncode, "was not written by `backup`" in refused.stderr) == (1, True)
    assert recommendations_in(url) == before > 0


def recommendations_in(url: str) -> int:
    with psycopg.connect(url) as connection:
        return int(connection.execute("SELECT count(*) FROM recommendations").fetchall()[0][0])


def empty(server_url: str, name: str) -> str:
    """Creates an empty database."""
    with psycopg.connect(server_url.replace("/roundtable?", "/postgres?"), autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"'.encode())
    return server_url.replace("/roundtable?", f"/{name}?")


THEIRS = {
    "table crm.customers": ("CREATE SCHEMA crm", "CREATE TABLE crm.customers (id int PRIMARY KEY)"),
    "view crm.seen": ("CREATE SCHEMA crm", "CREATE VIEW crm.seen AS SELECT 1 AS one"),
    "sequence crm.counted": ("CREATE SCHEMA crm", "CREATE SEQUENCE crm.counted"),
    "function public.guard()": ("CREATE FUNCTION guard() RETURNS int LANGUAGE sql AS 'SELECT 1'",),
    "type public.mood": ("CREATE TYPE mood AS ENUM ('good')",),
    "schema cleared_u": ("CREATE SCHEMA cleared_u",),
    "schema theirs": ("CREATE SCHEMA theirs",),
    "large object 4711": ("SELECT lo_create(4711)",),
    "cast (boolean AS pg_catalog.date)": ("CREATE CAST (boolean AS date) WITH INOUT",),
    "operator public.===(pg_catalog.text,pg_catalog.text)": (
        "CREATE OPERATOR === (FUNCTION = texteq, LEFTARG = text, RIGHTARG = text)",
    ),
    "publication theirs": ("CREATE PUBLICATION theirs",),
    "text search configuration public.theirs": ("CREATE TEXT SEARCH CONFIGURATION theirs (COPY = simple)",),
    "collation public.theirs": ("CREATE COLLATION theirs (PROVIDER = libc, LOCALE = 'C')",),
    "foreign-data wrapper theirs": ("CREATE FOREIGN DATA WRAPPER theirs",),
}
"""Objects of kinds that a new database has none of, by the words for them."""


def execute(url: str, *statements: str) -> None:
    with psycopg.connect(url) as connection:
        for statement in statements:
            connection.execute(statement.encode())


def test_a_database_with_anything_of_others_is_refused_in_one_line(
    server_url: str, copy_database: Callable[[str], str], tmp_path: Path
) -> None:
    file = tmp_path / "register.backup"
    assert run("backup", str(file), ROUNDTABLE_DATABASE_URL=copy_database("backed_up_for_others")).returncode == 0
    for number, (found, statements) in enumerate(THEIRS.items()):
        url = empty(server_url, f"of_others_{number}")
        execute(url, *statements)
        done = run("restore", str(file), ROUNDTABLE_DATABASE_URL=url)
        assert done.returncode == 1
        assert done.stderr == (
            "Error: the database is not empty: restore into a new one (CREATE DATABASE, or another --data-dir); "
            f"this one has {found}\n"
        )


NOT_IN_A_BACKUP = ("large object 4711", "publication theirs")
"""Objects that `backup` leaves out."""
NOT_OF_THE_REGISTER = {
    "CAST - CAST (boolean AS date)": THEIRS["cast (boolean AS pg_catalog.date)"],
    "OPERATOR public ===": THEIRS["operator public.===(pg_catalog.text,pg_catalog.text)"],
    "SCHEMA - theirs": THEIRS["schema theirs"],
    "SCHEMA - crm": THEIRS["table crm.customers"],
    "RULE public panels quiet": ("CREATE RULE quiet AS ON DELETE TO panels DO INSTEAD NOTHING",),
    "MATERIALIZED VIEW public copied": ("CREATE MATERIALIZED VIEW copied AS SELECT 1 AS one",),
}


def test_a_backup_leaves_out_or_refuses_what_is_not_of_the_register(
    copy_database: Callable[[str], str], tmp_path: Path
) -> None:
    url = copy_database("with_others")
    file = tmp_path / "register.backup"
    for found in NOT_IN_A_BACKUP:
        execute(url, *THEIRS[found])
    assert run("backup", str(file), ROUNDTABLE_DATABASE_URL=url).returncode == 0
    backed_up = file.read_bytes()
    for number, (entry, statements) in enumerate(NOT_OF_THE_REGISTER.items()):
        other = copy_database(f"with_others_{number}")
        execute(other, *statements)
        words = f"has an object that is not of the register, and that `restore` refuses: {entry}"
        refused = run("backup", str(file), ROUNDTABLE_DATABASE_URL=other)
        assert (refused.returncode, len(refused.stderr.splitlines())) == (1, 1)
        assert refused.stderr.startswith(f"Error: the database {words}")
        assert file.read_bytes() == backed_up
        folder = tmp_path / "restored"
        dump(other, tmp_path / "other")
        done = run("restore", str(tmp_path / "other"), "--data-dir", str(folder))
        assert done.returncode == 1
        assert done.stderr.startswith(f"Error: {tmp_path / 'other'} {words}")
        assert not folder.exists()


def test_a_file_that_is_no_backup_is_one_line_and_leaves_the_database_empty(server_url: str, tmp_path: Path) -> None:
    url = empty(server_url, "of_no_backup")
    file = tmp_path / "register.backup"
    for content in (b"", b"PG", b"PGDMP", b"PGDMP" + bytes(1_000), b"PGDMP\x01\x10\x00" + b"\xff" * 5_000):
        file.write_bytes(content)
        done = run("restore", str(file), ROUNDTABLE_DATABASE_URL=url)
        assert done.returncode == 1
        assert "Traceback" not in done.stderr
        assert done.stderr.strip().splitlines()[-1].startswith("Error: ")
        with psycopg.connect(url) as connection:
            assert connection.execute("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'").fetchone() == (0,)


def dump(url: str, file: Path) -> bytes:
    """Writes a dump of any database, with the program that `backup` uses."""
    program = embedded_program("pg_dump")
    subprocess.run([str(program), "--format=custom", "--file", str(file), url], check=True, timeout=60)
    return file.read_bytes()


def test_a_dump_without_this_register_is_refused_before_a_folder_is_made(
    server_url: str, copy_database: Callable[[str], str], tmp_path: Path
) -> None:
    url = copy_database("of_another_schema")
    file, folder = tmp_path / "register.backup", tmp_path / "restored"
    whole = dump(url, file)
    with psycopg.connect(url) as connection:
        connection.execute("UPDATE alembic_version SET version_num = 'a7d41c60e8f2'")
    contents = {
        "holds no register": dump(empty(server_url, "nothing_to_dump"), file),
        "is of another release (schema a7d41c60e8f2)": dump(url, file),
        "pg_restore: ": whole[: len(whole) // 2],
    }
    for said, content in contents.items():
        file.write_bytes(content)
        done = run("restore", str(file), "--data-dir", str(folder))
        assert done.returncode == 1
        assert done.stderr.startswith("Error: ")
        assert said in done.stderr
        assert len(done.stderr.splitlines()) == 1
        assert not folder.exists()
