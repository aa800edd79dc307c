"""Record types (`RECORD_TYPES`): validation and writing of a single record, with the same rules as a load."""

from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import AsyncConnection

from app.core.etags import Versioned
from app.core.schemas import RequestModel
from app.models import Anchor, Event, Participation, Recommendation, RecordContent, SearchEntry, Statistic
from app.panels.queries import get_participation
from app.recommendations.commands import keep_versions
from app.recommendations.queries import get_recommendation
from app.records.context import ValidationContext, cable_context, event_context, unknown_recommendations
from app.records.curated_cable import CuratedCable
from app.records.errors import IssueCollector
from app.records.event_validation import KnownRecords, check_event
from app.records.reconcile import Reconciler, Row
from app.records.rows import cables as cable_rows
from app.records.rows import search as search_rows
from app.records.schemas.cables import ParticipationEntry, RecommendationEntry, StatisticEntry
from app.records.schemas.event_inputs import EventIn, EventPatch
from app.records.schemas.record_inputs import (
    ParticipationIn,
    ParticipationPatch,
    RecommendationIn,
    RecommendationPatch,
    StatisticIn,
    StatisticPatch,
)
from app.records.schemas.reforms import EventEntry
from app.records.validation import RelationCheck, check_participation, check_recommendation, check_statistic
from app.records.writer import (
    FOLLOWUP_COLUMNS,
    content_of,
    entries_of,
    write_events,
    write_participations,
    write_recommendations,
    write_statistics,
)
from app.reforms.queries import get_event
from app.statistics.queries import get_statistic
from app.vocabulary import Editable, RecordKind

QUOTE_ROLES = ("quote", "lead-in")
"""Roles of the quotes that a change can replace."""
GENERAL_HOME = "general"
"""Id prefix of events that belong to no reform."""


@dataclass(frozen=True, kw_only=True)
class RecordType:
    """Record type of an editable collection."""

    noun: str
    """Noun of a record in names and texts of the API."""
    tag: str
    """Tag of its endpoints in the OpenAPI document."""
    schema: type[Any]
    """Schema of the content, as the curated files have it."""
    body: type[RequestModel]
    """Request schema of a new record."""
    patch: type[RequestModel]
    """Request schema of a change."""
    example: str
    """Id of a record, for the OpenAPI document."""
    model: type[Any]
    get: Callable[[AsyncConnection, str], Awaitable[Versioned]]
    """Query of the published record with its version; raises if it does not exist, or was withdrawn."""
    number: str
    """Format of the number in the id of a new record, after the prefix."""
    unique_fields: tuple[str, ...]
    """Fields that must not all be equal in two records of the same cable or reform."""
    check: Callable[[Connection, IssueCollector, ValidationContext, Any], None]
    write: Callable[[Reconciler, ValidationContext, Any, bool], None]
    """Writes the record; the last argument is true if the record exists already."""
    keep_versions: Callable[[Connection, Iterable[str]], None] | None = None
    """Stores a new version of written records for their history; None if the records have no history."""
    cited: str = ""
    """Field with the quote that the record rests on; empty if the record itself has it."""
    of_cable: bool = True
    """True if records belong to a cable. Otherwise they belong to a reform, and are published one after the other."""

    @property
    def id_constraints(self) -> dict[str, Any]:
        """Constraints of the ids, as a JSON Schema: pattern, and maximum length if it is limited."""
        constraints: dict[str, Any] = self.schema.model_json_schema()["properties"]["id"]
        return constraints

    def home_of(self, members: Mapping[str, Any]) -> str:
        """Returns the id prefix of a new record."""
        return str(members["cable_id"] if self.of_cable else members.get("reform") or GENERAL_HOME)

    def cable_of(self, record_id: str, content: Mapping[str, Any]) -> str | None:
        """Returns the cable that a record rests on, or None."""
        return record_id.rpartition("-")[0] if self.of_cable else content.get("cable")

    def context(self, connection: Connection, cable_id: str | None) -> ValidationContext | None:
        """Returns the validation context of a record that rests on this cable; None if the cable does not exist."""
        if self.of_cable:
            return cable_context(connection, cable_id or "")
        return event_context(connection, cable_id)


def validate_record(connection: Connection, kind: RecordType, entry: Any, *, context: ValidationContext) -> list[str]:
    """Returns the validation errors of a record; each message begins with the field."""
    faults = IssueCollector()
    kind.check(connection, faults, context, entry)
    return [fault.message for fault in faults.found]


def write_record(
    connection: Connection, collection: Editable, entry: Any, *, context: ValidationContext, known: bool
) -> None:
    """Writes all rows of a record, and its version for the history."""
    kind = RECORD_TYPES[collection]
    connection.execute(text("SET CONSTRAINTS ALL DEFERRED"))
    sync = Reconciler(connection)
    anchors = context.cable_text.anchors_of(entry)
    names = [f"{entry.id}:{role}" for role in QUOTE_ROLES]
    cited = [anchors[name] for name in names if name in anchors]
    sync.rows(Anchor, cable_rows.anchors(context.cable, cited), within=Anchor.id.in_(names))
    kind.write(sync, context, entry, known)
    own = (RecordContent.collection == collection) & (RecordContent.record_id == entry.id)
    content = {"collection": collection.value, "record_id": entry.id, "content": content_of(entry)}
    sync.rows(RecordContent, [content], within=own)
    sync.touch(kind.model, {entry.id})
    sync.finish()
    if kind.keep_versions is not None:
        kind.keep_versions(connection, {entry.id})


