"""Response cache: ETags, gzip representations, and an LRU store with a limit in bytes."""

import gzip
from collections import OrderedDict
from collections.abc import Hashable
from functools import lru_cache
from sys import getsizeof

from app.core.etags import RawHeaders, gzip_etag, not_modified_headers

GZIP_MIN_BYTES = 1_000
"""Minimum size in bytes of a response that is compressed."""
GZIP_LEVEL = 6
MAX_ENTRY_FRACTION = 8
"""A response larger than 1/`MAX_ENTRY_FRACTION` of the store is not cached: it would evict too many others."""
ENTRY_OVERHEAD_BYTES = 4_096
"""Overhead of an entry in bytes, beside its bodies, headers and key: mostly Python objects."""


@lru_cache(maxsize=256)
def accepts_gzip(accept_encoding: bytes) -> bool:
    """True if an Accept-Encoding header accepts gzip and does not prefer the plain body."""
    weights: dict[str, float] = {}
    for part in accept_encoding.decode("latin-1").lower().split(","):
        coding, *parameters = (one.strip() for one in part.split(";"))
        try:
            weights[coding] = next((float(one[2:]) for one in parameters if one.startswith("q=")), 1.0)
        except ValueError:
            return False
    weight = weights.get("gzip", weights.get("x-gzip", weights.get("*", 0.0)))
    return weight > 0 and weight >= weights.get("identity", 0.0)


class Representation:
    """Representation of a response, complete except for the request id."""

    __slots__ = ("body", "headers", "tag", "unchanged")

    def __init__(self, headers: RawHeaders, body: bytes, *, tag: bytes) -> None:
        self.headers = headers
        self.body = body
        self.tag = tag
        self.unchanged = not_modified_headers(headers)
        """Headers of a 304 response."""


class CachedResponse:
    """Cached response: the plain representation, and the gzip one once a client accepts it."""

    __slots__ = ("_packed", "epoch", "is_stored", "operation", "packs", "plain", "size")

    def __init__(
        self, headers: RawHeaders, body: bytes, *, epoch: Hashable, packs: bool = True, operation: str = ""
    ) -> None:
        self.plain = Representation(headers, body, tag=dict(headers)[b"etag"])
        self.epoch = epoch
        """Data version and UTC day of the response."""
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
        tag = gzip_etag(plain.tag.decode("latin-1")).encode("latin-1")
        replaced = {b"etag": tag, b"content-length": str(len(body)).encode()}
        headers = [(name, replaced.get(name, value)) for name, value in plain.headers]
        self.size += len(body)
        return Representation([*headers, (b"content-encoding", b"gzip")], body, tag=tag)


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
