"""API keys: generation, parsing, and authentication with a small cache that expires within seconds."""

import asyncio
import hmac
import logging
import re
import secrets
import time
from collections import OrderedDict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, NamedTuple

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine

from app.auth import commands, queries
from app.auth.schemas import Caller, invalid_credentials
from app.core.background import run_periodically
from app.core.persons import Realms
from app.vocabulary import Marking, Role

logger = logging.getLogger("roundtable")
FORM = re.compile(r"rr_([0-9a-f]{12})_[A-Za-z0-9_-]{43}")
CACHE_SECONDS = 5.0
"""Maximum age of a cache entry in seconds: a revoked key is rejected within this time."""
FAILURE_CACHE_SECONDS = 0.5
"""Seconds without a new query after a database failure: other requests must not wait for the same failure."""
CACHE_MAX_KEYS = 1_000
"""Maximum number of cached keys. Guessed ids evict other keys, and cost one statement each."""
LAST_USED_FLUSH_SECONDS = 60.0
"""Interval in seconds at which the times of last use are stored."""


class NewApiKey(NamedTuple):
    id: str
    text: str
    """The complete key, which is shown once."""
    digest: str


class StoredApiKey(NamedTuple):
    """Cached data that authenticates a key."""

    caller: Caller
    digest: str
    expires_at: float
    """Seconds since 1970."""


def new_api_key(server_secret: bytes) -> NewApiKey:
    """Generates a key: a public id and a random secret of 256 bits."""
    key_id = secrets.token_hex(6)
    text = f"rr_{key_id}_{secrets.token_urlsafe(32)}"
    return NewApiKey(key_id, text, digest_of(text, server_secret))


def digest_of(text: str, server_secret: bytes) -> str:
    """HMAC-SHA-256 of the whole key. It includes the id, so that the digest of one row is not valid for another."""
    return hmac.digest(server_secret, text.encode(), "sha256").hex()


class ApiKeyCache:
    """Authenticates API keys, with a cache. Uses an engine of its own, so it does not compete with requests."""

    def __init__(self, engine: AsyncEngine, server_secret: bytes, *, realms: Realms) -> None:
        self.engine = engine
        self.realms = realms
        self._server_secret = server_secret
        self._cache: OrderedDict[str, tuple[float, StoredApiKey | None]] = OrderedDict()
        self._asked: dict[str, asyncio.Task[StoredApiKey | None]] = {}
        self._used: dict[str, float] = {}
        self._failure: tuple[float, BaseException] | None = None

    def make(self) -> NewApiKey:
        return new_api_key(self._server_secret)

    def invalidate(self, key_id: str) -> None:
        """Removes a revoked key from the cache of this process."""
        self._cache.pop(key_id, None)

    async def caller_of(self, text: str) -> Caller:
        """Returns the caller of a key. Raises the same error for an unknown, revoked, expired and malformed key."""
        form = FORM.fullmatch(text)
        held = await self._find(form[1]) if form else None
        # Compare in any case, so that the response time does not reveal existing ids.
        shown = digest_of(text, self._server_secret)
        same = hmac.compare_digest(shown, held.digest if held else "0" * len(shown))
        if form is None or held is None or not same or held.expires_at <= time.time():
            raise invalid_credentials()
        self._used[form[1]] = time.time()
        return held.caller

    async def _find(self, key_id: str) -> StoredApiKey | None:
        cached = self._cache.get(key_id)
        if cached is not None and time.monotonic() - cached[0] < CACHE_SECONDS:
            return cached[1]
        if self._failure is not None and time.monotonic() - self._failure[0] < FAILURE_CACHE_SECONDS:
            raise self._failure[1]
        reading = self._asked.get(key_id)
        if reading is None:
            # Concurrent requests with one key share one statement. A cancelled request does not cancel it (shield).
            reading = self._asked[key_id] = asyncio.create_task(self._read(key_id))
            reading.add_done_callback(lambda done: self._has_read(key_id, done))
        return await asyncio.shield(reading)

    async def _read(self, key_id: str) -> StoredApiKey | None:
        since = time.monotonic()
        async with self.engine.connect() as connection:
            row = await queries.get_stored_key(connection, key_id)
        held = None if row is None else _stored(key_id, row, realms=self.realms)
        self._cache[key_id] = (since, held)
        self._cache.move_to_end(key_id)
        while len(self._cache) > CACHE_MAX_KEYS:
            self._cache.popitem(last=False)
        return held

    def _has_read(self, key_id: str, done: "asyncio.Task[StoredApiKey | None]") -> None:
        self._asked.pop(key_id, None)
        if not done.cancelled():
            failure = done.exception()  # retrieved, even if every waiting request was cancelled
            self._failure = None if failure is None else (time.monotonic(), failure)

    @asynccontextmanager
    async def track_last_used(self) -> AsyncIterator[None]:
        """Stores the times of last use periodically while the context is open, and once more when it closes."""
        async with run_periodically(self.flush_last_used, seconds=LAST_USED_FLUSH_SECONDS):
            yield
        await self.engine.dispose()

    async def flush_last_used(self) -> None:
        """Stores the uses since the last call. After a database error they are retried next time."""
        used, self._used = self._used, {}
        if not used:
            return
        try:
            async with self.engine.connect() as connection:
                await commands.update_last_used(connection, used)
        except SQLAlchemyError as error:
            self._used = used | self._used
            logger.warning("cannot store the times of last use of API keys: %s", type(error).__name__)


def _stored(key_id: str, row: Any, *, realms: Realms) -> StoredApiKey:
    roles = frozenset(Role(role) for role in row.roles)
    caller = Caller(f"key:{key_id}", row.name, roles, Marking(row.clearance), realms.person(row.person))
    return StoredApiKey(caller, row.digest, row.expires_at.timestamp())
