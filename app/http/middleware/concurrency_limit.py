"""Concurrency limit middleware: rejects requests above the maximum in progress, except probes and metrics."""

from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from app.core.errors import ProblemError
from app.http.middleware.request_context import PROBES, ConcurrencyLimit, Exchange
from app.http.problems import respond

UNLIMITED = PROBES | {"/metrics"}
"""Paths without authentication and limits. The routes answer them directly."""
FULL = "Too many concurrent requests. Repeat the request after the time in Retry-After."


class ConcurrencyLimitMiddleware:
    """ASGI middleware that counts the requests in progress. `Exchange` leaves out those that wait for their client."""

    def __init__(self, app: ASGIApp, *, limit: ConcurrencyLimit, routes: ASGIApp) -> None:
        self.app = app
        self.limit = limit
        self.routes = routes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        exchange: Exchange = scope["exchange"]
        limit, is_limited = self.limit, exchange.path not in UNLIMITED
        if is_limited and limit.in_flight >= limit.most:
            await respond(Request(scope), ProblemError("unavailable", FULL))(scope, receive, send)
            return
        exchange.limit = limit
        limit.in_flight += 1
        try:
            await (self.app if is_limited else self.routes)(scope, receive, send)
        finally:
            exchange.waits += 1
            limit.in_flight -= exchange.waits == 1
