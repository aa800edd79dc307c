"""Selects over reforms and events, by `as_of` and `known_at`."""

from app.reforms.queries.events import find_all_events, find_events, get_event, listed_events
from app.reforms.queries.reforms import find_reforms, get_reform, get_timelines, listed_reforms

__all__ = [
    "find_all_events",
    "find_events",
    "find_reforms",
    "get_event",
    "get_reform",
    "get_timelines",
    "listed_events",
    "listed_reforms",
]
