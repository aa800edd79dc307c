"""Header fields of a request, parsed once for all requests of a client that repeats them."""

import re
from functools import lru_cache
from itertools import chain

from app.http.forwarding_headers import host_name

MAX_HEADER_BYTES = 16 * 1024
LONGEST_TAG_LIST = 4_096
"""Maximum length of an If-None-Match header, in characters."""
_AROUND_A_HEADER = len(": \r\n")
_HOST = re.compile(rb"(\[[0-9A-Fa-f:.]{2,45}\]|[A-Za-z0-9._~%-]*)(:[0-9]{0,5})?")


class RequestHead:
    """Parsed header fields. It is shared, so nobody changes it."""

    __slots__ = ("accepts_gzip", "by_name", "error", "fields", "host", "is_plain", "is_too_large", "tags")

    def __init__(self, fields: tuple[tuple[bytes, bytes], ...]) -> None:
        self.fields = fields
        self.by_name = named = dict(fields)
        """Fields by name; of repeated ones, the last."""
        size = sum(map(len, chain.from_iterable(fields))) + _AROUND_A_HEADER * len(fields)
        self.is_too_large = size > MAX_HEADER_BYTES
        hosts = [value for name, value in fields if name == b"host"]
        self.host = host_name(hosts[0].decode("latin-1")) if hosts else None
        """Name in Host, without the port."""
        self.error = ""
        """Reason to reject the request, in words."""
        if len(hosts) > 1:
            self.error = "The request has more than one Host header."
        elif hosts and not _HOST.fullmatch(hosts[0]):
            self.error = "The Host header is not a host name or address."
        codings = b",".join(value for name, value in fields if name == b"transfer-encoding")
        if codings.strip().lower() not in {b"", b"chunked"}:
            # The server has taken off the outermost coding only.
            self.error = "The body has a transfer coding other than chunked; send it without."
        # A list may be sent in several fields.
        tags = [value for name, value in fields if name == b"if-none-match"]
        self.tags = b",".join(tags) if tags else None
        """Value of If-None-Match."""
        self.is_plain = (
            len(named) == len(fields)
            and named.keys().isdisjoint((b"content-length", b"transfer-encoding"))
            and len(self.tags or b"") <= LONGEST_TAG_LIST
        )
        """True without a repeated field, without a body, and with nothing that a route may reject."""
        self.accepts_gzip = accepts_gzip(named.get(b"accept-encoding", b"identity"))


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


request_head = lru_cache(maxsize=256)(RequestHead)
"""Parsed header fields from the cache: clients with a connection repeat them."""
