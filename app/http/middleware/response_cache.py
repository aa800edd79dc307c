"""Response cache middleware: serves stored responses, and handles ETags and gzip of all cacheable reads."""

import asyncio
import gzip
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from sys import getsizeof
from typing import NamedTuple

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.core.data_version import FRESH_SECONDS, DataVersion
from app.core.etags import RawHeaders, gzip_etag
from app.http.middleware.request_context import Exchange, StoredHeaders

CACHE_SCOPE_KEY = "asked"
"""Scope key of the `CacheContext` object, in which a route stores data for this middleware."""
WAIT_SECONDS = 0.4
"""Seconds for which a request waits for a concurrent identical one before it is computed itself. Then it waits for a
connection, as the other one may: 2 s if the database is down, 3 s if it hangs (`db.PING_TIMEOUT_SECONDS`, and as long
for a new connection). So an error comes within 2.5 s, or 3.5 s."""
MAX_WAITS = 2
"""Maximum number of such waits: a response that a change of the data overtook is not used for waiting requests."""
DAY_SECONDS = 86_400
_OK = 200

CountRead = Callable[[str, str], None]
"""Counts a cached response by caller and operation. Other responses are counted by their routes."""
InFlight = asyncio.Future["CachedResponse | None"]
Key = tuple[Hashable, ...]
GZIP_MIN_BYTES = 1_000
"""Minimum size in bytes of a response that is compressed."""
GZIP_LEVEL = 6
MAX_ENTRY_FRACTION = 8
"""A response larger than 1/`MAX_ENTRY_FRACTION` of the store is not cached: it would evict too many others."""
ENTRY_OVERHEAD_BYTES = 4_096
"""Overhead of an entry in bytes, beside its bodies, headers and key: mostly Python objects."""


class Representation(NamedTuple):
    """Representation of a response."""

    headers: StoredHeaders
    body: bytes


def _represent(headers: RawHeaders, body: bytes, *, tag: bytes) -> Representation:
    stored = StoredHeaders(headers)
    stored.tag, stored.encoded = tag, {}
    return Representation(stored, body)


class CachedResponse:
    """Cached response: the plain representation, and the gzip one once a client accepts it."""

    __slots__ = ("_packed", "is_stored", "operation", "packs", "plain", "size")

    def __init__(self, headers: RawHeaders, body: bytes, *, packs: bool = True, operation: str = "") -> None:
        self.plain = _represent(headers, body, tag=dict(headers)[b"etag"])
        self.operation = operation
        """Operation id of the request."""
        self.packs = packs and len(body) >= GZIP_MIN_BYTES
        # Headers count, since a `Link` repeats the whole query.
        self.size = len(body) + sum(len(name) + len(value) for name, value in headers) + ENTRY_OVERHEAD_BYTES
        self.is_stored = False
        """True while a store counts the size of this entry."""
        self._packed: Representation | None = None

    @property
    def packed(self) -> Representation:
        """The gzip representation, with a fixed level and no timestamp: always equal bytes. Short ones stay plain."""
        if self._packed is None:
            self._packed = self._pack()
        return self._packed

    def _pack(self) -> Representation:
        plain = self.plain
        if not self.packs:
            return plain
        body = gzip.compress(plain.body, GZIP_LEVEL, mtime=0)
        tag = gzip_etag(plain.headers.tag.decode("latin-1")).encode("latin-1")
        replaced = {b"etag": tag, b"content-length": str(len(body)).encode()}
        headers = [(name, replaced.get(name, value)) for name, value in plain.headers]
        self.size += len(body)
        return _represent([*headers, (b"content-encoding", b"gzip")], body, tag=tag)


def _size_of(key: Hashable) -> int:
    """Size of a cache key in bytes. The client chooses its path and query string."""
    return sum(map(_size_of, key)) if isinstance(key, tuple) else getsizeof(key)


class ResponseStore:
    """Store of cached responses by key, with a limit in bytes. Evicts the least recently used entry first."""

    def __init__(self, most: int) -> None:
        """`most` is the limit in bytes; 0 disables the cache."""
        self.most = most
        self.size = 0
        self.hits = 0
        """Responses served from the cache."""
        self.misses = 0
        """Cacheable responses that were not in the cache."""
        self.bypassed = 0
        """All other reads: responses that are not cacheable, problems, and requests that bypass the cache."""
        self._entries: OrderedDict[Hashable, CachedResponse] = OrderedDict()

    def __len__(self) -> int:
        return len(self._entries)

    def count(self, *, missed: bool) -> None:
        """Counts a response that was not served from the cache."""
        if missed:
            self.misses += 1
        else:
            self.bypassed += 1

    def get(self, key: Hashable) -> CachedResponse | None:
        entry = self._entries.get(key)
        if entry is not None:
            self._entries.move_to_end(key)
        return entry

    def put(self, key: Hashable, entry: CachedResponse) -> None:
        entry.size += _size_of(key)
        if entry.size * MAX_ENTRY_FRACTION > self.most:
            return
        before = self._entries.pop(key, None)
        if before is not None:
            self._drop(before)
        self._entries[key] = entry
        entry.is_stored = True
        self.grow(entry.size)

    def grow(self, size: int) -> None:
        """Adds `size`, also for an entry that grew in place, and evicts entries until the store is within its limit."""
        self.size += size
        while self.size > self.most:
            self._drop(self._entries.popitem(last=False)[1])

    def _drop(self, entry: CachedResponse) -> None:
        entry.is_stored = False
        self.size -= entry.size

    def clear(self) -> None:
        for entry in self._entries.values():
            entry.is_stored = False
        self._entries.clear()
        self.size = 0


