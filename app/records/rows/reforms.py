"""Rows of reforms, their rounds, events, web sources and concerns."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from app.records.curated_cable import CuratedCable
from app.records.event_validation import days_of
from app.records.reconcile import Row
from app.records.registry import Registry, source_of
from app.records.rows.parties import party
from app.records.schemas.reforms import EventEntry
from app.vocabulary import KnownFromBasis


@dataclass(frozen=True)
class EventCableInfo:
    """Data of a cable that its events use."""

    sent_on: date
    """Day from which its statements count as known."""
    markings: Mapping[str, str]
    """Markings of its paragraphs, by label."""


def reforms(registry: Registry) -> list[Row]:
    return [
        {
            "id": one.id,
            "ordinal": place,
            "name": one.name,
            "kind": one.kind.value,
            "summary": one.summary,
            "summary_marking": one.summary_marking.value,
        }
        for place, one in enumerate(registry.reforms)
    ]


def rounds(registry: Registry) -> list[Row]:
    return [
        {"reform_id": reform.id, "number": one.number, "name": one.name}
        for reform in registry.reforms
        for one in reform.rounds
    ]


def sources(registry: Registry) -> list[Row]:
    return [
        {
            "id": one.id,
            "title": one.title,
            "url": one.url,
            "published_on": one.published_on,
            "retrieved": one.retrieved,
        }
        for one in registry.pages
    ]


def events(registry: Registry, event_cables: Mapping[str, EventCableInfo]) -> list[Row]:
    """Returns the rows of events. `event_cables` are the cables that events rest on, by reference id."""
    pages = {one.id: one for one in registry.pages}
    published = {event.id for event in registry.published_events}
    rows: list[Row] = []
    for event in registry.published_events:
        earliest, latest = days_of(event)
        page = pages.get(source_of(event) or "")
        said = page.published_on if page else event_cables[event.cable or ""].sent_on
        read = page.retrieved if page else None
        # An expectation was known, at the latest, on the day its page was read.
        by_then = min(day for day in (latest, read) if day is not None) if said is None else said
        basis = KnownFromBasis.EVENT_LATEST if said is None else KnownFromBasis.SOURCE_PUBLISHED
        rows.append(
            {
                **_event(event),
                "fulfilled_by_id": event.fulfilled_by if event.fulfilled_by in published else None,
                "earliest": earliest,
                "latest": latest,
                "known_from": by_then,
                "known_from_basis": basis.value,
            }
        )
    return rows


def _event(event: EventEntry) -> Row:
    return {
        "id": event.id,
        "reform_id": event.reform,
        "round": event.round,
        "stage": event.stage.value if event.stage else None,
        "instrument": event.instrument,
        "instrument_kind": event.instrument_kind.value if event.instrument_kind else None,
        "body_id": event.body,
        "text": event.text,
        "kind": event.kind.value,
        "date_text": event.date_text,
        "date": event.date,
        "anchor_id": f"{event.id}:quote" if event.cite else None,
        "source_id": source_of(event),
        "confidence": event.confidence.value,
        "prospective": event.prospective,
        "note": event.note,
    }


def event_sources(registry: Registry) -> Iterator[Row]:
    for event in registry.published_events:
        for place, slug in enumerate(event.also_sources):
            yield {"event_id": event.id, "source_id": slug, "ordinal": place}


def event_conflicts(registry: Registry) -> Iterator[Row]:
    """Yields each conflict in both directions, whichever of the two events names the other."""
    published = {event.id for event in registry.published_events}
    pairs = {
        (event.id, other) for event in registry.published_events for other in event.conflicts_with if other in published
    }
    for one, other in sorted(pairs | {(other, one) for one, other in pairs}):
        yield {"event_id": one, "other_id": other}


def event_outcomes(registry: Registry) -> Iterator[Row]:
    for event in registry.published_events:
        for one in event.outcome_of:
            yield {"event_id": event.id, "recommendation_id": one.recommendation, "wording": one.wording}


def concerns(cable: CuratedCable) -> list[Row]:
    return [
        {
            "id": one.id,
            "cable_id": cable.manifest.cable,
            "text": one.text,
            "anchor_id": f"{one.id}:quote",
            "lead_in_anchor_id": f"{one.id}:lead-in" if one.lead_in else None,
        }
        for one in cable.concerns
    ]


def concern_reforms(cable: CuratedCable) -> Iterator[Row]:
    for one in cable.concerns:
        for slug in one.reforms:
            yield {"concern_id": one.id, "reform_id": slug}


def concern_raisers(cable: CuratedCable) -> Iterator[Row]:
    for one in cable.concerns:
        for place, who in enumerate(one.raised_by):
            yield {"concern_id": one.id, "ordinal": place, **party(who)}
