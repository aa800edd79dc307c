"""API keys: shown once at creation, compared exactly, revoked within five seconds, and never stored in the clear."""

import asyncio
import logging
import re
import time
from collections.abc import Iterator
from typing import Any

import httpx
import psycopg
import pytest
from fastapi import FastAPI
from pydantic import SecretStr

from app.auth.api_keys import CACHE_SECONDS
from app.core.settings import Settings
from app.main import create_app
from app.vocabulary import Role
from tests.conftest import KEY_SECRET, bearer, new_key, serving

BODY = {
    "name": "weekly export",
    "person": "a.officer@office.example",
    "roles": ["reader"],
    "clearance": "U",
    "expires_in_days": 30,
}


@pytest.fixture
def keyed(scratch_url: str) -> Iterator[tuple[httpx.Client, FastAPI]]:
    """A client with the role admin, at a service without anonymous reads."""
    app = create_app(Settings(anonymous="off", api_key_secret=SecretStr(KEY_SECRET)), database_url=scratch_url)
    with (
        serving(app) as address,
        httpx.Client(
            base_url=address, headers=bearer(new_key(scratch_url, Role.ADMIN, Role.READER)), timeout=60
        ) as http,
    ):
        yield http, app


def rows(url: str, statement: str) -> list[Any]:
    with psycopg.connect(url) as connection:
        return connection.execute(statement.encode()).fetchall()


def test_a_key_is_made_shown_once_and_opens(keyed: tuple[httpx.Client, FastAPI], scratch_url: str) -> None:
    admin, _ = keyed
    answer = admin.post("/v1/admin/keys", json=BODY)
    assert (answer.status_code, answer.headers["cache-control"]) == (201, "no-store")
    key, made = answer.json()["key"], answer.json()["made"]
    assert re.fullmatch(rf"rr_{made['id']}_[A-Za-z0-9_-]{{43}}", key)
    assert answer.headers["location"] == f"/v1/admin/keys/{made['id']}"
    assert admin.get(answer.headers["location"]).json() == made
    assert made["created_by"].startswith("key:")
    assert (made["roles"], made["clearance"], made["last_used_at"]) == (["reader"], "U", None)

    assert httpx.get(f"{admin.base_url}/v1/panels", headers=bearer(key)).status_code == 200
    assert httpx.get(f"{admin.base_url}/v1/admin/keys", headers=bearer(key)).status_code == 403
    listed = admin.get("/v1/admin/keys").json()["items"]
    assert listed[-1]["id"] == made["id"]
    whole = str(rows(scratch_url, "SELECT k::text FROM api_keys k"))
    assert made["id"] in whole
    assert key.rpartition("_")[2] not in whole


def test_a_key_is_compared_exactly(keyed: tuple[httpx.Client, FastAPI], scratch_url: str) -> None:
    admin, _ = keyed
    one, other = new_key(scratch_url, Role.READER), new_key(scratch_url, Role.READER)
    crossed = one[:16] + other[16:]
    forged = [crossed, one[:-1], f"{one}x", one.upper(), one.replace("rr_", "rr-"), f"rr_{'0' * 12}_{'A' * 43}"]
    for text in [*forged, one[:-1] + ("A" if one[-1] != "A" else "B")]:
        assert httpx.get(f"{admin.base_url}/v1/panels", headers=bearer(text)).status_code == 401, text
    assert httpx.get(f"{admin.base_url}/v1/panels", headers=bearer(one)).status_code == 200
    both = [("Authorization", f"Bearer {one}"), ("Authorization", f"Bearer {one}")]
    assert httpx.get(f"{admin.base_url}/v1/panels", headers=both).status_code == 401
    # The digest of one row is not valid for another.
    with psycopg.connect(scratch_url) as connection:
        connection.execute(
            "UPDATE api_keys SET digest = (SELECT digest FROM api_keys WHERE id = %s) WHERE id = %s",
            (one[3:15], other[3:15]),
        )
    assert httpx.get(f"{admin.base_url}/v1/panels", headers=bearer(other)).status_code == 401


@pytest.mark.timing
def test_a_revoked_key_is_out_at_once_here_and_within_seconds_elsewhere(
    keyed: tuple[httpx.Client, FastAPI], scratch_url: str
) -> None:
    admin, _ = keyed
    here, elsewhere = new_key(scratch_url, Role.READER), new_key(scratch_url, Role.READER)
    for key in (here, elsewhere):
        assert httpx.get(f"{admin.base_url}/v1/panels", headers=bearer(key)).status_code == 200
    revoked = admin.delete(f"/v1/admin/keys/{here[3:15]}")
    assert (revoked.status_code, revoked.content) == (204, b"")
    assert httpx.get(f"{admin.base_url}/v1/panels", headers=bearer(here)).status_code == 401
    for answer in (admin.get(f"/v1/admin/keys/{here[3:15]}"), admin.delete(f"/v1/admin/keys/{here[3:15]}")):
        assert (answer.status_code, answer.json()["code"]) == (410, "gone")
    assert here[3:15] not in admin.get("/v1/admin/keys").text
    assert admin.delete(f"/v1/admin/keys/{'0' * 12}").status_code == 404

    began = time.monotonic()
    with psycopg.connect(scratch_url) as connection:
        connection.execute(
            "UPDATE api_keys SET revoked_at = now(), revoked_by = 'other' WHERE id = %s", (elsewhere[3:15],)
        )
    while httpx.get(f"{admin.base_url}/v1/panels", headers=bearer(elsewhere)).status_code == 200:
        assert time.monotonic() - began < CACHE_SECONDS + 3
        time.sleep(0.1)


