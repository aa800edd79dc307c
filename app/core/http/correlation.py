"""One id per request: the client's own where it sends one, echoed in X-Request-Id and in problems."""

import re
from uuid import uuid4

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

HEADER = "X-Request-Id"
_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,128}")
_TRACEPARENT = re.compile(r"[0-9a-f]{2}-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}")


class Correlation:
    """ASGI layer that gives each request its id."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        trace_id = scope["trace_id"] = _choose(Headers(scope=scope))

        async def send_with_id(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message)[HEADER] = trace_id
            await send(message)

        await self.app(scope, receive, send_with_id)


def trace_id_of(scope: Scope) -> str:
    return str(scope.get("trace_id", ""))


def _choose(headers: Headers) -> str:
    own = headers.get(HEADER, "")
    if _REQUEST_ID.fullmatch(own):
        return own
    traced = _TRACEPARENT.fullmatch(headers.get("traceparent", ""))
    return traced.group(1) if traced else uuid4().hex
