"""How uvicorn serves the application: one configuration for the command and for the tests."""

import asyncio
import gc
from typing import Literal

import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from app.core.settings import Settings

KEEP_ALIVE_SECONDS = 75
"""Longer than the minute for which proxies keep a connection: who closes first must be the one who also asks."""
SHUTDOWN_SECONDS = 25
"""Answers under way have this long; an orchestrator's usual limit is 30."""

COLLECTED_AFTER = (10_000, 20, 50)
"""Python's collector looks less often than by itself; answers leave hardly any cycles behind."""
HEADING_MOST = 256 * 1024
"""What a request may be without its body. Far over our own limits, which are answered with a problem document."""


def _protocol() -> type[asyncio.Protocol] | Literal["auto"]:
    """Uvicorn's parser with a bound: by itself, httptools collects a header that never ends in memory."""
    try:
        from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol  # noqa: PLC0415 - not on every system
    except ImportError:
        return "auto"

    class BoundedProtocol(HttpToolsProtocol):
        heading = 0

        def _unsupported_upgrade_warning(self) -> None:
            """Says nothing: who offers another protocol, as Java's client does each time, is answered in this one."""

        def data_received(self, data: bytes) -> None:
            self.heading += len(data)
            if self.heading > HEADING_MOST:
                self.send_400_response("The headers are too large.")
            else:
                super().data_received(data)

        def on_headers_complete(self) -> None:
            self.heading = 0
            super().on_headers_complete()

        def on_body(self, body: bytes) -> None:
            self.heading = 0
            super().on_body(body)

    return BoundedProtocol


def _with_peer(app: ASGIApp) -> ASGIApp:
    """Keeps the address that a connection came from, before uvicorn puts there what a trusted proxy says it was."""

    async def keep(scope: Scope, receive: Receive, send: Send) -> None:
        client = scope.get("client")
        if client:
            scope["peer"] = client[0]
        await app(scope, receive, send)

    return keep


def settle_memory() -> None:
    """Takes what is there after the start out of the collector's sight, since it stays as long as the process."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*COLLECTED_AFTER)


def server_config(app: ASGIApp, settings: Settings) -> uvicorn.Config:
    """No `limit_concurrency`: it counts idle connections too, and what it answers is no problem document."""
    # Outside of the application, so that it sees what every layer answers.
    app = getattr(getattr(app, "state", None), "watch", app)
    trusted = settings.trusted_networks
    heard = ProxyHeadersMiddleware(app, trusted_hosts=trusted) if trusted else app  # type: ignore[arg-type] # uvicorn's own ASGI types
    return uvicorn.Config(
        _with_peer(heard),  # type: ignore[arg-type] # likewise
        # Lines are written as `set_up_logs` says.
        log_config=None,
        log_level="warning",
        access_log=False,
        lifespan="on",
        http=_protocol(),
        ws="none",
        server_header=False,
        root_path=settings.root_path,
        # Uvicorn would trust loopback, and would forget who spoke to it.
        proxy_headers=False,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=SHUTDOWN_SECONDS,
    )
