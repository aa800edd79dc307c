"""Audit trails recomputed without the key or with another one, and files that are not checkpoints."""

import json
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest
from sqlalchemy import Connection, Engine, insert, text

from app.audit.checkpoints import take_checkpoint
from app.audit.trail import record_event
from app.core.db import admin_engine
from app.models import AuditEntry
from tests.fixtures.trails import KEY, NINE, ON, command, faults, first_fault, forge, grow, keys_of, sql

OTHER = "another key that is long enough for one"
FREE = sql("ALTER TABLE audit_entries DISABLE TRIGGER ALL")


def take(engine: Engine, *, key: str = KEY) -> None:
    """Takes a checkpoint and records it in the trail, as the service does."""
    with engine.connect().execution_options(audit_keys=keys_of(key)) as connection, connection.begin():
        made, point = take_checkpoint(connection, location=None)
        record_event(
            connection,
            by=SimpleNamespace(id="key:1", name="Someone", person="someone"),
            record=f"audit_checkpoints/{made}",
            operation="create_checkpoint",
            detail={"position": point.position, "hash": point.hash, "location": None},
        )


def prefix_without_key(connection: Connection) -> None:
    """Recomputes the first five entries without a key. The rest keeps its signatures."""
    rest = connection.execute(text("SELECT * FROM audit_entries WHERE position > 5")).mappings().all()
    connection.execute(text("DELETE FROM audit_entries WHERE position > 5"))
    forge(connection, 1, caller="key:2")
    for row in rest:
        connection.execute(insert(AuditEntry), dict(row))


def all_but_one(connection: Connection) -> None:
    connection.execute(text("DELETE FROM audit_entries WHERE position = 9"))
    forge(connection, 1)


MADE_ANEW: dict[str, tuple[Callable[[Connection], None], str]] = {
    "all of it": (lambda one: forge(one, 1, caller="key:2"), "entry 1: it has no key"),
    "all but one": (all_but_one, "entry 1: it has no key"),
    "the beginning": (prefix_without_key, "entry 1: it has no key"),
    "the end": (lambda one: forge(one, 7), "entry 7: it has no key"),
    "the last": (lambda one: forge(one, 9), "entry 9: it has no key"),
    "with a key of one's own": (lambda one: forge(one, 1, key=OTHER), "entry 1: it is signed with the key"),
    "the end with a key of one's own": (lambda one: forge(one, 6, key=OTHER), "entry 6: it is signed with the key"),
    "key ids nulled": (sql("UPDATE audit_entries SET key_id = NULL"), "entry 1: it has no key"),
    "one key id nulled": (sql("UPDATE audit_entries SET key_id = NULL WHERE position = 5"), "entry 5: it has no key"),
    "one key id emptied": (sql("UPDATE audit_entries SET key_id = '' WHERE position = 5"), "entry 5: it is signed"),
}


@pytest.mark.parametrize("kind", MADE_ANEW)
def test_a_trail_made_anew_without_the_key_is_a_fault(url: str, engine: Engine, kind: str) -> None:
    do, words = MADE_ANEW[kind]
    with engine.begin() as connection:
        FREE(connection)
        do(connection)
        sql("DELETE FROM audit_checkpoints", ON)(connection)
    assert first_fault(url).startswith(words)
    # Later signed entries do not repair the trail.
    grow(engine, 2)
    assert first_fault(url).startswith(words)


def test_entries_of_before_the_key_hold_up_to_where_the_operator_says(copy_database: Callable[[str], str]) -> None:
    url = copy_database("trail_signed_later")
    engine = admin_engine(url)
    grow(engine, 4, key="")
    take(engine, key="")
    grow(engine, 3)
    take(engine)
    assert first_fault(url).startswith("entry 1: it has no key")
    assert first_fault(url, unsigned_until=3).startswith("entry 4: it has no key")
    done = command(url, "verify", "--unsigned-until", "5")
    assert (done.returncode, done.stdout.splitlines()[0][:15]) == (0, "9 entries hold;")
    assert "5 of them have no key" in done.stdout
    with engine.begin() as connection:
        FREE(connection)
        forge(connection, 2, caller="key:2")
        connection.execute(text(ON))
    found = faults(url, unsigned_until=5)
    assert found[0].startswith("entry 1: it, or one up to 4, is not what it was")
    assert any(one.startswith("entry 6: it has no key") for one in found)
    assert "set ROUNDTABLE_AUDIT_SIGNING_KEYS" in command(url, "verify", "--unsigned-until", "5", key="").stderr
    engine.dispose()


