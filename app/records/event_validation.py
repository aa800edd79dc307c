"""Validation of events: references to events, reforms, sources and recommendations, and dates."""

from collections import Counter
from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import date

from app.core.dates import today
from app.core.edtf import edtf_bounds
from app.records.errors import IssueCollector
from app.records.registry import Registry, event_file, page_id
from app.records.schemas.reforms import EventEntry
from app.records.yaml_files import described
from app.vocabulary import EventKind


def days_of(event: EventEntry) -> tuple[date | None, date | None]:
    """Returns the first and last day that an event's date allows."""
    return edtf_bounds(event.date) if event.date is not None else (None, event.latest)


@dataclass(frozen=True)
class KnownRecords:
    """Known records that an event may refer to."""

    events: Mapping[str, EventEntry]
    """By id. References to withdrawn events are valid, but are not published."""
    rounds: Mapping[str, list[int]]
    """Round numbers by reform."""
    organizations: AbstractSet[str]
    sources: AbstractSet[str]
    pages: Mapping[str, str]
    """Slugs of web sources by their address."""
    asks: AbstractSet[str]
    """Ids of recommendations."""

    @classmethod
    def of(cls, registry: Registry, *, asks: AbstractSet[str]) -> "KnownRecords":
        return cls(
            events={event.id: event for event in registry.events},
            rounds={reform.id: [one.number for one in reform.rounds] for reform in registry.reforms},
            organizations={one.id for one in registry.organizations},
            sources={one.id for one in registry.pages},
            pages={one.url: one.id for one in reversed(registry.pages)},
            asks=asks,
        )


def check_timelines(registry: Registry, *, asks: AbstractSet[str], faults: IssueCollector) -> None:
    """Adds the validation errors of all events. `asks` are the ids of all recommendations."""
    known = KnownRecords.of(registry, asks=asks)
    for event in registry.events:
        check_event(event, known, faults=faults)
    for one, times in Counter(event.id for event in registry.events).items():
        if times > 1:
            faults.add(event_file(known.events[one]), one, f"this id occurs {times} times")


def check_event(event: EventEntry, known: KnownRecords, *, faults: IssueCollector) -> None:
    """Adds the validation errors of an event."""
    _check_days(event, faults=faults)
    _check_links(event, known.events, faults=faults)
    _check_round(event, known.rounds, faults=faults)
    if event.page is not None and known.pages.get(event.page.url, page_id(event)) != page_id(event):
        faults.add(
            event_file(event),
            event.id,
            f"page: the register has this page; name it in `source`: {described(known.pages[event.page.url])}",
        )
    for key, slugs, there, place in (
        ("body", [event.body] if event.body else [], known.organizations, " in organizations.yaml"),
        ("source", [event.source] if event.source else [], known.sources, " in sources.yaml"),
        ("also_sources", event.also_sources, known.sources, " in sources.yaml"),
        ("outcome_of", [one.recommendation for one in event.outcome_of], known.asks, ""),
    ):
        for slug in slugs:
            if slug not in there:
                faults.add(event_file(event), event.id, f"{key}: {described(slug)} is not known{place}")
        if len(set(slugs)) < len(slugs):
            faults.add(event_file(event), event.id, f"{key}: a value occurs twice")


def _check_round(event: EventEntry, rounds: Mapping[str, list[int]], *, faults: IssueCollector) -> None:
    if event.reform is None:
        return
    if event.reform not in rounds:
        faults.add(event_file(event), event.id, f"reform: {described(event.reform)} is not known in reforms.yaml")
    elif event.round not in rounds[event.reform]:
        there = ", ".join(str(number) for number in rounds[event.reform])
        message = f"round: there is no round {event.round} of {event.reform}; known are {there}"
        faults.add(event_file(event), event.id, message)


def _check_days(event: EventEntry, *, faults: IssueCollector) -> None:
    try:
        earliest, latest = days_of(event)
    except ValueError as error:
        faults.add(event_file(event), event.id, f"date: {error}")
        return
    if latest is None and event.kind is EventKind.OCCURRED:
        faults.add(event_file(event), event.id, "date: an event that occurred must have a date with an end")
    begins = earliest or (edtf_bounds(event.date.partition("/")[2])[0] if event.date is not None else latest)
    if event.kind is EventKind.OCCURRED and begins is not None and begins > today():
        field = "date" if event.date is not None else "latest"
        faults.add(
            event_file(event),
            event.id,
            f"{field}: is in the future, but the event occurred; today is {today()}",
        )


def _check_links(event: EventEntry, events: Mapping[str, EventEntry], *, faults: IssueCollector) -> None:
    if event.fulfilled_by is not None:
        met = events.get(event.fulfilled_by)
        if met is None or met.kind is not EventKind.OCCURRED or met.reform != event.reform:
            faults.add(
                event_file(event),
                event.id,
                f"fulfilled_by: {event.fulfilled_by} is not an event of this reform that occurred",
            )
    for other in event.conflicts_with:
        if other not in events or other == event.id:
            faults.add(event_file(event), event.id, f"conflicts_with: {other} is not another event")
