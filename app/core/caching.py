"""Answers as bytes: what they are known by, how they are packed, and which of them are kept, up to so many bytes."""

import gzip
from collections import OrderedDict
from collections.abc import Hashable
from functools import lru_cache
from hashlib import blake2b
from sys import getsizeof

RawHeaders = list[tuple[bytes, bytes]]

PACKED_FROM = 1_000
"""Bytes from which on an answer is worth packing."""
PACKING_LEVEL = 6
ENTRY_SHARE = 8
"""An answer that is larger than this part of the store is not kept: it would drive out too much."""
AROUND_AN_ENTRY = 4_096
"""The bytes of an entry beside its bodies, its header fields and its key: objects, mostly."""


def entity_tag(body: bytes) -> str:
    """A strong tag: equal bytes, equal tag."""
    return f'"{blake2b(body, digest_size=16).hexdigest()}"'


def packed_tag(tag: str) -> str:
    """The tag of the same answer, packed: other bytes, another tag. What stands first in it stays first."""
    return f'{tag[:-1]}-gzip"'


def has_tag(if_none_match: str | None, tag: str) -> bool:
    """Whether an If-None-Match header names the tag; the weak form counts, as RFC 9110 asks of a GET."""
    if if_none_match is None:
        return False
    named = {part.strip().removeprefix("W/") for part in if_none_match.split(",")}
    return tag in named or "*" in named


@lru_cache(maxsize=256)
def takes_gzip(accept_encoding: bytes) -> bool:
    """Whether a client would rather have an answer packed, by its Accept-Encoding header."""
    weights: dict[str, float] = {}
    for part in accept_encoding.decode("latin-1").lower().split(","):
        coding, *parameters = (one.strip() for one in part.split(";"))
        try:
            weights[coding] = next((float(one[2:]) for one in parameters if one.startswith("q=")), 1.0)
        except ValueError:
            return False
    weight = weights.get("gzip", weights.get("x-gzip", weights.get("*", 0.0)))
    return weight > 0 and weight >= weights.get("identity", 0.0)


OF_THE_BODY = {b"content-encoding", b"content-length", b"content-range", b"content-type", b"transfer-encoding"}
"""Header fields that describe the body itself, which a 304 does not have."""


def not_modified_headers(headers: RawHeaders) -> RawHeaders:
    """The header fields of a 304: all that the 200 has beside those of its body.

    A cache replaces the fields that it stored by those of the 304 (RFC 9111, section 3.2). A policy that were another
    one here would from then on be that of the stored page.
    """
    return [one for one in headers if one[0] not in OF_THE_BODY]


class Form:
    """One form of an answer, ready to be sent but for the id of the request."""

    __slots__ = ("body", "headers", "tag", "unchanged")

    def __init__(self, headers: RawHeaders, body: bytes, *, tag: bytes) -> None:
        self.headers = headers
        self.body = body
        self.tag = tag
        self.unchanged = not_modified_headers(headers)
        """The headers of a 304."""


class Entry:
    """An answer as a route gave it, and packed once somebody wants it so."""

    __slots__ = ("_packed", "epoch", "is_kept", "operation", "packs", "plain", "size")

    def __init__(
        self, headers: RawHeaders, body: bytes, *, epoch: Hashable, packs: bool = True, operation: str = ""
    ) -> None:
        self.plain = Form(headers, body, tag=dict(headers)[b"etag"])
        self.epoch = epoch
        """Of which data and day it is."""
        self.operation = operation
        """What was asked."""
        self.packs = packs and len(body) >= PACKED_FROM
        # A `Link` repeats the whole query.
        self.size = len(body) + sum(len(name) + len(value) for name, value in headers) + AROUND_AN_ENTRY
        self.is_kept = False
        """Whether it counts in a store."""
        self._packed: Form | None = None

    @property
    def packed(self) -> Form:
        """Packed at one level, with no time in it: the same bytes each time. A short answer stays as it is."""
        if self._packed is None:
            self._packed = self._pack()
        return self._packed

    def _pack(self) -> Form:
        plain = self.plain
        if not self.packs:
            return plain
        body = gzip.compress(plain.body, PACKING_LEVEL, mtime=0)
        tag = packed_tag(plain.tag.decode("latin-1")).encode("latin-1")
        told = {b"etag": tag, b"content-length": str(len(body)).encode()}
        headers = [(name, told.get(name, value)) for name, value in plain.headers]
        self.size += len(body)
        return Form([*headers, (b"content-encoding", b"gzip")], body, tag=tag)


def _size_of(key: Hashable) -> int:
    """The bytes of a key, whose path and query the client chose."""
    return sum(map(_size_of, key)) if isinstance(key, tuple) else getsizeof(key)


class Store:
    """Entries by key, up to so many bytes; what was not asked for longest goes first."""

    def __init__(self, most: int) -> None:
        """`most` is in bytes; 0 keeps nothing."""
        self.most = most
        self.size = 0
        self.hits = 0
        """Answered from here."""
        self.misses = 0
        """Could have been, and was not here."""
        self.bypassed = 0
        """All other reads: what is not kept, refusals, and what was not looked for, by whom or how it was asked."""
        self._entries: OrderedDict[Hashable, Entry] = OrderedDict()

    def __len__(self) -> int:
        return len(self._entries)

    def count(self, *, missed: bool) -> None:
        """Counts an answer that did not come from here."""
        if missed:
            self.misses += 1
        else:
            self.bypassed += 1

    def get(self, key: Hashable) -> Entry | None:
        entry = self._entries.get(key)
        if entry is not None:
            self._entries.move_to_end(key)
        return entry

    def put(self, key: Hashable, entry: Entry) -> None:
        entry.size += _size_of(key)
        if entry.size * ENTRY_SHARE > self.most:
            return
        before = self._entries.pop(key, None)
        if before is not None:
            self._drop(before)
        self._entries[key] = entry
        entry.is_kept = True
        self.grow(entry.size)

    def grow(self, size: int) -> None:
        """Makes room for what was added, also to an entry that is here."""
        self.size += size
        while self.size > self.most:
            self._drop(self._entries.popitem(last=False)[1])

    def _drop(self, entry: Entry) -> None:
        entry.is_kept = False
        self.size -= entry.size

    def clear(self) -> None:
        for entry in self._entries.values():
            entry.is_kept = False
        self._entries.clear()
        self.size = 0
