"""Uvicorn configuration, shared by the `serve` command and the tests."""

import asyncio
import gc
from typing import Literal

import uvicorn
from starlette.types import ASGIApp

from app.core.settings import Settings

KEEP_ALIVE_SECONDS = 75
"""Longer than the 60 s of proxies: the side that sends requests has to close an idle connection first."""
SHUTDOWN_SECONDS = 25
"""Grace period of running requests at shutdown, in seconds; an orchestrator's usual limit is 30."""

COLLECTED_AFTER = (10_000, 20, 50)
"""Garbage collector thresholds, above Python's defaults: requests leave hardly any cycles behind."""


def _protocol(settings: Settings) -> type[asyncio.Protocol] | Literal["auto"]:
    """Returns our protocol with the configured timeout; uvicorn's own where httptools is not installed."""
    try:
        from app.http.protocol import BoundedProtocol  # noqa: PLC0415 - httptools is optional
    except ImportError:
        return "auto"

    class Protocol(BoundedProtocol):
        seconds = settings.progress_timeout

    return Protocol


def settle_memory() -> None:
    """Excludes the objects that exist after startup from garbage collection, since they live as long as the process."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*COLLECTED_AFTER)


def server_config(app: ASGIApp, settings: Settings) -> uvicorn.Config:
    """Returns the configuration. `limit_concurrency` is not set: it counts idle connections and sends no problem."""
    return uvicorn.Config(
        app,
        # `set_up_logs` configures logging.
        log_config=None,
        log_level="warning",
        access_log=False,
        lifespan="on",
        http=_protocol(settings),
        ws="none",
        server_header=False,
        # The application does this for any server. Uvicorn would trust loopback and discard the peer address.
        proxy_headers=False,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=SHUTDOWN_SECONDS,
    )
