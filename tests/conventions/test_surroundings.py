"""Environment independence: the same bytes whatever the environment, the database settings and the role settings."""

import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import httpx
import psycopg
import pytest
from fastapi import FastAPI
from psycopg import sql

from app.core.session import SESSION
from app.vocabulary import Role
from tests.conftest import IN_PATHS, KEY_SECRET, ROOT, bearer, new_key, with_required_params

Answers = dict[str, tuple[int, bytes]]

ENVIRONMENT = {
    "PGTZ": "America/New_York",
    "PGDATESTYLE": "German",
    "PGCLIENTENCODING": "LATIN1",
    "PGOPTIONS": "-c default_transaction_read_only=on -c search_path=pg_catalog -c nonsense=1",
    "PGGEQO": "nonsense",
    "PGHOSTADDR": "192.0.2.1",
    "PGPORT": "1",
    "PGSERVICE": "none",
    "PGSERVICEFILE": "/nowhere",
    "PGTARGETSESSIONATTRS": "standby",
    "PGMAXPROTOCOLVERSION": "nonsense",
    "PGPASSWORD": "not asked for",
    "TZ": "Pacific/Auckland",
    "LC_ALL": "C",
    "LANG": "tr_TR.UTF-8",
    "PYTHONUTF8": "0",
    "PYTHONCOERCECLOCALE": "0",
    "PYTHONIOENCODING": "latin-1",
}
"""Variables of libpq, of the locale and of Python that differ from ours."""
SETTINGS = {
    "TimeZone": "Pacific/Auckland",
    "timezone_abbreviations": "India",
    "DateStyle": "SQL, DMY",
    "IntervalStyle": "sql_standard",
    "client_encoding": "LATIN1",
    "bytea_output": "escape",
    "extra_float_digits": "-15",
    "xmlbinary": "hex",
    "xmloption": "document",
    "default_text_search_config": "pg_catalog.german",
    "standard_conforming_strings": "off",
    "backslash_quote": "on",
    "quote_all_identifiers": "on",
    "array_nulls": "off",
    "transform_null_equals": "on",
    "gin_fuzzy_search_limit": "1",
    "check_function_bodies": "off",
    "row_security": "off",
    "restrict_nonsystem_relation_kind": "view",
    "session_replication_role": "replica",
    "default_transaction_isolation": "serializable",
    "default_transaction_read_only": "on",
    "default_transaction_deferrable": "on",
    "statement_timeout": "1s",
    "lock_timeout": "1ms",
    "idle_in_transaction_session_timeout": "20ms",
    "idle_session_timeout": "1s",
    "transaction_timeout": "1s",
    "search_path": "pg_catalog",
    "jit": "on",
    "jit_above_cost": "0",
}
"""Database settings that differ from ours where possible."""
SEARCHES = ({"q": "专利"}, {"q": "café OR patent"}, {"q": "2007-11-21"})
MOVES = re.compile(r"/v1/audit.*|/v1/admin/keys.*|/metrics")
"""Endpoints whose responses change with each request."""


def environment(url: str, **more: str) -> dict[str, str]:
    own = {name: value for name, value in os.environ.items() if not name.startswith(("ROUNDTABLE_", "PG", "LC_"))}
    return {**own, "ROUNDTABLE_DATABASE_URL": url, "ROUNDTABLE_API_KEY_SECRET": KEY_SECRET, **more}


def run(url: str, *words: str, **more: str) -> str:
    command = [sys.executable, "-m", "app.cli", *words]
    done = subprocess.run(
        command, cwd=ROOT, env=environment(url, **more), capture_output=True, check=False, timeout=120
    )
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout.decode()


