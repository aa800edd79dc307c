"""The service as it is."""

from starlette.types import ASGIApp

from app.core.settings import Settings
from app.http.server import settle_memory
from app.main import create_app


def build(source: str) -> ASGIApp:
    app = create_app(Settings(anonymous_rate_limit=""), database_url=source)
    settle_memory()
    return app
