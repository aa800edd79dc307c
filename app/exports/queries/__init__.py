"""Selects over whole lists: every row of one, what changed in them, what changed last."""

from app.exports.queries.changes import find_changes
from app.exports.queries.feeds import get_reform_feed, get_target_feed
from app.exports.queries.files import Opened, open_export
from app.exports.queries.lists import EXPORTS

__all__ = ["EXPORTS", "Opened", "find_changes", "get_reform_feed", "get_target_feed", "open_export"]