@contextmanager
def served(url: str, shown: dict[str, str], **more: str) -> Iterator[httpx.Client]:
    """Runs the service as a process with its own environment."""
    command = [sys.executable, "-m", "app.cli", "serve", "--port", "0"]
    with subprocess.Popen(
        command, cwd=ROOT, env=environment(url, PYTHONUNBUFFERED="1", **more), stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        try:
            found = re.search(r"http://\S+:\d+", process.stdout.readline())
            assert found, "the address was not announced"
            with httpx.Client(base_url=found.group(), headers={**shown, "Host": "register.test"}, timeout=60) as http:
                yield http
        finally:
            process.terminate()
            process.communicate(timeout=60)


def answers(http: httpx.Client, paths: list[str]) -> Answers:
    found: Answers = {}
    for path in paths:
        answer = http.get(path.format(**IN_PATHS, code="gone"), params=with_required_params(path))
        assert answer.status_code < 500, (path, answer.text)
        if not MOVES.fullmatch(path):
            found[path] = (answer.status_code, b"" if answer.is_error else answer.content)
    for params in SEARCHES:
        for path in ("/v1/search", "/v1/recommendations"):
            answer = http.get(path, params={**params, "include": "total"} if path != "/v1/search" else params)
            found[f"{path} {params['q']}"] = (answer.status_code, answer.content)
    return found


def write(http: httpx.Client) -> None:
    """Performs a few writes, each with an effect of triggers."""
    http.get("/v1/changes").raise_for_status()
    position = http.get("/v1/changes", params={"limit": 200}).json()["next_since"]
    made = http.post(
        "/v1/admin/keys", json={"name": "a program", "person": "a.program", "roles": ["reader"], "clearance": "U"}
    )
    assert made.status_code == 201, made.text
    assert http.post("/v1/audit/checkpoints", json={}).status_code == 201
    draft = http.post(
        "/v1/actions", json={"title": "Write to 专利局", "owner": "front office", "due": "2027-03-04", "about": []}
    )
    assert draft.status_code in {201, 422}, draft.text
    assert http.get("/v1/changes", params={"since": position}).status_code == 200


@pytest.fixture(scope="module")
def plain_url(copy_database: Callable[..., str], shipped_template: str) -> str:
    """A database with the shipped data alone, which the commands load."""
    return copy_database("surrounded", template=shipped_template)


@pytest.fixture(scope="module")
def shown(plain_url: str) -> dict[str, str]:
    return bearer(new_key(plain_url, *Role))


@pytest.fixture(scope="module")
def paths(app: FastAPI) -> list[str]:
    return [path for path, item in app.openapi()["paths"].items() if "get" in item]


@pytest.fixture(scope="module")
def plain(plain_url: str, shown: dict[str, str], paths: list[str]) -> Answers:
    with served(plain_url, shown) as http:
        found = answers(http, paths)
    assert sum(status == 200 for status, _ in found.values()) > 60
    return found


def test_the_environment_changes_no_byte(
    plain: Answers, plain_url: str, shown: dict[str, str], paths: list[str]
) -> None:
    with served(plain_url, shown, **ENVIRONMENT) as http:
        assert answers(http, paths) == plain
        write(http)
    assert " 0 rows new, 0 changed, 0 removed" in run(plain_url, "ingest", **ENVIRONMENT)


def alter(server_url: str, name: str, settings: dict[str, str]) -> None:
    with psycopg.connect(server_url, autocommit=True) as connection:
        for setting, value in settings.items():
            if connection.execute("SELECT current_setting(%s, true)", [setting]).fetchone() == (None,):
                continue  # this PostgreSQL version does not have the setting
            connection.execute(
                sql.SQL("ALTER DATABASE {} SET {} = {}").format(
                    sql.Identifier(name), sql.Identifier(setting), sql.Literal(value)
                )
            )


def reset(server_url: str, name: str) -> None:
    with psycopg.connect(server_url, autocommit=True) as connection:
        connection.execute(sql.SQL("ALTER DATABASE {} RESET ALL").format(sql.Identifier(name)))


def test_settings_of_the_database_change_no_byte(
    plain: Answers, plain_url: str, shown: dict[str, str], paths: list[str], server_url: str
) -> None:
    alter(server_url, "surrounded", SETTINGS)
    try:
        with served(plain_url, shown) as http:
            assert answers(http, paths) == plain
            write(http)
        assert " 0 rows new, 0 changed, 0 removed" in run(plain_url, "ingest")
    finally:
        reset(server_url, "surrounded")


def test_a_load_under_odd_settings_gives_the_same_rows(server_url: str) -> None:
    """A database migrated and loaded under odd settings needs no change after their reset."""
    with psycopg.connect(server_url, autocommit=True) as connection:
        connection.execute("CREATE DATABASE oddly")
    alter(server_url, "oddly", SETTINGS)
    url = server_url.replace("/roundtable?", "/oddly?")
    run(url, "init", **ENVIRONMENT)
    reset(server_url, "oddly")
    assert " 0 rows new, 0 changed, 0 removed" in run(url, "ingest")


def test_every_setting_that_is_pinned_is_tried() -> None:
    # lc_* need locales that the machine has. synchronize_seqscans has an effect in large tables only.
    assert set(SESSION) - set(SETTINGS) == {"lc_monetary", "lc_numeric", "lc_time", "synchronize_seqscans"}
