"""Request context middleware, the outermost: connection data, request id, request checks, headers of each response."""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from random import Random

from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from app.core.errors import ProblemError
from app.core.etags import RawHeaders, matches_if_none_match, not_modified_headers
from app.http.forwarding_headers import peer_of
from app.http.middleware.progress_timeout import PROGRESS, ProgressTimeout
from app.http.problems import CLIENT_CLOSED_REQUEST, respond
from app.http.request_head import request_head

HEADER = "X-Request-Id"
_ID = HEADER.lower().encode()
# Ids distinguish requests and are not secret; system randomness for each would cost more than the rest of this file.
_random_bits = Random().getrandbits  # noqa: S311 - see above
_REQUEST_ID = re.compile(rb"[A-Za-z0-9._-]{1,128}")
_TRACEPARENT = re.compile(rb"[0-9a-f]{2}-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}")

PROBES = frozenset({"/healthz/live", "/healthz/ready"})
"""Paths that answer for any Host and under any load: an orchestrator calls them by IP address."""
MAX_TARGET_BYTES = 8 * 1024
MAX_BODY_BYTES = 1024 * 1024
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]")

SECURITY_HEADERS: RawHeaders = [
    # Responses may not run scripts, load anything or be framed. This also applies to an SVG that is opened by itself.
    (b"content-security-policy", b"default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"),
    (b"x-frame-options", b"DENY"),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    # Not same-origin: a page of the same intranet may embed an SVG.
    (b"cross-origin-resource-policy", b"same-site"),
]
"""Security headers of every response, unless the response sets its own."""
EXPOSED_HEADERS = (
    "Allow",
    "Content-Disposition",
    "ETag",
    "Link",
    "Location",
    "RateLimit",
    "RateLimit-Policy",
    "Retry-After",
    "WWW-Authenticate",
    HEADER,
)
"""Response headers exposed to scripts of an allowed CORS origin, in addition to the safelisted ones."""
ALLOWED_HEADERS = (
    "Authorization",
    "Content-Type",
    "Idempotency-Key",
    "If-Match",
    "If-None-Match",
    "traceparent",
    HEADER,
)
"""Request headers allowed for CORS."""
ALLOWED_METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")
"""Methods allowed for CORS. Scripts send credentials in a header themselves; cookies are not used."""
_READS = ("GET", "HEAD")
_OK, _NOT_MODIFIED = 200, 304


ENCODED = "roundtable.response.encoded"
"""Message with a whole response whose headers are encoded, and scope extension of a server that takes it."""


def _encoded(headers: Iterable[tuple[bytes, bytes]]) -> bytes:
    return b"".join(b"%b: %b\r\n" % one for one in headers)


class StoredHeaders(RawHeaders):
    """Headers of a stored response, with its ETag. They are completed once, for all requests that get the response."""

    tag: bytes
    completed: RawHeaders | None = None
    encoded: dict[int, bytes]
    """Completed headers as bytes, by status."""


class ConcurrencyLimit:
    """Number of requests in progress, and its maximum."""

    def __init__(self, most: int) -> None:
        self.most = most
        self.in_flight = 0


