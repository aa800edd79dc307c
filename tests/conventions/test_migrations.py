"""Migrations: one head, no downgrade, no difference from the models, and a CHECK for every enum."""

import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import httpx
import psycopg
import pytest
from alembic import command
from alembic.script import ScriptDirectory
from sqlalchemy import CheckConstraint, text

from app.core.db import admin_engine
from app.core.migrations import SCHEMA_REVISION, migration_config, upgrade
from app.core.settings import Settings
from app.main import create_app
from app.models import Base
from tests.conftest import ROOT, serving

ALEMBIC = Path(sys.executable).with_name("alembic")


@pytest.fixture
def empty(server_url: str, request: pytest.FixtureRequest) -> str:
    """A database without a schema."""
    name = f"empty_{abs(hash(request.node.nodeid)):x}"
    with psycopg.connect(server_url.replace("/roundtable?", "/postgres?"), autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"'.encode())
    return server_url.replace("/roundtable?", f"/{name}?")


def shape(url: str) -> set[str]:
    engine = admin_engine(url)
    with engine.connect() as connection:
        rows = connection.execute(
            text(
                "SELECT conrelid::regclass || ' ' || conname || ' ' || pg_get_constraintdef(oid) FROM pg_constraint "
                "WHERE connamespace = 'public'::regnamespace UNION ALL SELECT indexdef FROM pg_indexes "
                "WHERE schemaname = 'public' UNION ALL SELECT pg_get_triggerdef(oid) FROM pg_trigger "
                "WHERE NOT tgisinternal UNION ALL SELECT pg_get_functiondef(oid) FROM pg_proc "
                "WHERE pronamespace = 'public'::regnamespace"
            )
        ).scalars()
        found = set(rows)
    engine.dispose()
    return found


def test_one_head() -> None:
    assert ScriptDirectory.from_config(migration_config()).get_heads() == [SCHEMA_REVISION]


def test_a_second_upgrade_changes_nothing(empty: str) -> None:
    upgrade(empty)
    first = shape(empty)
    upgrade(empty)
    assert shape(empty) == first


def test_no_migration_goes_back(scratch_url: str) -> None:
    """A release is undone by a restore: `alembic downgrade` reports that, and does not change a loaded database."""
    before = shape(scratch_url)
    for one in ScriptDirectory.from_config(migration_config()).walk_revisions():
        assert not hasattr(one.module, "downgrade"), one.revision
    for revision in ("-1", "base"):
        done = subprocess.run(
            [ALEMBIC, "downgrade", revision],
            cwd=ROOT,
            env={**os.environ, "ROUNDTABLE_DATABASE_URL": scratch_url},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode != 0
        (line,) = (done.stdout + done.stderr).strip().splitlines()
        assert "no migration goes back: restore the backup" in line
    assert shape(scratch_url) == before
    with psycopg.connect(scratch_url) as connection:
        assert connection.execute("SELECT count(*) FROM cleared_u.panels").fetchone() is not None


def test_no_drift(empty: str) -> None:
    upgrade(empty)
    command.check(migration_config(empty))


def test_every_check_of_the_models_is_in_the_database(empty: str) -> None:
    """Alembic does not compare CHECKs, and an enum column without one accepts any text."""
    upgrade(empty)
    engine = admin_engine(empty)
    with engine.connect() as connection:
        held: dict[str, str] = dict(
            connection.execute(
                text("SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint WHERE contype = 'c'")
            ).all()
        )
    engine.dispose()
    for table in Base.metadata.tables.values():
        for check in table.constraints:
            if isinstance(check, CheckConstraint):
                assert check.name in held, check.name
                words = set(re.findall(r"'([^']*)'", str(check.sqltext)))
                assert words == set(re.findall(r"'([^']*)'", held[str(check.name)])), check.name


def test_two_at_once_do_the_work_once(empty: str) -> None:
    command_line = [sys.executable, "-m", "app.cli", "migrate"]
    environment = {**os.environ, "ROUNDTABLE_DATABASE_URL": empty}
    both = [subprocess.Popen(command_line, cwd=ROOT, env=environment, stderr=subprocess.PIPE) for _ in range(2)]
    assert [(one.communicate(timeout=120)[1], one.returncode)[1] for one in both] == [0, 0]
    assert any("anchor_is_spelled" in one for one in shape(empty))


def test_readiness_reports_an_old_schema(copy_database: Callable[[str], str]) -> None:
    url = copy_database("old_schema")
    engine = admin_engine(url)
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = 'older'"))
    engine.dispose()
    with serving(create_app(Settings(), database_url=url)) as address:
        assert httpx.get(f"{address}/healthz/live").status_code == 200
        answer = httpx.get(f"{address}/healthz/ready")
    assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")
    assert "roundtable migrate" in answer.json()["detail"]
    assert answer.headers["retry-after"]


def test_persons_of_rows_from_before(empty: str) -> None:
    """Old rows get the person of their key, or the name in their id. Reviewers of their own drafts keep their id."""
    upgrade(empty, "c3e70a51d9b4")
    with psycopg.connect(empty) as connection:
        for key, name in (("aaaaaaaaaaaa", "Carol"), ("bbbbbbbbbbbb", "carol")):
            connection.execute(
                "INSERT INTO api_keys (id, name, digest, roles, clearance, created_by, expires_at) "
                "VALUES (%s, %s, repeat('0', 64), '{editor}', 'SBU', 'command:x', now() + interval '1 day')",
                (key, name),
            )
        connection.execute("INSERT INTO actions (id) SELECT 'ACT-000' || n FROM generate_series(1, 4) n")
        for number, author, reviewer in (
            (1, "key:aaaaaaaaaaaa", "key:bbbbbbbbbbbb"),
            (2, "sso:EX\\Bob", "oidc:4711"),
            (3, "sso:Bob@EX", None),
            (4, "sso:EX\\Bob", "oidc:EX+bob"),
        ):
            connection.execute(
                "INSERT INTO action_revisions (action_id, number, title, publication, authors, reviewer, recorded_at) "
                "VALUES (%s, 1, 'x', %s, %s, %s, %s)",
                (
                    f"ACT-000{number}",
                    "published" if reviewer else "draft",
                    [author],
                    reviewer,
                    "2026-11-01" if reviewer else None,
                ),
            )
    upgrade(empty)
    with psycopg.connect(empty) as connection:
        rows = "SELECT persons, reviewer_person FROM action_revisions ORDER BY action_id"
        assert connection.execute(rows.encode()).fetchall() == [
            (["carol"], "key:bbbbbbbbbbbb"),
            (["bob@ex"], "4711"),
            (["bob@ex"], None),
            (["bob@ex"], "oidcexbob"),
        ]
        assert connection.execute("SELECT person FROM api_keys ORDER BY id").fetchall() == [("Carol",), ("carol",)]