@pytest.mark.timing
def test_a_key_ends_on_time(keyed: tuple[httpx.Client, FastAPI], scratch_url: str) -> None:
    admin, _ = keyed
    key = new_key(scratch_url, Role.READER)
    with psycopg.connect(scratch_url) as connection:
        connection.execute(
            "UPDATE api_keys SET created_at = now() - interval '1 day', expires_at = now() + interval '3 seconds' "
            "WHERE id = %s",
            (key[3:15],),
        )
    assert httpx.get(f"{admin.base_url}/v1/panels", headers=bearer(key)).status_code == 200
    time.sleep(3.1)
    assert httpx.get(f"{admin.base_url}/v1/panels", headers=bearer(key)).status_code == 401


def test_last_use_is_written_in_the_background(keyed: tuple[httpx.Client, FastAPI], scratch_url: str) -> None:
    admin, _ = keyed
    key = new_key(scratch_url, Role.READER)
    used = f"SELECT last_used_at FROM api_keys WHERE id = '{key[3:15]}'"
    for _ in range(3):
        assert httpx.get(f"{admin.base_url}/v1/panels", headers=bearer(key)).status_code == 200
    assert rows(scratch_url, used) == [(None,)]
    ring = create_app(Settings(api_key_secret=SecretStr(KEY_SECRET)), database_url=scratch_url).state.authenticator.keys

    async def use_and_note() -> None:
        async with ring.track_last_used():
            await ring.caller_of(key)

    asyncio.run(use_and_note())
    (when,) = rows(scratch_url, used)[0]
    assert abs(when.timestamp() - time.time()) < 5


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({**BODY, "name": ""}, "/name"),
        ({**BODY, "person": ""}, "/person"),
        ({**BODY, "person": " \u200b@"}, "/person"),
        ({**BODY, "person": "\u3164"}, "/person"),
        ({**BODY, "person": "bob\u0378"}, "/person"),
        ({name: value for name, value in BODY.items() if name != "person"}, "/person"),
        *(({**BODY, "roles": ["reader", role]}, "/clearance") for role in ("editor", "reviewer", "auditor")),
        ({**BODY, "name": "a\u0000b"}, "/name"),
        ({**BODY, "roles": []}, "/roles"),
        ({**BODY, "roles": ["king"]}, "/roles/0"),
        ({**BODY, "clearance": "S"}, "/clearance"),
        ({**BODY, "expires_in_days": 0}, "/expires_in_days"),
        ({**BODY, "expires_in_days": "30"}, "/expires_in_days"),
        ({**BODY, "expires": 30}, "/expires"),
        ({"roles": ["reader"], "person": "a", "clearance": "U"}, "/name"),
        ([], ""),
    ],
)
def test_a_body_that_does_not_fit_is_named(client: httpx.Client, body: Any, pointer: str) -> None:
    answer = client.post("/v1/admin/keys", json=body)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid-request")
    assert answer.json()["errors"][0]["pointer"] == pointer


def test_malformed_or_oversized_json_is_refused(client: httpx.Client) -> None:
    headers = {"Content-Type": "application/json"}
    for body in (b"{", b"\xff", b'{"name": NaN}x'):
        answer = client.post("/v1/admin/keys", content=body, headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (400, "malformed-json"), body
    surrogate = b'{"name": "\\ud800", "roles": ["reader"], "clearance": "U"}'
    assert client.post("/v1/admin/keys", content=surrogate, headers=headers).status_code == 422
    assert client.post("/v1/admin/keys", content=b" " * 1_100_000, headers=headers).status_code == 413


def test_authentication_by_key_needs_no_statement_per_read(client: httpx.Client, statements: list[str]) -> None:
    for _ in range(3):
        assert client.get("/v1/panels").status_code == 200
    assert len(statements) == 3


def test_no_secret_is_in_the_log(scratch_url: str, caplog: pytest.LogCaptureFixture) -> None:
    """Also if the database fails during a request."""
    key = new_key(scratch_url, Role.READER)
    app = create_app(Settings(anonymous="off", api_key_secret=SecretStr(KEY_SECRET)), database_url=scratch_url)
    with caplog.at_level(logging.DEBUG, logger="roundtable"), serving(app) as address:
        with psycopg.connect(scratch_url) as connection:
            connection.execute("ALTER TABLE api_keys RENAME COLUMN digest TO spoiled")
        answer = httpx.get(f"{address}/v1/panels", headers=bearer(key))
    assert answer.status_code == 500
    assert caplog.records
    assert key.split("_", 2)[2] not in caplog.text + answer.text
    assert KEY_SECRET not in caplog.text + answer.text


def test_while_the_database_is_away_a_key_is_neither_good_nor_bad(scratch_url: str) -> None:
    key = new_key(scratch_url, Role.READER)
    away = re.sub(r"host=[^&]*", "host=/nowhere", scratch_url)
    assert away != scratch_url
    app = create_app(Settings(api_key_secret=SecretStr(KEY_SECRET)), database_url=away)
    with serving(app) as address:
        answer = httpx.get(f"{address}/v1/panels", headers=bearer(key))
    assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")
    assert answer.headers["retry-after"]


def test_without_a_secret_there_are_no_keys(scratch_url: str) -> None:
    with serving(create_app(Settings(), database_url=scratch_url)) as address:
        answer = httpx.get(f"{address}/v1/panels", headers=bearer(new_key(scratch_url, Role.READER)))
    assert answer.status_code == 401
