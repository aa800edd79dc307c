"""Request context middleware: request id, request checks, security headers and CORS."""

from collections.abc import Collection

from fastapi import FastAPI
from starlette.datastructures import Headers
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.core.errors import ProblemError
from app.http.middleware.request_checks import check_request
from app.http.middleware.security_headers import SECURITY_HEADERS, add_security_headers
from app.http.middleware.size_limits import counted_body
from app.http.problems import respond
from app.http.request_id import HEADER, choose_request_id

_ID = HEADER.lower().encode()
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


def add_request_context(
    app: FastAPI,
    *,
    origins: Collection[str],
    hosts: Collection[str],
) -> None:
    """Wraps the whole application, so that responses with status 500 get the common headers too."""
    build = app.build_middleware_stack

    def build_with_context() -> ASGIApp:
        return RequestContextMiddleware(with_cors(build(), origins=origins), hosts=frozenset(hosts), origins=origins)

    app.build_middleware_stack = build_with_context  # type: ignore[method-assign] # all of FastAPI's middleware is inside its stack


def with_cors(app: ASGIApp, *, origins: Collection[str]) -> ASGIApp:
    """Returns the application with CORS for these origins."""
    if not origins:
        return app
    return CorsMiddleware(
        app,
        allow_origins=origins,
        allow_methods=ALLOWED_METHODS,
        allow_headers=ALLOWED_HEADERS,
        expose_headers=EXPOSED_HEADERS,
    )


class RequestContextMiddleware:
    """ASGI middleware around the application. Handles HEAD as GET; the server drops the body."""

    def __init__(self, app: ASGIApp, *, hosts: frozenset[str], origins: Collection[str] = ()) -> None:
        self.app = app
        self.hosts = hosts
        self.origins = origins

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers = dict(scope["headers"])
        trace_id = choose_request_id(headers)
        # A copy, since the server reads its own scope to see whether the request is a HEAD.
        scope = {**scope, "trace_id": trace_id}
        if scope["method"] == "HEAD":
            scope |= {"method": "GET", "head": True}
        added = [(_ID, trace_id.encode()), *SECURITY_HEADERS]
        body = counted_body(scope, receive, headers)
        whole = False

        async def send_completed(message: Message) -> None:
            nonlocal whole
            if message["type"] == "http.response.start":
                message["headers"] = add_security_headers(message.get("headers", ()), added)
                if body is not None:
                    body.answered = True
            await send(message)
            whole = message["type"] == "http.response.body" and not message.get("more_body", False)

        try:
            check_request(scope, hosts=self.hosts)
            await self.app(scope, body or receive, send_completed)
        except ProblemError as refusal:
            refused = with_cors(respond(Request(scope), refusal), origins=self.origins)
            await refused(scope, receive, send_completed)
        except Exception:
            # The error is already logged and answered with a 500. If it were raised, it would be logged again, and the
            # server would close a connection that the client considers good. An incomplete response has to be aborted.
            if not whole:
                raise


class CorsMiddleware(CORSMiddleware):
    """CORS for listed origins. A preflight that asks for too much gets a response without it, not an error."""

    def preflight_response(self, request_headers: Headers) -> Response:
        answer = super().preflight_response(request_headers)
        headers = {name: value for name, value in answer.headers.items() if not name.startswith("content-")}
        return Response(status_code=204, headers=headers)