def test_the_beginning_made_anew_below_that_place_does_not_fit_the_rest(copy_database: Callable[[str], str]) -> None:
    url = copy_database("trail_beginning_made_anew")
    engine = admin_engine(url)
    grow(engine, 5, key="")
    grow(engine, 3)
    with engine.begin() as connection:
        FREE(connection)
        prefix_without_key(connection)
        connection.execute(text(ON))
    assert first_fault(url, unsigned_until=5).startswith("entry 6: it does not follow")
    engine.dispose()


def test_a_missing_key_is_named(url: str) -> None:
    there = keys_of(KEY).current
    assert first_fault(url, key=OTHER).startswith(f"entry 1: it is signed with the key {there}, which")
    assert first_fault(url, key="").startswith(f"entry 1: it is signed with the key {there}, which")


CHECKPOINTS: dict[str, tuple[tuple[str, ...], str]] = {
    "without its key": (
        ("UPDATE audit_checkpoints SET key_id = NULL, signature = NULL",),
        "the checkpoint of .* at this entry cannot be relied on: it has no key",
    ),
    "all gone": (("DELETE FROM audit_checkpoints",), "the checkpoint 1 that it says was taken is gone"),
    "truncated": (("TRUNCATE audit_checkpoints",), "the checkpoint 1 that it says was taken is gone"),
    "another one": (
        ("UPDATE audit_checkpoints SET position = 3, hash = (SELECT hash FROM audit_entries WHERE position = 3)",),
        "its signature does not hold",
    ),
    "odd signature": (("UPDATE audit_checkpoints SET signature = 'é'",), "its signature does not hold"),
    "no time": (("UPDATE audit_checkpoints SET taken_at = 'infinity'",), "a time or a position that no checkpoint"),
    "no place": (("UPDATE audit_checkpoints SET position = 9223372036854775807",), "a time or a position that no"),
    "the end cut off below it": (
        ("ALTER TABLE audit_entries DISABLE TRIGGER ALL", "DELETE FROM audit_entries WHERE position > 6", ON),
        "entry 7: it is missing; the checkpoint of",
    ),
    "an entry without a time": (
        ("ALTER TABLE audit_entries DISABLE TRIGGER ALL", "UPDATE audit_entries SET recorded_at = '-infinity'", ON),
        "entry 1: its time is none",
    ),
}


@pytest.mark.parametrize("kind", CHECKPOINTS)
def test_checkpoints_in_the_database_are_looked_at_too(url: str, engine: Engine, kind: str) -> None:
    statements, words = CHECKPOINTS[kind]
    take(engine)
    assert first_fault(url) == ""
    with engine.begin() as connection:
        sql(*statements)(connection)
    found = faults(url)
    assert any(all(part in line for part in words.split(" .* ")) for line in found), found


GOOD = {"position": 9, "hash": "a" * 64, "taken_at": "2026-11-25T00:00:00Z", "key_id": None, "signature": None}
NO_CHECKPOINTS: dict[str, bytes] = {
    "empty": b"",
    "not JSON": b"checkpoint",
    "cut off": b'{"position": 9',
    "a list": b"[]",
    "null": b"null",
    "no members": b"{}",
    "deep": b"[" * 60_000,
    "huge": b'{"hash": "' + b"a" * 5_000_000 + b'"}',
    "not UTF-8": b"\xff\xfe{\x00}\x00",
    "NUL": b"\x00" * 10,
    **{
        f"{name} = {raw}": json.dumps({**GOOD, name: "@"}).replace('"@"', raw).encode()
        for name, raws in {
            "position": ("1e400", "-1e400", "NaN", "Infinity", "1.5", '"9"', "true", "null", "-1", "9" * 4_000, "[9]"),
            "hash": ("7", '"A"', "null", f'"{"a" * 64}\\n"', '"é"'),
            "taken_at": ("0", "1e400", '"yesterday"', '"2026-11-25"', '"2026-11-25T00:00:00"', "null", '""'),
            "key_id": ("7", "[]", '"é"', '"\\ud800"'),
            "signature": ("7", "{}", '"é"', '""'),
        }.items()
        for raw in raws
    },
    "year 0": json.dumps({**GOOD, "taken_at": "0001-01-01T00:00:00+14:00"}).encode(),
}


@pytest.mark.parametrize("kind", NO_CHECKPOINTS)
def test_a_file_that_is_no_checkpoint_is_one_line(url: str, tmp_path: Path, kind: str) -> None:
    file = tmp_path / "kept.json"
    file.write_bytes(NO_CHECKPOINTS[kind])
    fault = first_fault(url, file)
    assert fault.startswith(f"{file} is no checkpoint: ")
    assert len(fault.splitlines()) == 1
    assert len(fault) < len(str(file)) + 200


