"""Endpoints of exports, changes and feeds."""

from app.exports.routes.changes import router as changes
from app.exports.routes.feeds import router as feeds
from app.exports.routes.files import router as files

__all__ = ["changes", "feeds", "files"]
