"""Authentication middleware: authenticates each request once, before the rate limit, the cache and the routes."""

from collections.abc import Awaitable, Callable, Collection
from typing import Any

from starlette.types import ASGIApp, Receive, Scope, Send

from app.http.middleware.request_context import Exchange

Authenticate = Callable[..., Awaitable[Any]]
"""Returns the caller for headers and peer, or None without credentials. Raises for invalid credentials."""


class AuthenticationMiddleware:
    """ASGI middleware that puts the `caller` into the scope, or the `refusal`, which a route with a role raises."""

    def __init__(self, app: ASGIApp, *, authenticate: Authenticate, public: Collection[str]) -> None:
        """`public` are the first segments of paths whose routes require no role, so that nobody is authenticated."""
        self.app = app
        self.authenticate = authenticate
        self.public = frozenset(public)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        exchange: Exchange = scope["exchange"]
        if exchange.path[1:].partition("/")[0] not in self.public:
            try:
                scope["caller"] = await self.authenticate(exchange.head.fields, peer=scope.get("peer"))
            except Exception as refusal:  # noqa: BLE001 - the route raises it, so that its handler responds
                scope["refusal"] = refusal
        await self.app(scope, receive, send)
