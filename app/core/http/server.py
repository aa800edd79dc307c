"""How uvicorn serves the application: one configuration for the command and for the tests."""

import asyncio
import gc
from typing import Literal

import uvicorn
from starlette.types import ASGIApp

from app.core.settings import Settings

KEEP_ALIVE_SECONDS = 75
"""Longer than the minute for which proxies keep a connection: who closes first must be the one who also asks."""
SHUTDOWN_SECONDS = 25
"""Answers under way have this long; an orchestrator's usual limit is 30."""

COLLECTED_AFTER = (10_000, 20, 50)
"""Python's collector looks less often than by itself; answers leave hardly any cycles behind."""


def _protocol(settings: Settings) -> type[asyncio.Protocol] | Literal["auto"]:
    """Our protocol with the time that is set; uvicorn's own where its parser cannot be had."""
    try:
        from app.core.http.protocol import BoundedProtocol  # noqa: PLC0415 - not on every system
    except ImportError:
        return "auto"

    class Protocol(BoundedProtocol):
        seconds = settings.progress_timeout

    return Protocol


def settle_memory() -> None:
    """Takes what is there after the start out of the collector's sight, since it stays as long as the process."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*COLLECTED_AFTER)


def server_config(app: ASGIApp, settings: Settings) -> uvicorn.Config:
    """No `limit_concurrency`: it counts idle connections too, and what it answers is no problem document."""
    return uvicorn.Config(
        app,
        # Lines are written as `set_up_logs` says.
        log_config=None,
        log_level="warning",
        access_log=False,
        lifespan="on",
        http=_protocol(settings),
        ws="none",
        server_header=False,
        # The application does it, by whatever server. Uvicorn would trust loopback, and forget who spoke to it.
        proxy_headers=False,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=SHUTDOWN_SECONDS,
    )
