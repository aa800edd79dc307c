"""Access log middleware, with the metrics of requests."""

import logging
import time
from typing import Any

from starlette.types import ASGIApp, Receive, Scope, Send

from app.core.errors import safe_repr
from app.http.metrics import Metrics
from app.http.middleware.request_context import Exchange

logger = logging.getLogger("roundtable.access")
NO_OPERATION = "none"
"""Operation name for responses that do not come from a route."""
LINE = "%(request_id)s %(method)s %(path)s %(status)s %(duration_ms)s ms %(caller)s"


class AccessRecord(logging.LogRecord):
    """Log record of a request. It leaves out what logging finds out for others: the line of code, thread and process.

    A text line has the fields in its message, a JSON line also as members of their own.
    """

    def __init__(self, fields: dict[str, Any]) -> None:
        self.created = time.time()
        self.msecs = int(self.created * 1000) % 1000
        self.name, self.msg, self.args = logger.name, LINE, fields
        self.levelno, self.levelname = logging.INFO, "INFO"
        self.exc_info = self.exc_text = self.stack_info = None
        self.filename, self.lineno, self.pathname = "access_log.py", 0, __file__
        self.__dict__.update(fields)


class AccessLogMiddleware:
    """ASGI middleware that logs and counts each request. It sends the `answer` that the request context decided on."""

    def __init__(self, app: ASGIApp, *, metrics: Metrics | None, writes_log: bool) -> None:
        self.app = app
        self.metrics = metrics
        self.writes_log = writes_log

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        app: ASGIApp = scope.get("answer") or self.app
        if not self.writes_log and self.metrics is None:
            await app(scope, receive, send)
            return
        began = time.perf_counter()
        try:
            await app(scope, receive, send)
        finally:
            self._record(scope, time.perf_counter() - began)

    def _record(self, scope: Scope, seconds: float) -> None:
        exchange: Exchange = scope["exchange"]
        operation = scope["state"].get("operation", NO_OPERATION)
        if self.metrics is not None:
            self.metrics.count(operation, exchange.method, exchange.status, seconds)
        if self.writes_log:
            caller = scope.get("caller")
            fields = {
                "request_id": exchange.request_id,
                "method": _plain(exchange.method, limit=20),
                "path": _plain(scope["path"], limit=2_000),
                "status": exchange.status,
                "duration_ms": round(seconds * 1000, 2),
                "caller": None if caller is None else caller.id,
                "operation": operation,
            }
            if logger.isEnabledFor(logging.INFO):
                logger.handle(AccessRecord(fields))


def _plain(text: str, *, limit: int) -> str:
    if len(text) <= limit and text.isprintable() and '"' not in text:
        return text
    return safe_repr(text, limit=limit).strip('"')
