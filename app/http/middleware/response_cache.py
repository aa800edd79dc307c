"""Response cache middleware: serves cached responses, and handles ETags, 304 and gzip for all reads."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Collection, Hashable, Mapping
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.core.data_version import DataVersion
from app.core.errors import ProblemError
from app.core.etags import RawHeaders, matches_if_none_match, not_modified_headers
from app.http.middleware.request_checks import check_request
from app.http.middleware.size_limits import LONGEST_TAG_LIST
from app.http.request_id import HEADER, choose_request_id
from app.http.response_store import CachedResponse, Representation, ResponseStore, accepts_gzip

CACHE_SCOPE_KEY = "asked"
"""Scope key of the `CacheContext` object, in which a route stores data for this middleware."""
WAIT_SECONDS = 0.4
"""Seconds for which a request waits for a concurrent identical one before it is computed itself. Then it waits for a
connection, as the other one may: 2 s if the database is down, 3 s if it hangs (`db.PING_TIMEOUT_SECONDS`, and as long
for a new connection). So an error comes within 2.5 s, or 3.5 s."""
MAX_WAITS = 2
"""Maximum number of such waits: a response that a change of the data overtook is not used for waiting requests."""
DAY_SECONDS = 86_400
_ID = HEADER.lower().encode()
_SAFE_METHODS = ("GET", "HEAD")
_OK = 200

AuthenticateReader = Callable[[RawHeaders, str | None], Awaitable[tuple[Hashable, str] | None]]
"""Authenticates by headers and peer. Returns clearance and caller id; None if the route has to decide."""
CountRead = Callable[[str, str], None]
"""Counts a cached response by caller and operation. Other responses are counted by their routes."""
InFlight = asyncio.Future[CachedResponse | None]


class CacheContext:
    """Cache context of a read: what the client accepts, and what its route sets about the response."""

    __slots__ = ("epoch", "flight", "key", "looked_for", "operation", "packed", "packs", "tags", "whole")

    def __init__(self, headers: Mapping[bytes, bytes], *, tags: bytes | None) -> None:
        self.packed = b"accept-encoding" in headers and accepts_gzip(headers[b"accept-encoding"])
        self.tags = tags
        """Value of If-None-Match."""
        self.whole = False
        """Set by the route: the response is cacheable, and does not depend on If-None-Match."""
        self.packs = True
        """Set by the route: True if the response may be compressed."""
        self.operation = ""
        """Set by the route together with `whole`: the operation id."""
        self.looked_for = False
        self.key: Hashable = None
        self.epoch: Hashable = None
        self.flight: InFlight | None = None

    def has(self, tag: bytes | None) -> bool:
        """True if the client has the response of this tag and gets a 304."""
        if self.tags is None or tag is None:
            return False
        return self.tags == tag or matches_if_none_match(self.tags.decode("latin-1"), tag.decode("latin-1"))

    def release(self, entry: CachedResponse | None = None) -> None:
        """Wakes the requests that wait for this response; without an entry, each computes its own."""
        if self.flight is not None and not self.flight.done():
            self.flight.set_result(entry)


class ResponseCacheMiddleware:
    """ASGI middleware around the request context. A cached response has passed that once; only its request id is new.

    A route marks its responses as cacheable through `CacheContext`, so this file needs no list of paths.
    """

    def __init__(  # noqa: PLR0913 - keyword arguments
        self,
        app: ASGIApp,
        *,
        store: ResponseStore,
        data_version: DataVersion,
        admit: AuthenticateReader,
        count: CountRead,
        origins: Collection[str] = (),
        hosts: Collection[str] = (),
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.app = app
        self.store = store
        self.data_version = data_version
        self.admit = admit
        self.count = count
        self.origins = {one.encode() for one in origins}
        self._own = next(iter(self.origins), b"")
        """Used as the origin of a request without one."""
        self.hosts = frozenset(hosts)
        self.clock = clock
        self._epoch: tuple[int, int] = (-1, -1)
        self._flights: dict[Hashable, InFlight] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] not in _SAFE_METHODS:
            await self.app(scope, receive, send)
            return
        headers = dict(scope["headers"])
        asked = CacheContext(headers, tags=_tags_of(scope, headers))
        key, caller = await self._key(scope, headers)
        if key is None:
            await self._compute(scope, receive, send, asked=asked)
            return
        entry = self.store.get(key) or await self._of_others(key)
        if entry is not None:
            self.store.hits += 1
            self.count(caller, entry.operation)
            # For the outer middleware, which logs and counts every response.
            if (state := scope.get("state")) is not None:
                state["operation"], state["caller_id"] = entry.operation, caller
            await self._send(entry, asked, send, request_id=choose_request_id(headers).encode())
            return
        asked.looked_for = True
        if key not in self._flights:
            asked.key, asked.epoch = key, self._epoch
            asked.flight = self._flights[key] = asyncio.get_running_loop().create_future()
        await self._compute(scope, receive, send, asked=asked)

    async def _key(self, scope: Scope, headers: dict[bytes, bytes]) -> tuple[Hashable | None, str]:
        """Returns the cache key and the caller; None as the key if the request bypasses the cache."""
        if not self.store.most or not self._is_current() or not self._is_plain(scope, headers):
            return None, ""
        admitted = await self.admit(scope["headers"], scope.get("peer"))
        if admitted is None:
            return None, ""
        clearance, caller = admitted
        origin = headers.get(b"origin") if self.origins else None
        return (scope["path"], scope["query_string"], clearance, origin), caller

    def _is_plain(self, scope: Scope, headers: dict[bytes, bytes]) -> bool:
        """True for a plain request: no repeated header, no body, and nothing that the request context may reject."""
        if len(headers) != len(scope["headers"]) or b"content-length" in headers or b"transfer-encoding" in headers:
            return False
        if self.origins and headers.get(b"origin", self._own) not in self.origins:
            return False
        try:
            check_request(scope, hosts=self.hosts)
        except ProblemError:
            return False
        return len(headers.get(b"if-none-match", b"")) <= LONGEST_TAG_LIST

    def _is_current(self) -> bool:
        """True if the data version is confirmed. Clears the cache if the data version or the day has changed."""
        epoch = (self.data_version.number, int(self.clock() // DAY_SECONDS))
        if epoch != self._epoch:
            self._epoch = epoch
            self.store.clear()
            # Running requests answer those that already wait for them, and no others.
            self._flights = {}
        return self.data_version.is_fresh

    async def _of_others(self, key: Hashable) -> CachedResponse | None:
        """Waits for a concurrent identical request. If the data changed meanwhile, waits for the next one."""
        for _ in range(MAX_WAITS):
            flight, epoch = self._flights.get(key), self._epoch
            if flight is None:
                return None
            await asyncio.wait({flight}, timeout=WAIT_SECONDS)
            is_fresh = self._is_current()
            if self._epoch == epoch:
                return flight.result() if is_fresh and flight.done() else None
        return None

    async def _compute(self, scope: Scope, receive: Receive, send: Send, *, asked: CacheContext) -> None:
        """Runs the application. Builds the representations of a cacheable response, and caches it if possible.

        Routes never answer 304: this method turns a response with a tag that the client has into one, for every route.
        """
        head: Message | None = None
        unchanged = False

        async def represent(message: Message) -> None:
            nonlocal head, unchanged
            if message["type"] == "http.response.start":
                self.store.count(missed=asked.whole and asked.looked_for)
                if asked.whole and message["status"] == _OK:
                    head = message
                    return
                asked.release()
                unchanged = message["status"] == _OK and asked.has(dict(message["headers"]).get(b"etag"))
                if unchanged:
                    await _send_not_modified(send, not_modified_headers(message["headers"]))
                    return
            elif unchanged:
                return
            elif head is not None:
                headers = [one for one in head["headers"] if one[0] != _ID]
                entry = CachedResponse(
                    headers, message["body"], epoch=asked.epoch, packs=asked.packs, operation=asked.operation
                )
                self._keep(entry, asked)
                await self._send(entry, asked, send, request_id=dict(head["headers"])[_ID])
                return
            await send(message)

        try:
            await self.app({**scope, CACHE_SCOPE_KEY: asked}, receive, represent)
        finally:
            asked.release()
            if asked.flight is not None and self._flights.get(asked.key) is asked.flight:
                del self._flights[asked.key]

    def _keep(self, entry: CachedResponse, asked: CacheContext) -> None:
        """Caches a response if the data version and the day have not changed since its computation began."""
        if asked.flight is None or not self._is_current() or asked.epoch != self._epoch:
            return
        if b"no-store" not in dict(entry.plain.headers).get(b"cache-control", b""):
            self.store.put(asked.key, entry)
            asked.release(entry)

    async def _send(self, entry: CachedResponse, asked: CacheContext, send: Send, *, request_id: bytes) -> None:
        form = self._packed(entry) if asked.packed else entry.plain
        own = (_ID, request_id)
        if asked.has(form.tag):
            await _send_not_modified(send, [own, *form.unchanged])
            return
        await send({"type": "http.response.start", "status": _OK, "headers": [own, *form.headers]})
        await send({"type": "http.response.body", "body": form.body})

    def _packed(self, entry: CachedResponse) -> Representation:
        before = entry.size
        form = entry.packed
        if entry.size != before and entry.is_stored:
            self.store.grow(entry.size - before)
        return form


_NOTHING: dict[str, Any] = {"type": "http.response.body", "body": b""}


async def _send_not_modified(send: Send, headers: RawHeaders) -> None:
    await send({"type": "http.response.start", "status": 304, "headers": headers})
    await send(_NOTHING)


def _tags_of(scope: Scope, headers: Mapping[bytes, bytes]) -> bytes | None:
    """Joins the If-None-Match fields, since a list may be sent in several fields."""
    if b"if-none-match" not in headers:
        return None
    return b",".join(value for name, value in scope["headers"] if name == b"if-none-match")
