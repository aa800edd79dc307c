"""The service as it is, with its access log, which is discarded."""

import logging
import os

from starlette.types import ASGIApp

from app.core.logs import set_up_logs
from app.core.settings import Settings
from app.http.server import settle_memory
from app.main import create_app


def build(source: str) -> ASGIApp:
    app = create_app(Settings(anonymous_rate_limit="", access_log="on"), database_url=source)
    set_up_logs("json")
    for handler in logging.getLogger().handlers:
        if isinstance(handler, logging.StreamHandler):
            handler.setStream(open(os.devnull, "w", encoding="utf-8"))  # noqa: PTH123, SIM115 - open as long as the process
    settle_memory()
    return app
