"""The outermost layer, which sees every answer: how many at once and how often, the access log, and figures."""

import logging
import time
from collections.abc import Collection
from typing import Any

from fastapi import FastAPI
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.core.errors import ProblemError, printable
from app.core.http.correlation import HEADER, choose_id
from app.core.http.edge import with_origins
from app.core.http.metrics import Metrics
from app.core.http.problems import respond
from app.core.http.rates import Fields, Identify, Rates
from app.core.http.security import SECURITY_HEADERS, completed
from app.core.settings import Settings

logger = logging.getLogger("roundtable.access")
_ID = HEADER.lower().encode()
NO_OPERATION = "none"
"""What answers go by that no route gave."""


class Watch:
    """ASGI layer around all others. Probes and figures are let through whatever else is under way."""

    def __init__(  # noqa: PLR0913 - a setting each
        self,
        app: ASGIApp,
        *,
        most: int,
        rates: Rates | None,
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
        self._tells = writes_log or metrics is not None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        if self._tells:
            seen = _Seen(scope, send)
            try:
                await self._admit(scope, receive, seen.send)
            finally:
                self._tell(seen)
        else:
            await self._admit(scope, receive, send)

    async def _admit(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers, or refuses: each request that is let in takes from the others."""
        free = scope["path"].removeprefix(scope.get("root_path", "")).startswith(("/healthz/", "/metrics"))
        if not free:
            if self.in_flight >= self.most:
                await self._refuse(scope, receive, send, ProblemError("unavailable", "Too many requests at once."))
                return
            if self.rates is not None:
                told, refusal = await self.rates.hit(scope)
                send = _with_fields(send, told)
                if refusal is not None:
                    await self._refuse(scope, receive, send, refusal)
                    return
        self.in_flight += 1
        try:
            await self.app(scope, receive, send)
        finally:
            self.in_flight -= 1

    async def _refuse(self, scope: Scope, receive: Receive, send: Send, refusal: ProblemError) -> None:
        """Answers with a problem that has what every answer has."""
        trace_id = choose_id(dict(scope["headers"]))
        added = [(_ID, trace_id.encode()), *SECURITY_HEADERS]

        async def send_completed(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = completed(message.get("headers", ()), added)
            await send(message)

        scope = {**scope, "trace_id": trace_id}
        refused = with_origins(respond(Request(scope), refusal), origins=self.origins)
        await refused(scope, receive, send_completed)

    def _tell(self, seen: "_Seen") -> None:
        seconds = time.perf_counter() - seen.began
        operation = str(seen.state.get("operation", NO_OPERATION))
        if self.metrics is not None:
            self.metrics.count(operation, seen.scope["method"], seen.status, seconds)
        if self.writes_log:
            caller = seen.state.get("caller")
            caller_id = caller.id if caller is not None else seen.state.get("caller_id")
            path = printable(seen.scope["path"], limit=2_000).strip('"')
            told = {
                "request_id": seen.request_id,
                "method": printable(seen.scope["method"], limit=20).strip('"'),
                "path": path,
                "status": seen.status,
                "duration_ms": round(seconds * 1000, 2),
                "caller": caller_id,
                "operation": operation,
            }
            # A text line has them in its message, a JSON line in fields of their own too.
            logger.info("%(request_id)s %(method)s %(path)s %(status)s %(duration_ms)s ms %(caller)s", told, extra=told)


class _Seen:
    """One request, as far as it is told of. What inner layers found out lies in the state that they all share."""

    __slots__ = ("_send", "began", "request_id", "scope", "state", "status")

    def __init__(self, scope: Scope, send: Send) -> None:
        self.began = time.perf_counter()
        self.scope = scope
        self.state: dict[str, Any] = scope.setdefault("state", {})
        self.status = 499
        """Until an answer begins: the client was gone before."""
        self.request_id = ""
        self._send = send

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            self.request_id = next((value.decode("latin-1") for name, value in message["headers"] if name == _ID), "")
        await self._send(message)


def _with_fields(send: Send, fields: Fields) -> Send:
    async def send_with_fields(message: Message) -> None:
        if message["type"] == "http.response.start":
            message["headers"] = [*message.get("headers", ()), *fields]
        await send(message)

    return send_with_fields


def add_watch(app: FastAPI, settings: Settings, *, inner: ASGIApp, identify: Identify) -> None:
    """Puts the layer around `inner`; the server serves it in place of the application."""
    app.state.watch = Watch(
        inner,
        most=settings.max_in_flight,
        rates=Rates(settings.rate_limit, identify=identify) if settings.rate_limit else None,
        metrics=Metrics(app) if settings.metrics == "on" else None,
        writes_log=settings.access_log == "on",
        origins=settings.allowed_origins,
    )
