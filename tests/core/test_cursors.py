"""Cursors: only the service can create or change a valid one."""

import base64
import json
import random
from collections.abc import Callable
from hashlib import blake2b
from typing import Any

import httpx
import psycopg
import pytest
from sqlakeyset import serialize_bookmark
from sqlalchemy import Engine, text
from sqlalchemy.exc import DataError, DBAPIError, OperationalError, ProgrammingError

from app.core.cursors import decode_cursor, encode_cursor
from app.core.errors import code_of_database
from app.models.clearance import READERS
from app.parties.schemas import PersonQuery
from tests.conftest import cursor_key, with_required_params

LISTS = ("/v1/recommendations", "/v1/search", "/v1/people", "/v1/events", "/v1/statistics", "/v1/actions")


def opened(cursor: str) -> bytes:
    return base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))


def written(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def refused(answer: httpx.Response) -> bool:
    return (answer.status_code, answer.json()["code"]) == (422, "invalid-cursor")


def ends(client: httpx.Client, path: str) -> tuple[str, str]:
    """Returns the name of the cursor parameter of a path, and a valid cursor."""
    page = client.get(path, params=with_required_params(path, limit=1)).json()
    return ("cursor", page["next_cursor"]) if "next_cursor" in page else ("since", page["next_since"])


@pytest.mark.parametrize("path", [*LISTS, "/v1/changes"])
def test_a_cursor_that_was_changed_anywhere_is_refused(client: httpx.Client, path: str) -> None:
    name, ours = ends(client, path)
    assert client.get(path, params=with_required_params(path, limit=1, **{name: ours})).status_code == 200
    raw, chance = opened(ours), random.Random(7)  # noqa: S311 - the same places each time
    for place in {0, 7, 8, 15, 16, len(raw) - 1, *(chance.randrange(len(raw)) for _ in range(8))}:
        changed = raw[:place] + bytes([raw[place] ^ 1 << chance.randrange(8)]) + raw[place + 1 :]
        assert refused(client.get(path, params=with_required_params(path, limit=1, **{name: written(changed)}))), place
    shapes = (ours[:-1], ours + "A", ours + "=", ours + "!", f"!{ours}", f"{ours[:9]} {ours[9:]}", written(raw[:16]))
    for shape in shapes:
        assert refused(client.get(path, params=with_required_params(path, limit=1, **{name: shape}))), shape


def test_a_cursor_cannot_be_forged_without_the_key(client: httpx.Client) -> None:
    query = 'SearchQuery||{"q":"china","kind":[],"cable":[]}'
    for place in (">dict:0.1~s:\0~s:x", serialize_bookmark(((0.1, "paragraph", "x"), False))):
        old = blake2b(f"{query}|{place}".encode(), digest_size=8).digest() + place.encode()
        guesses = [old, *(opened(encode_cursor(place, key=key, bound_to=query)) for key in (b"", b"\0" * 32))]
        for raw in [*guesses, base64.urlsafe_b64decode("u7uAEIu9WXA-ZjowLjF-czoAfnM6eA==")]:
            assert refused(client.get("/v1/search", params={"q": "china", "limit": 2, "cursor": written(raw)}))


@pytest.mark.parametrize("value", ["\0", "a\x1b[0m", 7, None, 1.5])
def test_a_cursor_with_an_invalid_column_value_is_refused(client: httpx.Client, served_url: str, value: Any) -> None:
    """A signed cursor is validated too: it may come from a release that allowed other column values."""
    query = PersonQuery(limit=1)
    bound_to = f"{type(query).__qualname__}||{query.model_dump_json(exclude={'limit', 'cursor', 'include'})}"
    key, (name, ours) = cursor_key(served_url), ends(client, "/v1/people")
    assert decode_cursor(ours, key=key, bound_to=bound_to) is not None
    bookmark = serialize_bookmark(((value,), False))
    forged = encode_cursor(bookmark, key=key, bound_to=bound_to)
    answer = client.get("/v1/people", params={name: forged})
    assert refused(answer)


@pytest.mark.parametrize(
    "parts",
    [[], ["x"], "text", 7, None, [1, 2, 3, 4, 5], ["r", -1, "2026-01-01", None, ""], ["r", 10**30, "2026-01-01", None, ""],
     ["r", 1, "2026-99-01", None, ""], ["r", 1, "2026-01-01", "soon", ""], ["r", 1, "2026-01-01", None, "\0"]],
)  # fmt: skip
def test_an_invalid_since_is_refused(client: httpx.Client, served_url: str, parts: Any) -> None:
    since = encode_cursor(json.dumps(parts), key=cursor_key(served_url), bound_to="changes|")
    answer = client.get("/v1/changes", params={"since": since})
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid-cursor")


def test_a_cursor_of_another_database_is_refused(
    client: httpx.Client, scratch_client: httpx.Client, scratch_engine: Engine
) -> None:
    with scratch_engine.begin() as connection:
        connection.execute(text("UPDATE cursor_keys SET secret = DEFAULT"))
    for path in ("/v1/recommendations", "/v1/changes"):
        name, theirs = ends(client, path)
        assert refused(scratch_client.get(path, params={"limit": 1, name: theirs}))
        name, ours = ends(scratch_client, path)
        assert scratch_client.get(path, params={"limit": 1, name: ours}).status_code == 200


def test_no_two_databases_have_the_same_key(copy_database: Callable[..., str]) -> None:
    from app.core.migrations import upgrade  # noqa: PLC0415 - only this test creates its own database

    made = []
    for name in ("first_key", "second_key"):
        url = copy_database(name, template="template1")
        upgrade(url)
        made.append(cursor_key(url))
    assert len(set(made)) == 2


@pytest.mark.parametrize("reader", READERS.values(), ids=str)
def test_no_reader_sees_the_key(served_url: str, reader: Any) -> None:
    with psycopg.connect(served_url, options=f"-c role={reader.role}") as connection:
        for table in ("public.cursor_keys", f"{reader.schema}.cursor_keys"):
            with pytest.raises((psycopg.errors.InsufficientPrivilege, psycopg.errors.UndefinedTable)):
                connection.execute(f"SELECT secret FROM {table}".encode())
            connection.rollback()


def test_a_cursor_signature_separates_position_and_list() -> None:
    cursor = encode_cursor("b|c", key=b"k", bound_to="a")
    assert decode_cursor(cursor, key=b"k", bound_to="a") == "b|c"
    signature = opened(cursor)[:16]
    assert decode_cursor(written(signature + b"c"), key=b"k", bound_to="a|b") is None


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (DataError("s", {}, psycopg.DataError("PostgreSQL text fields cannot contain NUL (0x00) bytes")), "invalid"),
        (DataError("s", {}, psycopg.DataError("timestamp too large (after year 10K)")), "internal"),
        (ProgrammingError("s", {}, psycopg.ProgrammingError("the query has 1 placeholder")), "internal"),
        (OperationalError("s", {}, psycopg.OperationalError("the connection is lost")), "unavailable"),
    ],
)
def test_values_that_the_driver_rejects_are_not_an_outage(error: DBAPIError, code: str) -> None:
    assert code_of_database(error).startswith(code)
