"""Access log middleware, with the metrics of requests."""

import asyncio
import atexit
import json
import sys
import time
from datetime import UTC, datetime
from typing import Any

from starlette.types import ASGIApp, Receive, Scope, Send

from app.core.errors import safe_repr
from app.core.logs import TEXT, Form
from app.http.metrics import Metrics
from app.http.middleware.request_context import Exchange

NO_OPERATION = "none"
"""Operation name for responses that do not come from a route."""
MESSAGE = "{request_id} {method} {path} {status} {duration_ms} ms {caller}"


DELAY_SECONDS = 0.1
BATCH_LINES = 200


class LineWriter:
    """Writes lines to standard error in batches: after `DELAY_SECONDS`, of `BATCH_LINES`, and at the end.

    For the event loop: a flush for each line costs more than the line. A killed process loses its last batch.
    """

    def __init__(self) -> None:
        self._lines: list[str] = []
        atexit.register(self.flush)

    def write(self, line: str) -> None:
        """Adds a line, without its end."""
        if not self._lines:
            asyncio.get_running_loop().call_later(DELAY_SECONDS, self.flush)
        self._lines.append(line)
        if len(self._lines) >= BATCH_LINES:
            self.flush()

    def flush(self) -> None:
        if self._lines:
            lines, self._lines = self._lines, []
            sys.stderr.write("\n".join([*lines, ""]))
            sys.stderr.flush()


class AccessLog:
    """Access log: one line per request, in the form of the other logs but without the cost of logging."""

    def __init__(self, form: Form) -> None:
        self.form = form
        self.lines = LineWriter()

    def write(self, fields: dict[str, Any]) -> None:
        """Writes the line of a request. A text line has the fields in its message, JSON also as members."""
        now = datetime.now(UTC)
        head = {"level": "info", "logger": "roundtable.access", "message": MESSAGE.format(**fields)}
        if self.form == "json":
            line = json.dumps({"time": now.isoformat(timespec="milliseconds"), **head, **fields})
        else:
            local = now.astimezone().strftime("%Y-%m-%d %H:%M:%S")
            time_of_day = f"{local},{now.microsecond // 1000:03}"
            line = TEXT % {
                "asctime": time_of_day,
                "levelname": "INFO",
                "name": head["logger"],
                "message": head["message"],
            }
        self.lines.write(line)


class AccessLogMiddleware:
    """ASGI middleware that logs and counts each request. It sends the `answer` that the request context decided on."""

    def __init__(self, app: ASGIApp, *, metrics: Metrics | None, log: AccessLog | None) -> None:
        self.app = app
        self.metrics = metrics
        self.log = log

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        app: ASGIApp = scope.get("answer") or self.app
        if self.log is None and self.metrics is None:
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
        if self.log is not None:
            caller = scope.get("caller")
            self.log.write(
                {
                    "request_id": exchange.request_id,
                    "method": _plain(exchange.method, limit=20),
                    "path": _plain(scope["path"], limit=2_000),
                    "status": exchange.status,
                    "duration_ms": round(seconds * 1000, 2),
                    "caller": None if caller is None else caller.id,
                    "operation": operation,
                }
            )


def _plain(text: str, *, limit: int) -> str:
    if len(text) <= limit and text.isprintable() and '"' not in text:
        return text
    return safe_repr(text, limit=limit).strip('"')