class Exchange:
    """One request and its response: the request id, the header fields, 304, the size of the body, and waits.

    A request does not count as in progress while the service waits for the client. So a client that reads or sends
    slowly occupies no slot of the concurrency limit.
    """

    limit: ConcurrencyLimit | None = None
    """Limit that counts this request."""
    waits = 0
    """Number of waits for the client; one more when the request has ended."""
    fields: Sequence[tuple[bytes, bytes]] = ()
    """Rate limit headers of the response."""
    status = CLIENT_CLOSED_REQUEST
    """Status until a response begins: the client disconnected before."""
    is_complete = False
    """True if the whole response was sent."""
    _reads = True
    """True while the body is expected. After it, or once a response began, `receive` waits for the disconnect."""
    _taken = 0

    def __init__(self, scope: Scope, receive: Receive, send: Send, *, cors: "CorsMiddleware | None" = None) -> None:
        self.head = head = request_head(tuple(scope["headers"]))
        self.request_id = _request_id(head.by_name)
        self.path: str = scope["path"]
        """Path without the prefix that a proxy strips."""
        if scope["root_path"]:
            self.path = self.path.removeprefix(scope["root_path"])
        self.method: str = scope["method"]
        self.tags = head.tags if self.method in _READS else None
        """Value of If-None-Match of a read."""
        self._takes_encoded = ENCODED in (scope.get("extensions") or ())
        self._receive = receive
        self._send = send
        self.cors = cors
        """CORS headers to add; None for a preflight, whose response has its own."""

    def has(self, tag: bytes) -> bool:
        """True if the client has the response of this tag and gets a 304."""
        if self.tags is None:
            return False
        return self.tags == tag or matches_if_none_match(self.tags.decode("latin-1"), tag.decode("latin-1"))

    async def respond(self, headers: "StoredHeaders", body: bytes) -> None:
        """Sends a stored response. Its headers are completed once, and encoded once for a server that takes them so."""
        if headers.completed is None:
            headers.completed = self._completed(headers)
        if self.tags is not None and self.has(headers.tag):
            self.status, body = _NOT_MODIFIED, b""
        else:
            self.status = _OK
        if self._takes_encoded:
            block = headers.encoded.get(self.status)
            if block is None:
                sent = headers.completed if self.status == _OK else not_modified_headers(headers.completed)
                block = headers.encoded[self.status] = _encoded(sent)
            own = b"x-request-id: %b\r\n%b%b" % (self.request_id.encode(), block, _encoded(self.fields))
            await self._transmit({"type": ENCODED, "status": self.status, "headers": own, "body": body})
        elif self.status == _OK:
            whole = [(_ID, self.request_id.encode()), *headers.completed, *self.fields]
            await self._transmit({"type": "http.response.start", "status": _OK, "headers": whole}, body)
        else:
            await self._send_not_modified(headers.completed)

    async def _send_not_modified(self, headers: RawHeaders) -> None:
        """Sends the 304 with the headers of the 200, which a cache updates its own from."""
        self.status = _NOT_MODIFIED
        whole = [(_ID, self.request_id.encode()), *not_modified_headers(headers), *self.fields]
        await self._transmit({"type": "http.response.start", "status": _NOT_MODIFIED, "headers": whole}, b"")

    async def send(self, message: Message) -> None:
        """Sends a message of the application, with all headers, or the 304 in place of a response."""
        if message["type"] == "http.response.start":
            self._reads = False
            whole, status = self._completed(message.get("headers", ())), message["status"]
            if self.tags is not None and status == _OK and self.has(dict(whole).get(b"etag", b"")):
                await self._send_not_modified(whole)
                return
            self.status = status
            message["headers"] = [(_ID, self.request_id.encode()), *whole, *self.fields]
        if not self.is_complete:
            await self._transmit(message)

    async def _transmit(self, message: Message, body: bytes | None = None) -> None:
        """Passes a message to the server, with the whole body if it is known. Meanwhile the client has to receive."""
        limit = self.limit
        if limit is not None:
            self._leave(limit)
        try:
            await self._send(message)
            if body is not None:
                await self._send({"type": "http.response.body", "body": body})
        finally:
            if limit is not None:
                self._enter(limit)
        is_last = message["type"] != "http.response.start" and not message.get("more_body", False)
        self.is_complete = body is not None or is_last

    def _completed(self, headers: Iterable[tuple[bytes, bytes]]) -> RawHeaders:
        """Adds CORS headers, the security headers that a response lacks, and `Vary: Accept-Encoding` for caches."""
        whole = [(name.lower(), value) for name, value in headers]
        if self.cors is not None:
            whole = self.cors.with_origin(whole, self.head.by_name.get(b"origin"))
        present = {name for name, _ in whole}
        whole += [one for one in SECURITY_HEADERS if one[0] not in present]
        if b"accept-encoding" not in b",".join(value for name, value in whole if name == b"vary").lower():
            whole.append((b"vary", b"Accept-Encoding"))
        return whole

    async def receive(self) -> Message:
        """Receives a message. Rejects a body that is too large, and one that arrives when all slots are taken."""
        if not self._reads:
            return await self._receive()
        announced = self.head.by_name.get(b"content-length", b"")
        self._check_size(int(announced) if announced.isdigit() else 0)
        limit = self.limit
        if limit is not None:
            self._leave(limit)
        message = await self._receive()
        if message["type"] == "http.disconnect":
            # A disconnected client takes no slot again: many that disconnect at once would take them all.
            return message
        is_full = limit is not None and limit.in_flight >= limit.most
        if limit is not None:
            self._enter(limit)
        if not message.get("more_body", False):
            self._reads = False
            if is_full:
                # FastAPI passes only this exception on from where it reads a body.
                raise HTTPException(503, "Too many concurrent requests")
        self._taken += len(message.get("body", b""))
        self._check_size(self._taken)
        return message

    def _check_size(self, size: int) -> None:
        # A body that no route reads is neither counted nor stored: the server drops it after the response.
        if size > MAX_BODY_BYTES:
            raise HTTPException(413, f"The body is larger than {MAX_BODY_BYTES} bytes")

    def _leave(self, limit: ConcurrencyLimit) -> None:
        self.waits += 1
        limit.in_flight -= self.waits == 1

    def _enter(self, limit: ConcurrencyLimit) -> None:
        self.waits -= 1
        limit.in_flight += self.waits == 0


