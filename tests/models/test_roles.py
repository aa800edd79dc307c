"""The roles of readers, where the service is not the superuser that it is with the embedded database."""

import re

import httpx
import psycopg
import pytest
from pydantic import SecretStr

from app.core.db import loading_engine
from app.core.migration import upgrade
from app.core.settings import Settings
from app.main import create_app
from app.models.roles import RolesMissing
from app.vocabulary import Role
from tests.conftest import KEY_SECRET, bearer, new_key, serving


def administer(server_url: str, *statements: str) -> None:
    with psycopg.connect(server_url, autocommit=True) as connection:
        for statement in statements:
            connection.execute(statement.encode())


def test_an_owner_without_the_right_is_told_what_to_run(server_url: str) -> None:
    """What the message says is enough; then the owner migrates, and a role that owns nothing serves."""
    administer(
        server_url,
        "CREATE ROLE plain_owner LOGIN",
        "CREATE ROLE plain_web LOGIN",
        "CREATE DATABASE plainly OWNER plain_owner",
        "DO $$ BEGIN CREATE ROLE roundtable_reader_u; EXCEPTION WHEN duplicate_object THEN END $$",
        "DO $$ BEGIN CREATE ROLE roundtable_reader_sbu; EXCEPTION WHEN duplicate_object THEN END $$",
        "DO $$ BEGIN CREATE ROLE register_writer; EXCEPTION WHEN duplicate_object THEN END $$",
    )
    owner, web = (
        re.sub(r"//[^@/]*@?/roundtable", f"//{name}@/plainly", server_url) for name in ("plain_owner", "plain_web")
    )
    with pytest.raises(RolesMissing) as told:
        upgrade(owner)
    engine = loading_engine(owner)
    with engine.connect() as connection:
        assert not connection.exec_driver_sql("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'").scalar()
    engine.dispose()
    grant = re.search(r"GRANT .*;", str(told.value))
    assert grant
    administer(server_url, grant[0], grant[0].replace("plain_owner", "plain_web"))
    upgrade(owner)
    for clearance in ("U", "SBU"):
        app = create_app(Settings(anonymous=clearance), database_url=web)
        with serving(app) as address:
            assert httpx.get(f"{address}/healthz/ready").status_code == 200
            assert httpx.get(f"{address}/v1/recommendations").json()["items"] == []
    shown = bearer(new_key(web, Role.ADMIN, Role.AUDITOR))
    with serving(create_app(Settings(key_secret=SecretStr(KEY_SECRET)), database_url=web)) as address:
        for path in ("/v1/admin/keys", "/v1/audit"):
            assert httpx.get(f"{address}{path}", headers=shown).json()["items"]
    with psycopg.connect(web) as connection_, pytest.raises(psycopg.errors.InsufficientPrivilege):
        connection_.execute("SELECT * FROM recommendations")


def test_a_service_whose_login_may_not_read_is_not_ready(server_url: str) -> None:
    """It says so as it says that the database is gone: with 503, and never as an answer."""
    administer(server_url, "CREATE ROLE stranger LOGIN", "CREATE DATABASE strange")
    upgrade(server_url.replace("/roundtable?", "/strange?"))
    url = re.sub(r"//[^@/]*@?/roundtable", "//stranger@/strange", server_url)
    with serving(create_app(Settings(), database_url=url)) as address:
        answer = httpx.get(f"{address}/healthz/ready")
        assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")
        assert "Roles" in answer.json()["detail"]
        assert httpx.get(f"{address}/v1/recommendations").status_code == 503
