"""Selects over reforms and events, as of a day and as known at a day."""

from app.reforms.queries.events import find_events, get_event
from app.reforms.queries.reforms import find_reforms, get_reform, get_timelines

__all__ = ["find_events", "find_reforms", "get_event", "get_reform", "get_timelines"]
