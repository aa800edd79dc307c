"""What events say of each other, of reforms, sources and recommendations, and whether their dates can be read."""

from collections import Counter
from datetime import date

from app.core.dates import edtf_bounds
from app.ingest.curation.files import described
from app.ingest.curation.reform_shapes import EventEntry
from app.ingest.curation.registry import Registry, event_file
from app.ingest.faults import Faults
from app.vocabulary import EventKind


def days_of(event: EventEntry) -> tuple[date | None, date | None]:
    """The first and last day that an event's date allows."""
    return edtf_bounds(event.date) if event.date is not None else (None, event.latest)


def check_timelines(registry: Registry, *, asks: set[str], faults: Faults) -> None:
    """Adds a fault for each thing in the events that is not so. `asks` are the ids of all recommendations."""
    organizations = {one.id for one in registry.organizations}
    sources = {one.id for one in registry.sources}
    rounds = {(reform.id, one.number) for reform in registry.reforms for one in reform.rounds}
    events = {event.id: event for event in registry.events}
    for event in registry.events:
        _check_days(event, faults=faults)
        _check_links(event, events, faults=faults)
        if event.reform is not None and (event.reform, event.round) not in rounds:
            faults.add(event_file(event), event.id, f"round: reforms.yaml has no round {event.round} of {event.reform}")
        for key, slugs, known in (
            ("body", [event.body] if event.body else [], organizations),
            ("source", [event.source] if event.source else [], sources),
            ("also_sources", event.also_sources, sources),
            ("outcome_of", [one.recommendation for one in event.outcome_of], asks),
        ):
            for slug in slugs:
                if slug not in known:
                    faults.add(event_file(event), event.id, f"{key}: {described(slug)} is not known")
    for one, times in Counter(event.id for event in registry.events).items():
        if times > 1:
            faults.add(event_file(events[one]), one, f"this id stands here {times} times")


def _check_days(event: EventEntry, *, faults: Faults) -> None:
    try:
        earliest, latest = days_of(event)
    except ValueError as error:
        faults.add(event_file(event), event.id, f"date: {error}")
        return
    if latest is None and event.kind is EventKind.OCCURRED:
        faults.add(event_file(event), event.id, "date: what occurred had happened by some day; this one never ends")
    if earliest is not None and latest is not None and latest < earliest:
        faults.add(event_file(event), event.id, "date: it ends before it starts")


def _check_links(event: EventEntry, events: dict[str, EventEntry], *, faults: Faults) -> None:
    if event.fulfilled_by is not None:
        met = events.get(event.fulfilled_by)
        if met is None or met.kind is not EventKind.OCCURRED or met.reform != event.reform:
            faults.add(event_file(event), event.id, f"fulfilled_by: {event.fulfilled_by} is no event of this reform")
    for other in event.conflicts_with:
        if other not in events or event.id not in events[other].conflicts_with:
            faults.add(event_file(event), event.id, f"conflicts_with: {other} does not name this event in turn")
