"""The service as it is, with its access log, which is discarded."""

import os
import sys

from starlette.types import ASGIApp

from app.core.settings import Settings
from app.http.server import settle_memory
from app.main import create_app


def build(source: str) -> ASGIApp:
    app = create_app(Settings(anonymous_rate_limit="", access_log="on", log_format="json"), database_url=source)
    sys.stderr = open(os.devnull, "w", encoding="utf-8")  # noqa: PTH123, SIM115 - open as long as the process
    settle_memory()
    return app
