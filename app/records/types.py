"""Record types: validation and writing of a single record, with the same rules as a load."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Connection, text

from app.models import Anchor, Entry, Event, Participation, Recommendation, SearchEntry, Statistic
from app.records.context import (
    Ground,
    ground_of,
    ground_of_events,
    unknown_recommendations,
)
from app.records.errors import Faults
from app.records.event_validation import Known, check_event
from app.records.reconcile import Sync
from app.records.rows import cables as cable_rows
from app.records.rows import search as search_rows
from app.records.schemas.cables import ParticipationEntry, RecommendationEntry, StatisticEntry
from app.records.schemas.reforms import EventEntry
from app.records.validation import (
    Check,
    check_participation,
    check_recommendation,
    check_statistic,
)
from app.records.writer import (
    STANDING,
    content_of,
    write_events,
    write_participations,
    write_recommendations,
    write_statistics,
)
from app.vocabulary import Editable, RecordKind

CITING = ("quote", "lead-in")
"""Roles of the quotes that a change can replace."""
OF_NO_REFORM = "general"
"""Id prefix of events that belong to no reform."""


@dataclass(frozen=True)
class Kind:
    """Record type of an editable collection."""

    shape: type[Any]
    model: type[Any]
    number: str
    """Format of the number in the id of a new record, after the prefix."""
    same: tuple[str, ...]
    """Fields that must not all be equal in two records of the same cable or reform."""
    check: Callable[[Connection, Faults, Ground, Any], None]
    write: Callable[[Sync, Ground, Any, bool], None]
    """Writes the record; the last argument is true if the record exists already."""
    cited: str = ""
    """Field with the quote that the record rests on; empty if the record itself has it."""
    of_cable: bool = True
    """True if records belong to a cable. Otherwise they belong to a reform, and are published one after the other."""

    def home_of(self, given: Mapping[str, Any]) -> str:
        """Returns the id prefix of a new record."""
        return str(given["cable_id"] if self.of_cable else given.get("reform") or OF_NO_REFORM)

    def cable_of(self, record_id: str, content: Mapping[str, Any]) -> str | None:
        """Returns the cable that a record rests on, or None."""
        return record_id.rpartition("-")[0] if self.of_cable else content.get("cable")

    def ground(self, connection: Connection, cable_id: str | None) -> Ground | None:
        """Returns the validation context of a record that rests on this cable; None if the cable does not exist."""
        if self.of_cable:
            return ground_of(connection, cable_id or "")
        return ground_of_events(connection, cable_id)


def faults_of(connection: Connection, kind: Kind, entry: Any, *, ground: Ground) -> list[str]:
    """Returns the validation errors of a record; each message begins with the field."""
    faults = Faults()
    kind.check(connection, faults, ground, entry)
    return [fault.message for fault in faults.found]


def write_record(connection: Connection, collection: Editable, entry: Any, *, ground: Ground, known: bool) -> None:
    """Writes all rows of a record."""
    kind = KINDS[collection]
    connection.execute(text("SET CONSTRAINTS ALL DEFERRED"))
    sync = Sync(connection)
    anchors = ground.printed.anchors_of(entry)
    names = [f"{entry.id}:{role}" for role in CITING]
    cited = [anchors[name] for name in names if name in anchors]
    sync.rows(Anchor, cable_rows.anchors(ground.cable, cited), within=Anchor.id.in_(names))
    kind.write(sync, ground, entry, known)
    own = (Entry.collection == collection) & (Entry.record_id == entry.id)
    content = {"collection": collection.value, "record_id": entry.id, "content": content_of(entry)}
    sync.rows(Entry, [content], within=own)
    sync.touch(kind.model, {entry.id})
    sync.finish()


def _check(ground: Ground, faults: Faults) -> Check:
    return Check(ground.registry, folder="", faults=faults)


def _check_ask(connection: Connection, faults: Faults, ground: Ground, ask: RecommendationEntry) -> None:
    unknown = unknown_recommendations(connection, {one.id for one in ask.related})
    check_recommendation(_check(ground, faults), ask, panel=ground.panel_of.get(ask.paragraph), unknown=unknown)


def _write_ask(sync: Sync, ground: Ground, ask: RecommendationEntry, known: bool) -> None:  # noqa: FBT001 - see Kind
    leave = STANDING if known else frozenset()
    write_recommendations(sync, ground.cable, [ask], names=ground.registry.names(), leave=leave)
    entries = search_rows.of_recommendation(
        ground.printed, ask, anchors=ground.printed.anchors_of(ask), registry=ground.registry
    )
    own = (SearchEntry.kind == RecordKind.RECOMMENDATION) & (SearchEntry.record_id == ask.id)
    sync.rows(SearchEntry, [] if ask.withdrawn else entries, within=own)


def _check_figure(_: Connection, faults: Faults, ground: Ground, figure: StatisticEntry) -> None:
    paragraph = next((one.text for one in ground.printed.finding.paragraphs if one.label == figure.paragraph), "")
    check_statistic(_check(ground, faults), figure, paragraph=paragraph)


def _write_figure(sync: Sync, ground: Ground, figure: StatisticEntry, _known: bool) -> None:  # noqa: FBT001 - see Kind
    write_statistics(sync, ground.cable, [figure], within=lambda ids: ids == figure.id)


def _check_part(_: Connection, faults: Faults, ground: Ground, part: ParticipationEntry) -> None:
    check_participation(_check(ground, faults), part, panels=set(ground.panels))


def _write_part(sync: Sync, ground: Ground, part: ParticipationEntry, _known: bool) -> None:  # noqa: FBT001 - see Kind
    write_participations(sync, ground.cable, ground.roundtable, [part], within=Participation.id == part.id)


def _check_event(connection: Connection, faults: Faults, ground: Ground, event: EventEntry) -> None:
    bearing = {one.recommendation for one in event.outcome_of}
    asks = bearing - unknown_recommendations(connection, bearing)
    check_event(event, Known.of(_with(ground, event).registry, asks=asks), faults=faults)


def _write_event(sync: Sync, ground: Ground, event: EventEntry, _known: bool) -> None:  # noqa: FBT001 - see Kind
    write_events(sync, _with(ground, event).registry, ground.tellings)


def _with(ground: Ground, event: EventEntry) -> Ground:
    """Returns the context with the new state of an event."""
    others = [one for one in ground.registry.events if one.id != event.id]
    return replace(ground, registry=replace(ground.registry, events=[*others, event]))


KINDS: dict[Editable, Kind] = {
    Editable.RECOMMENDATIONS: Kind(
        RecommendationEntry,
        Recommendation,
        "A{:03}",
        same=("paragraph", "quote", "occurrence", "text"),
        check=_check_ask,
        write=_write_ask,
    ),
    Editable.STATISTICS: Kind(
        StatisticEntry,
        Statistic,
        "SA{:02}",
        same=("paragraph", "quote", "occurrence", "what"),
        check=_check_figure,
        write=_write_figure,
    ),
    Editable.PARTICIPATIONS: Kind(
        ParticipationEntry,
        Participation,
        "PTA{:02}",
        same=("panel", "capacity", "person", "organization", "on_behalf_of", "description"),
        check=_check_part,
        write=_write_part,
        cited="citation",
    ),
    Editable.EVENTS: Kind(
        EventEntry,
        Event,
        "EA{:02}",
        same=("text", "kind", "date", "latest"),
        check=_check_event,
        write=_write_event,
        cited="cite",
        of_cable=False,
    ),
}
"""Record type of each editable collection. To add one: add a line here, its schemas, and its endpoints."""
