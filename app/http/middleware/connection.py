"""Outermost middleware: normalizes the connection data of the ASGI scope for any server."""

from collections.abc import Sequence

from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from app.http.forwarding_headers import peer_of
from app.http.middleware.progress_timeout import ProgressTimeout


class ConnectionMiddleware:
    """ASGI middleware: stores the peer, applies proxy headers, prepends the root path, and limits idle time."""

    def __init__(
        self, app: ASGIApp, *, trusted_proxies: Sequence[str], root_path: str, progress_timeout: float
    ) -> None:
        app = ProgressTimeout(app, seconds=progress_timeout)
        self.app: ASGIApp = ProxyHeadersMiddleware(app, trusted_hosts=list(trusted_proxies)) if trusted_proxies else app  # type: ignore[assignment, arg-type] # uvicorn's own ASGI types
        self.root_path = root_path

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            if "peer" not in scope:
                # Before the proxy headers middleware overwrites the address.
                scope["peer"] = peer_of(scope)
            if self.root_path and not scope.get("root_path"):
                scope["root_path"] = self.root_path
                scope["path"] = self.root_path + scope["path"]
                if scope.get("raw_path"):
                    scope["raw_path"] = self.root_path.encode() + scope["raw_path"]
        await self.app(scope, receive, send)
