"""The service without its response cache: each response is computed."""

from starlette.types import ASGIApp

from app.core.settings import Settings
from app.http.server import settle_memory
from app.main import create_app


def build(source: str) -> ASGIApp:
    app = create_app(Settings(response_cache_bytes=0, anonymous_rate_limit=""), database_url=source)
    settle_memory()
    return app
