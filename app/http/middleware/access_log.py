"""Access log middleware, with metrics, the concurrency limit and the rate limits."""

import logging
import time
from collections.abc import Collection, Mapping
from typing import Any

from fastapi import FastAPI
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.core.errors import ProblemError, safe_repr
from app.core.settings import Settings
from app.http.forwarding_headers import local_hosts
from app.http.metrics import Metrics
from app.http.middleware.rate_limit import Authenticate, Fields, RateLimits
from app.http.middleware.request_checks import UNLIMITED, path_of
from app.http.middleware.request_context import with_cors
from app.http.middleware.security_headers import SECURITY_HEADERS, add_security_headers
from app.http.problems import CLIENT_CLOSED_REQUEST, respond
from app.http.request_id import HEADER, choose_request_id

logger = logging.getLogger("roundtable.access")
_ID = HEADER.lower().encode()
NO_OPERATION = "none"
"""Operation name for responses that do not come from a route."""


class AccessLogMiddleware:
    """ASGI middleware around the response cache. Probes and metrics are exempt from its limits."""

    def __init__(  # noqa: PLR0913 - one for each setting
        self,
        app: ASGIApp,
        *,
        most: int,
        rates: RateLimits,
        metrics: Metrics | None,
        writes_log: bool,
        origins: Collection[str] = (),
    ) -> None:
        self.app = app
        self.origins = origins
        self.most = most
        self.rates = rates
        self.metrics = metrics
        self.writes_log = writes_log
        self.in_flight = 0
        self._observes = writes_log or metrics is not None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        if self._observes:
            seen = _ObservedRequest(scope, send)
            try:
                await self._admit(scope, receive, seen.send)
            finally:
                self._tell(seen)
        else:
            await self._admit(scope, receive, send)

    async def _admit(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Applies the concurrency limit and the rate limits, then answers."""
        fields: Fields = []
        if path_of(scope) not in UNLIMITED:
            if self.in_flight >= self.most:
                await self._refuse(
                    scope,
                    receive,
                    send,
                    ProblemError(
                        "unavailable", "Too many concurrent requests. Repeat the request after the time in Retry-After."
                    ),
                )
                return
            fields, refusal = await self.rates.hit(scope)
            if refusal is not None:
                await self._refuse(scope, receive, _with_fields(send, fields), refusal)
                return
        await self._answer(scope, receive, send, fields)

    async def _answer(self, scope: Scope, receive: Receive, send: Send, fields: Fields) -> None:
        """Answers in a slot of the concurrency limit, which is released while the server waits for the client.

        So a client that reads or sends slowly does not occupy a slot.
        """
        state: dict[str, Any] = scope.setdefault("state", {})
        place = _ConcurrencySlot(self, receive, send)

        async def send_counted(message: Message) -> None:
            if message["type"] == "http.response.start":
                self.rates.answered(scope, message["status"], caller=_caller_in(state))
                if fields:
                    message["headers"] = [*message.get("headers", ()), *fields]
            await place.send(message)

        self.in_flight += 1
        try:
            await self.app(scope, place.receive, send_counted)
        finally:
            place.leave()

    async def _refuse(self, scope: Scope, receive: Receive, send: Send, refusal: ProblemError) -> None:
        """Sends a problem with the common headers of every response."""
        trace_id = choose_request_id(dict(scope["headers"]))
        added = [(_ID, trace_id.encode()), *SECURITY_HEADERS]

        async def send_completed(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = add_security_headers(message.get("headers", ()), added)
            await send(message)

        scope = {**scope, "trace_id": trace_id}
        refused = with_cors(respond(Request(scope), refusal), origins=self.origins)
        await refused(scope, receive, send_completed)

    def _tell(self, seen: "_ObservedRequest") -> None:
        seconds = time.perf_counter() - seen.began
        operation = str(seen.state.get("operation", NO_OPERATION))
        if self.metrics is not None:
            self.metrics.count(operation, seen.scope["method"], seen.status, seconds)
        if self.writes_log:
            path = safe_repr(seen.scope["path"], limit=2_000).strip('"')
            fields = {
                "request_id": seen.request_id,
                "method": safe_repr(seen.scope["method"], limit=20).strip('"'),
                "path": path,
                "status": seen.status,
                "duration_ms": round(seconds * 1000, 2),
                "caller": _caller_in(seen.state),
                "operation": operation,
            }
            # A text line has these values in its message, a JSON line also in fields of their own.
            logger.info(
                "%(request_id)s %(method)s %(path)s %(status)s %(duration_ms)s ms %(caller)s", fields, extra=fields
            )


class _ConcurrencySlot:
    """Slot of the concurrency limit, released while the server waits for the client.

    A body that arrives when all slots are taken is rejected.
    """

    def __init__(self, middleware: AccessLogMiddleware, receive: Receive, send: Send) -> None:
        self._middleware = middleware
        self._receive = receive
        self._send = send
        self._waits = 0
        self._reads = True
        """True while the body is expected. After it, or once a response began, `receive` waits for the disconnect."""

    async def receive(self) -> Message:
        if not self._reads:
            return await self._receive()
        self.leave()
        message = await self._receive()
        if message["type"] == "http.disconnect":
            # A disconnected client takes no slot again: many that disconnect at once would take them all.
            return message
        full = self._middleware.in_flight >= self._middleware.most
        self._take()
        if not message.get("more_body", False):
            self._reads = False
            if full:
                # FastAPI passes only this exception on from where it reads a body.
                raise HTTPException(503, "Too many concurrent requests")
        return message

    async def send(self, message: Message) -> None:
        self._reads = False
        self.leave()
        try:
            await self._send(message)
        finally:
            self._take()

    def leave(self) -> None:
        self._waits += 1
        self._middleware.in_flight -= self._waits == 1

    def _take(self) -> None:
        self._waits -= 1
        self._middleware.in_flight += self._waits == 0


class _ObservedRequest:
    """Data of one request for the access log and metrics. Inner middleware stores its part in the shared state."""

    __slots__ = ("_send", "began", "request_id", "scope", "state", "status")

    def __init__(self, scope: Scope, send: Send) -> None:
        self.began = time.perf_counter()
        self.scope = scope
        self.state: dict[str, Any] = scope.setdefault("state", {})
        self.status = CLIENT_CLOSED_REQUEST
        """Status until a response begins: the client disconnected before."""
        self.request_id = ""
        self._send = send

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            self.request_id = next((value.decode("latin-1") for name, value in message["headers"] if name == _ID), "")
        await self._send(message)


def _caller_in(state: Mapping[str, Any]) -> str | None:
    """Returns the id of the caller, which inner middleware stored."""
    caller = state.get("caller")
    return caller.id if caller is not None else state.get("caller_id")


def _with_fields(send: Send, fields: Fields) -> Send:
    async def send_with_fields(message: Message) -> None:
        if message["type"] == "http.response.start":
            message["headers"] = [*message.get("headers", ()), *fields]
        await send(message)

    return send_with_fields


def access_log_middleware(
    app: FastAPI, settings: Settings, *, inner: ASGIApp, authenticate: Authenticate
) -> AccessLogMiddleware:
    """Builds the middleware around `inner` from the settings."""
    hosts = local_hosts(settings.host).union(settings.known_hosts)
    return AccessLogMiddleware(
        inner,
        most=settings.max_concurrent_requests,
        rates=RateLimits(
            callers=settings.rate_limit,
            strangers=settings.anonymous_rate_limit,
            authenticate=authenticate,
            sign_on_header=settings.proxy_auth_header,
        ),
        metrics=Metrics(app, hosts=hosts) if settings.metrics == "on" else None,
        writes_log=settings.access_log == "on",
        origins=settings.allowed_origins,
    )