class CacheContext:
    """Cache context of a read that is computed: what its route sets about the response, and who waits for it."""

    is_cacheable = False
    """Set by the route: the response is the same for all readers of this clearance."""
    packs = True
    """Set by the route: True if the response may be compressed."""
    operation = ""
    """Set by the route of a cacheable response: the operation id."""
    is_miss = False
    """True if the cache was searched for the response."""
    flight: InFlight | None = None

    def __init__(self, key: Key | None, epoch: Hashable) -> None:
        self.key = key
        self.epoch = epoch

    def release(self, entry: CachedResponse | None = None) -> None:
        """Wakes the requests that wait for this response; without an entry, each computes its own."""
        if self.flight is not None and not self.flight.done():
            self.flight.set_result(entry)


class ResponseCacheMiddleware:
    """ASGI middleware around the routes. `Exchange` completes the headers of a stored response once.

    A route marks its responses as cacheable through `CacheContext`, so this file needs no list of paths.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        store: ResponseStore,
        data_version: DataVersion,
        count: CountRead,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.app = app
        self.store = store
        self.data_version = data_version
        self.count = count
        self.clock = clock
        self._epoch: tuple[int, int] = (-1, -1)
        self._day_ends = 0.0
        self._flights: dict[Key, InFlight] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["method"] != "GET":
            await self.app(scope, receive, send)
            return
        exchange: Exchange = scope["exchange"]
        caller = scope.get("caller")
        key: Key | None = None
        if caller is not None and caller.is_read_only and self._is_current() and self._is_plain(exchange):
            origin = exchange.head.by_name.get(b"origin") if exchange.cors is not None else None
            key = (scope["path"], scope["query_string"], caller.clearance, origin)
            entry = self.store.get(key) or (await self._of_others(key) if key in self._flights else None)
            if entry is not None:
                self.store.hits += 1
                self.count(caller.id, entry.operation)
                # For the access log.
                scope["state"]["operation"] = entry.operation
                form = self._packed(entry) if exchange.head.accepts_gzip else entry.plain
                await exchange.respond(form.headers, form.body)
                return
        context = scope[CACHE_SCOPE_KEY] = CacheContext(key, self._epoch)
        context.is_miss = key is not None
        if key is not None and key not in self._flights:
            context.flight = self._flights[key] = asyncio.get_running_loop().create_future()
        await self._compute(scope, receive, send, context=context)

    def _is_plain(self, exchange: Exchange) -> bool:
        """True for a plain request of an origin that may read the response, if origins are configured."""
        if exchange.cors is None:
            return exchange.head.is_plain
        origin = exchange.head.by_name.get(b"origin")
        is_allowed = origin is None or exchange.cors.is_allowed_origin(origin.decode("latin-1"))
        return is_allowed and exchange.head.is_plain

    def _is_current(self) -> bool:
        """True if the data version is confirmed. Clears the cache if the data version or the day has changed."""
        version, now = self.data_version, self.clock()
        if version.number != self._epoch[0] or now >= self._day_ends:
            day = int(now // DAY_SECONDS)
            self._epoch, self._day_ends = (version.number, day), (day + 1) * DAY_SECONDS
            self.store.clear()
            # Running requests answer those that already wait for them, and no others.
            self._flights = {}
        return self.store.most > 0 and time.monotonic() - version.confirmed_at < FRESH_SECONDS

    async def _of_others(self, key: Key) -> CachedResponse | None:
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

    async def _compute(self, scope: Scope, receive: Receive, send: Send, *, context: CacheContext) -> None:
        """Runs the routes. Builds the representations of a cacheable response, and caches it if possible."""
        head: Message | None = None

        async def represent(message: Message) -> None:
            nonlocal head
            if message["type"] == "http.response.start":
                self.store.count(missed=context.is_cacheable and context.is_miss)
                if context.is_cacheable and message["status"] == _OK:
                    head = message
                    return
                context.release()
            elif head is not None:
                entry = CachedResponse(
                    head["headers"], message["body"], packs=context.packs, operation=context.operation
                )
                self._keep(entry, context)
                exchange: Exchange = scope["exchange"]
                form = self._packed(entry) if exchange.head.accepts_gzip else entry.plain
                await exchange.respond(form.headers, form.body)
                return
            await send(message)

        try:
            await self.app(scope, receive, represent)
        finally:
            context.release()
            if context.flight is not None and context.key and self._flights.get(context.key) is context.flight:
                del self._flights[context.key]

    def _keep(self, entry: CachedResponse, context: CacheContext) -> None:
        """Caches a response if the data version and the day have not changed since its computation began."""
        if context.flight is None or context.key is None or not self._is_current() or context.epoch != self._epoch:
            return
        if b"no-store" not in dict(entry.plain.headers).get(b"cache-control", b""):
            self.store.put(context.key, entry)
            context.release(entry)

    def _packed(self, entry: CachedResponse) -> Representation:
        before = entry.size
        form = entry.packed
        if entry.size != before and entry.is_stored:
            self.store.grow(entry.size - before)
        return form
