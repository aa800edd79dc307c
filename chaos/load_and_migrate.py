"""Faults during load and migration: loads killed at each stage, migrations that fail at each statement."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import psycopg
from psycopg import sql
from sqlalchemy import Engine, event

from app.core.db import admin_engine
from app.core.migrations import is_current, upgrade
from chaos.experiments import Outcome, Setting
from chaos.service import ROOT, FaultError

STAGES = (
    *("organizations", "reforms", "witnesses", "paragraphs", "anchors", "panels", "participations", "recommendations"),
    *("recommendation_targets", "assessments", "concerns", "statistics", "entries", "sources", "events"),
    *("search_entries", "recommendation_versions", "loads"),
)
"""The tables that a load writes to, in order. Each one is a stage at which the load is killed."""
WAITING = "SELECT count(*) FROM pg_locks WHERE relation = %s::regclass AND NOT granted"
MADE = "SELECT count(*) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE nspname = ANY(%s)"
OURS = ["public", "cleared_u", "cleared_sbu"]
STAGE_WITHIN = 60.0


class BrokenError(Exception):
    """The error that a statement is made to raise."""


@contextmanager
def database(on: Setting, name: str) -> Iterator[str]:
    """Yields the URL of an empty database on the server of the trials, and drops it afterwards."""
    server = on.postgres.url.replace("/roundtable?", "/postgres?")
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    try:
        yield on.postgres.url.replace("/roundtable?", f"/{name}?")
    finally:
        with psycopg.connect(server, autocommit=True) as connection:
            connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


def load_killed(on: Setting, *, stages: Sequence[str] = STAGES) -> Outcome:
    """Checks that a load killed at any stage leaves no rows, and that the next load is complete."""
    with database(on, "half_loaded") as url:
        upgrade(url)
        left = [stage for stage in stages if _killed_at(url, stage)]
        whole = _load(url).wait() == 0 and _rows(url, ["recommendations"]) == _rows(
            on.postgres.url, ["recommendations"]
        )
    outcome = f"rows left behind at {', '.join(left) or 'none'}; the load after them {'whole' if whole else 'FAILED'}"
    return Outcome(f"kill -9 of a load at {len(stages)} of its stages", outcome, whole and not left)


def _killed_at(url: str, stage: str) -> bool:
    """Kills a load that waits to write to a table. Returns true if it left any row."""
    with psycopg.connect(url) as holding, psycopg.connect(url, autocommit=True) as watching:
        # The lock allows reads and blocks other writers.
        holding.execute(sql.SQL("LOCK TABLE {} IN SHARE MODE").format(sql.Identifier(stage)))
        load = _load(url)
        until = time.monotonic() + STAGE_WITHIN
        while watching.execute(WAITING, [stage]).fetchone() != (1,):
            if load.poll() is not None or time.monotonic() > until:
                raise FaultError(f"the load did not reach {stage}")
            time.sleep(0.01)
        load.kill()
        load.wait()
    return _rows(url, STAGES) > 0


def _load(url: str) -> "subprocess.Popen[bytes]":
    own = {name: value for name, value in os.environ.items() if not name.startswith("ROUNDTABLE_")}
    return subprocess.Popen(
        [sys.executable, "-P", "-m", "app.cli", "ingest"],
        cwd=ROOT,
        env={**own, "ROUNDTABLE_DATABASE_URL": url, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def _rows(url: str, tables: Sequence[str]) -> int:
    with psycopg.connect(url) as connection:
        counted = sql.SQL(" + ").join(
            sql.SQL("(SELECT count(*) FROM {})").format(sql.Identifier(table)) for table in tables
        )
        found = connection.execute(sql.SQL("SELECT {}").format(counted)).fetchone()
    return int(found[0]) if found else 0


def migration_failing(on: Setting, *, every: int = 1, say: Callable[[str], None] = lambda _: None) -> Outcome:
    """Checks that a migration that fails at a statement leaves nothing, and that the next one is complete."""
    with database(on, "counted") as url:
        statements = _upgraded(url, failing_at=0)
    left = []
    places = range(1, statements + 1, every)
    with database(on, "half_made") as url:
        for place in places:
            if place % 50 == 1:
                say(f"statement {place} of {statements}")
            _upgraded(url, failing_at=place)
            with psycopg.connect(url) as connection:
                if connection.execute(MADE, [OURS]).fetchone() != (0,):
                    left.append(str(place))
        upgrade(url)
        engine = admin_engine(url)
        whole = is_current(engine)
        engine.dispose()
    outcome = (
        f"something left behind at {', '.join(left) or 'none'}; the one after them {'whole' if whole else 'FAILED'}"
    )
    return Outcome(f"a migration fails at {len(places)} of its {statements} statements", outcome, whole and not left)


def _upgraded(url: str, *, failing_at: int) -> int:
    """Migrates the schema, or fails at the given statement. Returns the number of statements."""
    seen = 0

    def count(*_: Any) -> None:
        nonlocal seen
        seen += 1
        if seen == failing_at:
            raise BrokenError

    event.listen(Engine, "before_cursor_execute", count)
    try:
        upgrade(url)
    except BrokenError:
        pass
    finally:
        event.remove(Engine, "before_cursor_execute", count)
    return seen