def test_a_bad_file_ends_the_command_with_one_and_the_rest_is_looked_at(url: str, tmp_path: Path) -> None:
    file = tmp_path / "kept.json"
    file.write_bytes(json.dumps(GOOD).replace("9,", "1e400,").encode())
    done = command(url, "verify", "--checkpoint", str(file))
    assert done.returncode == 1
    assert done.stdout.startswith(f"{NINE} entries hold")
    assert f"{file} is no checkpoint: position: " in done.stdout
    assert done.stderr.startswith("Error: 1 fault")
    assert command(url, "verify", "--checkpoint", str(tmp_path / "none")).returncode == 2
    assert command(url, "verify", "--checkpoint", str(tmp_path)).returncode == 2


def test_a_file_that_a_shell_gave_a_mark_is_a_checkpoint(url: str, tmp_path: Path) -> None:
    file = tmp_path / "kept.json"
    file.write_text("\ufeff" + command(url, "checkpoint").stdout, encoding="utf-8")
    assert first_fault(url, file) == ""


def test_a_file_without_a_key_shows_nothing_where_there_is_one(url: str, tmp_path: Path) -> None:
    file = tmp_path / "kept.json"
    file.write_text(json.dumps(GOOD), encoding="utf-8")
    assert "cannot be relied on: it has no key" in first_fault(url, file)


ROTATED = f"{OTHER},{KEY}"
"""Setting in which OTHER replaced KEY."""


def test_a_retired_key_signs_nothing_after_the_newer_one(url: str, engine: Engine) -> None:
    grow(engine, 2, key=ROTATED)
    assert first_fault(url, key=ROTATED) == ""
    grow(engine, 1)
    retired = keys_of(KEY).current
    assert first_fault(url, key=ROTATED) == (
        f"entry 12: it is signed with the key {retired}, which entry 10 replaced by a newer one"
    )
    # The order of the setting is the order of the trail.
    assert first_fault(url, key=f"{KEY},{OTHER}").startswith(
        f"entry 10: it is signed with the key {keys_of(OTHER).current}"
    )


def test_a_checkpoint_of_a_retired_key_is_not_relied_on(url: str, engine: Engine) -> None:
    grow(engine, 1, key=ROTATED)
    with engine.connect().execution_options(audit_keys=keys_of(KEY)) as connection, connection.begin():
        take_checkpoint(connection, location=None)
    assert "at this entry cannot be relied on: it is signed with the key" in first_fault(url, key=ROTATED)


def test_a_trail_made_anew_with_a_retired_key_is_a_fault_by_its_limit(url: str, engine: Engine) -> None:
    grow(engine, 2, key=ROTATED)
    retired = keys_of(KEY).current
    limit = ("--key-until", f"{retired}={NINE}")
    done = command(url, "verify", *limit, key=ROTATED)
    assert done.returncode == 0
    assert f"the last entry of the earlier key {retired} is {NINE}: --key-until {retired}={NINE} rejects" in done.stdout
    with engine.begin() as connection:
        FREE(connection)
        forge(connection, 1, caller="key:2", key=KEY)
        connection.execute(text(ON))
    # The trail alone does not show that the newer key signed the end.
    assert f"the last entry of the earlier key {retired} is {NINE + 2}" in command(url, "verify", key=ROTATED).stdout
    done = command(url, "verify", *limit, key=ROTATED)
    assert done.returncode == 1
    assert f"entry 10: it is signed with the key {retired}, which ends at entry {NINE}" in done.stdout


def test_entries_of_both_keys_during_a_change_hold_up_to_the_limit(url: str, engine: Engine) -> None:
    """Processes that change the key one after the other write by turns."""
    grow(engine, 1, key=ROTATED)
    grow(engine, 1)
    grow(engine, 1, key=ROTATED)
    retired = keys_of(KEY).current
    assert command(url, "verify", "--key-until", f"{retired}=11", key=ROTATED).returncode == 0
    assert command(url, "verify", "--key-until", f"{retired}=10", key=ROTATED).returncode == 1


def test_a_limit_of_no_earlier_key_is_one_line(url: str) -> None:
    for limit in ("x=1", "4f2a9c01d7e3b586", "4f2a9c01d7e3b586=-1", "4f2a9c01d7e3b586=1_0"):
        assert command(url, "verify", "--key-until", limit).returncode == 2
    for unknown in ("4f2a9c01d7e3b586", keys_of(KEY).current):
        done = command(url, "verify", "--key-until", f"{unknown}=3")
        assert done.stderr == f"Error: --key-until: {unknown} is no earlier key of ROUNDTABLE_AUDIT_SIGNING_KEYS\n"
