"""Pagination cursors: opaque tokens for a position in a list, signed with a key that is created with the database."""

import asyncio
import hmac
import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping

import psycopg
from sqlalchemy.ext.asyncio import AsyncConnection

from app.core.errors import ProblemError
from app.core.session import check_server, libpq_parameters, pin_statement

SIGNATURE_BYTES = 16
CONNECT_SECONDS = 2
_SELECT = "SELECT secret FROM public.cursor_keys"


class CursorKey:
    """The cursor signing key of one database, loaded on first use. All processes use the same key."""

    def __init__(self, database_url: str, *, session: Mapping[str, str]) -> None:
        """`session` sets a role that may read `cursor_keys`; no reader may."""
        self._address = {**libpq_parameters(database_url), "connect_timeout": CONNECT_SECONDS}
        self._session = session
        self._secret: bytes | None = None
        self._lock = asyncio.Lock()

    async def get(self) -> bytes:
        async with self._lock:
            if self._secret is None:
                self._secret = await self._read()
        return self._secret

    async def _read(self) -> bytes:
        # A separate connection: the request that waits for the key may use the last connection of the pool.
        try:
            async with await psycopg.AsyncConnection.connect(**self._address, autocommit=True) as connection:
                check_server(connection.info)
                await connection.execute(*pin_statement(self._session))
                row = await (await connection.execute(_SELECT)).fetchone()
        except psycopg.OperationalError as error:
            raise ProblemError("unavailable", "The database does not answer.") from error
        if row is None:
            raise LookupError("cursor_keys has no row: create the database with the migrations")
        return bytes(row[0])


async def cursor_key_of(connection: AsyncConnection) -> bytes:
    """Returns the cursor key of the database behind a connection of our engines."""
    if connection.sync_connection is None:
        raise RuntimeError("the connection is not open")
    key: CursorKey = connection.sync_connection.get_execution_options()["cursor_key"]
    return await key.get()


def encode_cursor(place: str, *, key: bytes, bound_to: str) -> str:
    """Encodes and signs a position. The cursor is valid for `bound_to` only; equal positions give equal cursors."""
    return urlsafe_b64encode(_signature(place, key, bound_to) + place.encode()).decode().rstrip("=")


def decode_cursor(cursor: str, *, key: bytes, bound_to: str) -> str | None:
    """Decodes a cursor and checks its signature. Returns None if it is forged, of another list, or not canonical."""
    try:
        raw = urlsafe_b64decode(cursor.encode("ascii") + b"=" * (-len(cursor) % 4))
        signature, place = raw[:SIGNATURE_BYTES], raw[SIGNATURE_BYTES:].decode()
    except ValueError:
        return None
    # The decoder skips characters that are not base64, so that one cursor would have many spellings.
    if urlsafe_b64encode(raw).decode().rstrip("=") != cursor:
        return None
    return place if hmac.compare_digest(signature, _signature(place, key, bound_to)) else None


def _signature(place: str, key: bytes, bound_to: str) -> bytes:
    # JSON separates the two parts: no character can move from one to the other.
    return hmac.digest(key, json.dumps([bound_to, place]).encode(), "sha256")[:SIGNATURE_BYTES]
