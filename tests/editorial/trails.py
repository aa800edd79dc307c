"""Audit trail of nine entries to tamper with, and the command that verifies it."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

from sqlalchemy import Connection, Engine, text

from app.audit.chain import Keys, Link
from app.audit.trail import enter
from app.cli.audit_report import look_through
from app.core.settings import Settings
from tests.conftest import ROOT

KEY = "a key of the tests and long enough to be taken"
SOMEONE = SimpleNamespace(id="key:1", name="Someone", person="someone")
NINE = 9
OFF = "ALTER TABLE audit_entries DISABLE TRIGGER audit_is_only_added_to"
ON = "ALTER TABLE audit_entries ENABLE ALWAYS TRIGGER audit_is_only_added_to"


def keys_of(setting: str) -> Keys:
    """Returns the signing keys of a setting."""
    return Keys.of(Settings.model_validate({"audit_key": setting}).audit_keys)


def grow(engine: Engine, count: int, *, key: str = KEY) -> None:
    for number in range(count):
        with engine.connect().execution_options(audit_keys=keys_of(key)) as connection, connection.begin():
            enter(connection, by=SOMEONE, record=f"things/{number}", operation="write", detail={"number": number})


def command(url: str, *words: str, key: str = KEY) -> subprocess.CompletedProcess[str]:
    own = {name: value for name, value in os.environ.items() if not name.startswith("ROUNDTABLE_")}
    return subprocess.run(
        [sys.executable, "-m", "app.cli", "audit", *words],
        cwd=ROOT,
        env={**own, "ROUNDTABLE_DATABASE_URL": url, **({"ROUNDTABLE_AUDIT_KEY": key} if key else {})},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def faults(url: str, *files: Path, key: str = KEY, unsealed_until: int = 0) -> list[str]:
    """Returns the lines that name an audit fault."""
    return look_through(url, keys=keys_of(key), files=files, say=lambda _: None, unsealed_until=unsealed_until)[1]


def first_fault(url: str, *files: Path, key: str = KEY, unsealed_until: int = 0) -> str:
    """Returns the first audit fault, or an empty string if the trail is intact."""
    return (faults(url, *files, key=key, unsealed_until=unsealed_until) or [""])[0]


def forge(connection: Connection, first: int, *, caller: str | None = None, key: str = "") -> None:
    """Recomputes the entries from one position on, as an attacker with knowledge of the hash function would."""
    keys = keys_of(key)
    rows = connection.execute(text("SELECT * FROM audit_entries WHERE position >= :p ORDER BY 1"), {"p": first})
    previous = connection.execute(
        text("SELECT hash FROM audit_entries WHERE position = :p"), {"p": first - 1}
    ).scalar_one_or_none()
    for row in rows.mappings().all():
        values = {name: value for name, value in row.items() if name != "hash"}
        link = Link(
            **{**values, "previous": previous or "0" * 64, "key_id": keys.current, "caller": caller or values["caller"]}
        )
        previous = link.hash(keys)
        connection.execute(
            text("UPDATE audit_entries SET caller = :c, key_id = :k, previous = :pre, hash = :h WHERE position = :p"),
            {"c": link.caller, "k": link.key_id, "pre": link.previous, "h": previous, "p": link.position},
        )


def sql(*statements: str) -> Callable[[Connection], None]:
    def do(connection: Connection) -> None:
        for statement in statements:
            connection.execute(text(statement))

    return do