class RequestContextMiddleware:
    """Outermost ASGI middleware. Handles HEAD as GET; the server drops the body.

    A malformed request and a CORS preflight get their response here: the `answer` in the scope, which the access log
    sends.
    """

    def __init__(  # noqa: PLR0913 - one for each setting
        self,
        app: ASGIApp,
        *,
        trusted_proxies: Sequence[str] = (),
        root_path: str = "",
        progress_timeout: float = 30,
        origins: Collection[str] = (),
        hosts: Collection[str] = (),
    ) -> None:
        self.app = app
        self.root_path = root_path
        self.hosts = frozenset(hosts)
        self._cors = CorsMiddleware(app, origins=origins) if origins else None
        self._proxied: ASGIApp = self.handle
        if trusted_proxies:
            self._proxied = ProxyHeadersMiddleware(self.handle, trusted_hosts=list(trusted_proxies))  # type: ignore[assignment, arg-type] # uvicorn's own ASGI types
        self._timed = ProgressTimeout(self._proxied, seconds=progress_timeout)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Normalizes the connection data of the scope, for any server."""
        scope.setdefault("root_path", "")
        if "peer" not in scope:
            # Before the proxy headers middleware overwrites the address.
            scope["peer"] = peer_of(scope)
        if self.root_path and not scope["root_path"]:
            scope["root_path"] = self.root_path
            scope["path"] = self.root_path + scope["path"]
            if scope.get("raw_path"):
                scope["raw_path"] = self.root_path.encode() + scope["raw_path"]
        # A server that counts bytes enforces the timeout itself.
        app = self._proxied if PROGRESS in (scope.get("extensions") or ()) else self._timed
        await app(scope, receive, send)

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        exchange = Exchange(scope, receive, send, cors=self._cors)
        # A copy, since the server reads its own scope to see whether the request is a HEAD.
        scope = {"state": {}, **scope, "exchange": exchange, "trace_id": exchange.request_id}
        if exchange.method == "HEAD":
            scope |= {"method": "GET", "head": True}
        elif exchange.method == "OPTIONS" and self._cors is not None:
            self._answer_preflight(scope, exchange, self._cors)
        refusal = self._check(scope, exchange)
        if refusal is not None:
            scope.setdefault("answer", respond(Request(scope), refusal))
        try:
            await self.app(scope, exchange.receive, exchange.send)
        except Exception:
            # The error is already logged and answered with a 500. If it were raised, it would be logged again, and the
            # server would close a connection that the client considers good. An incomplete response has to be aborted.
            if not exchange.is_complete:
                raise

    def _check(self, scope: Scope, exchange: Exchange) -> ProblemError | None:
        """Returns the problem of a request that is too large, or whose path or a header is malformed or wrong."""
        head, path, error = exchange.head, scope["path"], exchange.head.error
        if len(scope.get("raw_path") or path.encode()) + len(scope["query_string"]) > MAX_TARGET_BYTES:
            return ProblemError("uri-too-long", "The URI is longer than 8 KiB.")
        if head.is_too_large:
            return ProblemError("headers-too-large", "The headers are larger than 16 KiB.")
        if not path.isprintable() and _CONTROL.search(path):
            # Route patterns end with `$`, which also matches before a line feed, so this check is here for all routes.
            error = "The path contains a control character."
        elif head.host is None and scope.get("http_version") == "1.1":
            error = "The request has no Host header."
        if error:
            return ProblemError("bad-request", error)
        if self.hosts and (head.host or "") not in self.hosts and exchange.path not in PROBES:
            return ProblemError("misdirected", "The Host header is not a name of this service.")
        return None

    def _answer_preflight(self, scope: Scope, exchange: Exchange, cors: "CorsMiddleware") -> None:
        if b"origin" in exchange.head.by_name and b"access-control-request-method" in exchange.head.by_name:
            scope["answer"] = cors.preflight_response(Headers(scope=scope))
            exchange.cors = None


class CorsMiddleware(CORSMiddleware):
    """CORS for listed origins. A preflight that asks for too much gets a response without it, not an error."""

    def __init__(self, app: ASGIApp, *, origins: Collection[str]) -> None:
        super().__init__(
            app,
            allow_origins=tuple(origins),
            allow_methods=ALLOWED_METHODS,
            allow_headers=ALLOWED_HEADERS,
            expose_headers=EXPOSED_HEADERS,
        )

    def preflight_response(self, request_headers: Headers) -> Response:
        answer = super().preflight_response(request_headers)
        headers = {name: value for name, value in answer.headers.items() if not name.startswith("content-")}
        return Response(status_code=204, headers=headers)

    def with_origin(self, headers: RawHeaders, origin: bytes | None) -> RawHeaders:
        """Adds the headers by which a page of an allowed origin can read a response."""
        whole = MutableHeaders(raw=headers)
        if origin is not None:
            whole.update(self.simple_headers)
        if origin is not None and self.is_allowed_origin(origin.decode("latin-1")):
            self.allow_explicit_origin(whole, origin.decode("latin-1"))
        else:
            whole.add_vary_header("Origin")
        return whole.raw


def _request_id(headers: Mapping[bytes, bytes]) -> str:
    """Returns the client's own id if it sends one, that of its trace, or a random one."""
    own = headers.get(b"x-request-id")
    if own is not None and _REQUEST_ID.fullmatch(own):
        return own.decode()
    traceparent = headers.get(b"traceparent")
    traced = _TRACEPARENT.fullmatch(traceparent) if traceparent is not None else None
    return traced.group(1).decode() if traced else f"{_random_bits(128):032x}"
