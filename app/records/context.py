"""Validation context of a single record, loaded from the database."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache

from sqlalchemy import Connection, exists, select

from app.cable_parser import ParsedCable, parse_cable
from app.cable_parser.model import Range
from app.models import (
    Cable,
    Event,
    Panel,
    PanelParagraph,
    Paragraph,
    Reading,
    Recommendation,
    RecordContent,
    Roundtable,
    Witness,
)
from app.records.cable_text import NO_CABLE, CableText, LocatedMisprint
from app.records.registry import Registry
from app.records.rows.reforms import EventCableInfo
from app.records.schemas.cables import OrganizationEntry, PersonEntry, ReadingEntry
from app.records.schemas.reforms import EventEntry, ReformEntry, SourceEntry
from app.vocabulary import Publication


class NotLoaded(Exception):
    """Raised if the record contents are not stored yet: this release has not loaded the data."""


@dataclass(frozen=True)
class ValidationContext:
    """Validation context: a cable, and everything that its records may refer to."""

    registry: Registry
    cable_text: CableText
    roundtable: str = ""
    """Id of the roundtable that the cable reports."""
    panels: frozenset[int] = frozenset()
    """Numbers of its panels."""
    panel_of: Mapping[str, int] = field(default_factory=dict)
    """Panel number of each paragraph that reports a panel, by label."""
    event_cables: Mapping[str, EventCableInfo] = field(default_factory=dict)
    """Data of the cables that events rest on; empty unless the context is for events."""

    @property
    def cable(self) -> str:
        return self.cable_text.cable


@lru_cache(maxsize=8)
def _read(text: str) -> ParsedCable:
    return parse_cable(text)


def cable_context(connection: Connection, cable_id: str) -> ValidationContext | None:
    """Returns the context of a cable's records; None if the cable does not exist."""
    cable_text = _cable_text(connection, cable_id)
    if cable_text is None:
        return None
    held = connection.scalar(select(Roundtable.id).where(Roundtable.cable_id == cable_id))
    of_paragraphs = (
        select(PanelParagraph.paragraph, Panel.number)
        .join(Panel, Panel.id == PanelParagraph.panel_id)
        .where(PanelParagraph.cable_id == cable_id)
    )
    panels = connection.scalars(select(Panel.number).where(Panel.cable_id == cable_id))
    return ValidationContext(
        _registry(connection),
        cable_text,
        roundtable=held or "",
        panels=frozenset(panels),
        panel_of={row.paragraph: row.number for row in connection.execute(of_paragraphs)},
    )


def event_context(connection: Connection, cable_id: str | None) -> ValidationContext | None:
    """Returns the context of events that rest on this cable, or on no cable; None if the cable does not exist."""
    cable_text = NO_CABLE if cable_id is None else _cable_text(connection, cable_id)
    if cable_text is None:
        return None
    registry = _registry(connection, events=True)
    if not registry.events and connection.scalar(select(exists().where(Event.id.is_not(None)))):
        raise NotLoaded
    cited = {event.cable for event in registry.events if event.cable is not None} | ({cable_id} - {None})
    sent = select(Cable.id, Cable.sent_at).where(Cable.id.in_(cited))
    markings: dict[str, dict[str, str]] = {}
    for row in connection.execute(
        select(Paragraph.cable_id, Paragraph.label, Paragraph.marking).where(Paragraph.cable_id.in_(cited))
    ):
        markings.setdefault(row.cable_id, {})[row.label] = row.marking
    event_cables = {row.id: EventCableInfo(row.sent_at.date(), markings[row.id]) for row in connection.execute(sent)}
    return ValidationContext(registry, cable_text, event_cables=event_cables)


def _cable_text(connection: Connection, cable_id: str) -> CableText | None:
    copy = select(Witness.text).join(Cable, Cable.witness_id == Witness.id).where(Cable.id == cable_id)
    text = connection.scalar(copy)
    if text is None:
        return None
    of_paragraphs = select(Paragraph.label, Paragraph.marking).where(Paragraph.cable_id == cable_id)
    stored = {row.label: row.marking for row in connection.execute(of_paragraphs)}
    found = _read(text)
    # Use the stored markings: the load knew which doubts a person had reviewed.
    paragraphs = tuple(replace(one, marking=stored.get(one.label, one.marking)) for one in found.paragraphs)
    return CableText(cable_id, text, replace(found, paragraphs=paragraphs), list(_readings(connection, cable_id)))


def _readings(connection: Connection, cable_id: str) -> Iterable[LocatedMisprint]:
    found = select(Reading).where(Reading.cable_id == cable_id).order_by(Reading.ordinal)
    for row in connection.execute(found):
        entry = ReadingEntry(paragraph=row.paragraph, original=row.original, reading=row.reading, note=row.note)
        yield LocatedMisprint(entry, tuple(Range(one.lower, one.upper) for one in row.ranges))


def _registry(connection: Connection, *, events: bool = False) -> Registry:
    """Returns the registry from the database. Events are optional, since only events refer to them."""
    kinds = ("organizations", "people", "reforms", "sources", *(("events",) if events else ()))
    of: dict[str, list[object]] = {kind: [] for kind in (*kinds, "events")}
    for collection, content in connection.execute(
        select(RecordContent.collection, RecordContent.content)
        .where(RecordContent.collection.in_(kinds))
        .order_by(RecordContent.record_id)
    ):
        of[collection].append(content)
    return Registry(
        organizations=[OrganizationEntry.model_validate(one) for one in of["organizations"]],
        people=[PersonEntry.model_validate(one) for one in of["people"]],
        reforms=[ReformEntry.model_validate(one) for one in of["reforms"]],
        sources=[SourceEntry.model_validate(one) for one in of["sources"]],
        events=[EventEntry.model_validate(one) for one in of["events"]],
    )


def unknown_recommendations(connection: Connection, ids: Iterable[str]) -> set[str]:
    """Returns the ids that belong to no published recommendation."""
    published = Recommendation.publication == Publication.PUBLISHED
    found = connection.scalars(select(Recommendation.id).where(Recommendation.id.in_(list(ids)), published))
    return set(ids) - set(found)
