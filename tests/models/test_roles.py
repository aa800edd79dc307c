"""Reader roles of the database, where the service is not superuser as it is with the embedded database."""

import os
import re
import subprocess
import sys
from pathlib import Path

import httpx
import psycopg
import pytest
from pydantic import SecretStr

from app.core.db import admin_engine
from app.core.embedded_postgres import embedded_database, embedded_program
from app.core.migrations import upgrade
from app.core.settings import Settings
from app.ingest.pipeline import ingest
from app.main import create_app
from app.models.roles import RolesMissing
from app.vocabulary import Role
from tests.conftest import KEY_SECRET, ROOT, bearer, new_key, serving


def administer(server_url: str, *statements: str) -> None:
    with psycopg.connect(server_url, autocommit=True) as connection:
        for statement in statements:
            connection.execute(statement.encode())


def test_an_owner_without_the_right_gets_the_sql_to_run(server_url: str) -> None:
    """The message is sufficient: afterwards the owner migrates, and a role that owns nothing serves."""
    administer(
        server_url,
        "CREATE ROLE plain_owner LOGIN",
        "CREATE ROLE plain_web LOGIN",
        "CREATE DATABASE plainly OWNER plain_owner",
        "DO $$ BEGIN CREATE ROLE roundtable_reader_u; EXCEPTION WHEN duplicate_object THEN END $$",
        "DO $$ BEGIN CREATE ROLE roundtable_reader_sbu; EXCEPTION WHEN duplicate_object THEN END $$",
        "DO $$ BEGIN CREATE ROLE roundtable_writer; EXCEPTION WHEN duplicate_object THEN END $$",
    )
    owner, web = (
        re.sub(r"//[^@/]*@?/roundtable", f"//{name}@/plainly", server_url) for name in ("plain_owner", "plain_web")
    )
    with pytest.raises(RolesMissing) as raised:
        upgrade(owner)
    engine = admin_engine(owner)
    with engine.connect() as connection:
        assert not connection.exec_driver_sql("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'").scalar()
    engine.dispose()
    grant = re.search(r"GRANT .*;", str(raised.value))
    assert grant
    administer(server_url, grant[0], grant[0].replace("plain_owner", "plain_web"))
    upgrade(owner)
    for clearance in ("U", "SBU"):
        app = create_app(Settings(anonymous=clearance), database_url=web)
        with serving(app) as address:
            assert httpx.get(f"{address}/healthz/ready").status_code == 200
            assert httpx.get(f"{address}/v1/recommendations").json()["items"] == []
    shown = bearer(new_key(web, Role.ADMIN, Role.AUDITOR))
    with serving(create_app(Settings(api_key_secret=SecretStr(KEY_SECRET)), database_url=web)) as address:
        for path in ("/v1/admin/keys", "/v1/audit"):
            assert httpx.get(f"{address}{path}", headers=shown).json()["items"]
    with psycopg.connect(web) as connection_, pytest.raises(psycopg.errors.InsufficientPrivilege):
        connection_.execute("SELECT * FROM recommendations")


def test_the_deployment_sql_is_sufficient(tmp_path: Path) -> None:
    """A role without superuser rights migrates and loads. Another one, which owns nothing, serves."""
    psql = embedded_program("psql")
    assert psql is not None
    with embedded_database(tmp_path, say=print) as url:
        postgres, owner, web = (
            re.sub(r"//[^@/]*@?/roundtable", f"//{user}@/{name}", url)
            for user, name in (("postgres", "postgres"), ("register_owner", "register"), ("register_web", "register"))
        )
        passwords = {"REGISTER_OWNER_PASSWORD": "it's $one", "REGISTER_WEB_PASSWORD": 'a "second"'}
        words = [str(psql), "-X", "-v", "ON_ERROR_STOP=1", "-f", str(ROOT / "deploy/roles.sql"), postgres]
        subprocess.run(words, env={**os.environ, **passwords}, check=True, capture_output=True)
        mighty = "rolsuper OR rolcreaterole OR rolcreatedb OR rolreplication OR rolbypassrls"
        with psycopg.connect(postgres) as connection:
            found = connection.execute(f"SELECT rolname FROM pg_roles WHERE {mighty}".encode()).fetchall()
        assert found == [("postgres",)]
        upgrade(owner)
        loaded = ingest(admin_engine(owner))
        environment = {**os.environ, "ROUNDTABLE_DATABASE_URL": web, "ROUNDTABLE_MIGRATE_ON_START": "off"}
        command = [sys.executable, "-m", "app.cli", "serve", "--port", "0"]
        with subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            address = re.search(r"http://\S+:\d+", process.stdout.readline())
            assert address, "it does not serve"
            answer = httpx.get(f"{address[0]}/v1/recommendations", params={"include": "total"})
            process.terminate()
            process.communicate(timeout=60)
        assert answer.json()["total"] == loaded.recommendations


def test_readiness_fails_if_the_login_may_not_read(server_url: str) -> None:
    """Readiness and reads return 503, as for a database that is down."""
    administer(server_url, "CREATE ROLE stranger LOGIN", "CREATE DATABASE strange")
    upgrade(server_url.replace("/roundtable?", "/strange?"))
    url = re.sub(r"//[^@/]*@?/roundtable", "//stranger@/strange", server_url)
    with serving(create_app(Settings(), database_url=url)) as address:
        answer = httpx.get(f"{address}/healthz/ready")
        assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")
        assert "Roles" in answer.json()["detail"]
        assert httpx.get(f"{address}/v1/recommendations").status_code == 503