def _check(context: ValidationContext, faults: IssueCollector) -> RelationCheck:
    return RelationCheck(context.registry, folder="", faults=faults)


def _check_ask(
    connection: Connection, faults: IssueCollector, context: ValidationContext, ask: RecommendationEntry
) -> None:
    unknown = unknown_recommendations(connection, {one.id for one in ask.related})
    check_recommendation(_check(context, faults), ask, panel=context.panel_of.get(ask.paragraph), unknown=unknown)


def _write_ask(sync: Reconciler, context: ValidationContext, ask: RecommendationEntry, known: bool) -> None:  # noqa: FBT001 - see RecordType
    leave = FOLLOWUP_COLUMNS if known else frozenset()
    write_recommendations(sync, context.cable, [ask], names=context.registry.names(), leave=leave)
    entries = search_rows.of_recommendation(
        context.cable_text, ask, anchors=context.cable_text.anchors_of(ask), registry=context.registry
    )
    own = (SearchEntry.kind == RecordKind.RECOMMENDATION) & (SearchEntry.record_id == ask.id)
    sync.rows(SearchEntry, [] if ask.withdrawn else entries, within=own)


def _check_figure(_: Connection, faults: IssueCollector, context: ValidationContext, figure: StatisticEntry) -> None:
    paragraph = next((one.text for one in context.cable_text.finding.paragraphs if one.label == figure.paragraph), "")
    check_statistic(_check(context, faults), figure, paragraph=paragraph)


def _write_figure(sync: Reconciler, context: ValidationContext, figure: StatisticEntry, _known: bool) -> None:  # noqa: FBT001 - see RecordType
    write_statistics(sync, context.cable, [figure], within=lambda ids: ids == figure.id)


def _check_part(_: Connection, faults: IssueCollector, context: ValidationContext, part: ParticipationEntry) -> None:
    check_participation(_check(context, faults), part, panels=set(context.panels))


def _write_part(sync: Reconciler, context: ValidationContext, part: ParticipationEntry, _known: bool) -> None:  # noqa: FBT001 - see RecordType
    write_participations(sync, context.cable, context.roundtable, [part], within=Participation.id == part.id)


def _check_event(connection: Connection, faults: IssueCollector, context: ValidationContext, event: EventEntry) -> None:
    bearing = {one.recommendation for one in event.outcome_of}
    asks = bearing - unknown_recommendations(connection, bearing)
    check_event(event, KnownRecords.of(_with(context, event).registry, asks=asks), faults=faults)


def _write_event(sync: Reconciler, context: ValidationContext, event: EventEntry, _known: bool) -> None:  # noqa: FBT001 - see RecordType
    write_events(sync, _with(context, event).registry, context.event_cables)


def _with(context: ValidationContext, event: EventEntry) -> ValidationContext:
    """Returns the context with the new state of an event."""
    others = [one for one in context.registry.events if one.id != event.id]
    return replace(context, registry=replace(context.registry, events=[*others, event]))


RECORD_TYPES: dict[Editable, RecordType] = {
    Editable.RECOMMENDATIONS: RecordType(
        noun="recommendation",
        tag="recommendations",
        schema=RecommendationEntry,
        body=RecommendationIn,
        patch=RecommendationPatch,
        example="07BEIJING7192-R001",
        model=Recommendation,
        get=get_recommendation,
        number="A{:03}",
        unique_fields=("paragraph", "quote", "occurrence", "text"),
        check=_check_ask,
        write=_write_ask,
        keep_versions=keep_versions,
    ),
    Editable.STATISTICS: RecordType(
        noun="statistic",
        tag="statistics",
        schema=StatisticEntry,
        body=StatisticIn,
        patch=StatisticPatch,
        example="07BEIJING7192-S14",
        model=Statistic,
        get=get_statistic,
        number="SA{:02}",
        unique_fields=("paragraph", "quote", "occurrence", "what"),
        check=_check_figure,
        write=_write_figure,
    ),
    Editable.PARTICIPATIONS: RecordType(
        noun="participation",
        tag="panels",
        schema=ParticipationEntry,
        body=ParticipationIn,
        patch=ParticipationPatch,
        example="07BEIJING7192-PT04",
        model=Participation,
        get=get_participation,
        number="PTA{:02}",
        unique_fields=("panel", "capacity", "person", "organization", "on_behalf_of", "description"),
        check=_check_part,
        write=_write_part,
        cited="citation",
    ),
    Editable.EVENTS: RecordType(
        noun="event",
        tag="reforms",
        schema=EventEntry,
        body=EventIn,
        patch=EventPatch,
        example="patent-law-E05",
        model=Event,
        get=get_event,
        number="EA{:02}",
        unique_fields=("text", "kind", "date", "latest"),
        check=_check_event,
        write=_write_event,
        cited="cite",
        of_cable=False,
    ),
}
"""Record type of each editable collection. Its endpoints and its drafts are derived from it."""
CABLE_COLLECTIONS = frozenset(collection for collection, kind in RECORD_TYPES.items() if kind.of_cable)
"""Collections whose records belong to a cable; the others belong to the registry."""


def entries_of_cable(cable: CuratedCable) -> Iterator[Row]:
    """Yields the contents of the editable records of a cable."""
    for collection in CABLE_COLLECTIONS:
        yield from entries_of(collection, getattr(cable, collection.value))
