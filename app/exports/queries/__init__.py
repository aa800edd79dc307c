"""Selects over whole lists: all rows of a list, its changes, and its latest changes."""

from app.exports.queries.changes import find_changes
from app.exports.queries.feeds import get_reform_feed, get_target_feed
from app.exports.queries.files import MAX_FILES, ExportLimits, ExportStream, open_export
from app.exports.queries.lists import EXPORTS

__all__ = [
    "EXPORTS",
    "MAX_FILES",
    "ExportLimits",
    "ExportStream",
    "find_changes",
    "get_reform_feed",
    "get_target_feed",
    "open_export",
]
