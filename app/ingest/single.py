"""A single record as the service changes it: checked as the curated files are, and written as a load writes it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, text

from app.ingest.curation.relations import Check, check_recommendation, check_statistic
from app.ingest.curation.shapes import RecommendationEntry, StatisticEntry
from app.ingest.faults import Faults
from app.ingest.ground import Ground, unknown_recommendations
from app.ingest.records import STANDING, content_of, write_recommendations, write_statistics
from app.ingest.rows import cables as cable_rows
from app.ingest.rows import search as search_rows
from app.ingest.sync import Sync
from app.models import Anchor, Entry, Recommendation, SearchEntry, Statistic
from app.vocabulary import Editable, RecordKind

CITING = ("quote", "lead-in")
"""The roles of the words that a change can replace."""


@dataclass(frozen=True)
class Kind:
    """A collection whose records people make and change: what is particular to it."""

    shape: type[Any]
    model: type[Any]
    number: str
    """How the id of one that is made here goes on after its cable's: a form for the number."""
    says: str
    """The field that holds our own sentence."""
    check: Callable[[Connection, Check, Ground, Any], None]
    write: Callable[[Sync, Ground, Any, bool], None]
    """The last argument says whether the record is there already."""


def faults_of(connection: Connection, kind: Kind, entry: Any, *, ground: Ground) -> list[str]:
    """What a record says and is not so, in words that begin with the field."""
    faults = Faults()
    kind.check(connection, Check(ground.registry, folder="", faults=faults), ground, entry)
    return [fault.message for fault in faults.found]


def write_record(connection: Connection, collection: Editable, entry: Any, *, ground: Ground, known: bool) -> None:
    """Makes all rows of a record what its entry says."""
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


def _check_ask(connection: Connection, check: Check, ground: Ground, ask: RecommendationEntry) -> None:
    unknown = unknown_recommendations(connection, {one.id for one in ask.related})
    check_recommendation(check, ask, panel=ground.panel_of.get(ask.paragraph), unknown=unknown)


def _write_ask(sync: Sync, ground: Ground, ask: RecommendationEntry, known: bool) -> None:  # noqa: FBT001 - see Kind
    leave = STANDING if known else frozenset()
    write_recommendations(sync, ground.cable, [ask], names=ground.registry.names(), leave=leave)
    entries = search_rows.of_recommendation(
        ground.printed, ask, anchors=ground.printed.anchors_of(ask), registry=ground.registry
    )
    own = (SearchEntry.kind == RecordKind.RECOMMENDATION) & (SearchEntry.record_id == ask.id)
    sync.rows(SearchEntry, [] if ask.withdrawn else entries, within=own)


def _check_figure(_: Connection, check: Check, ground: Ground, figure: StatisticEntry) -> None:
    paragraph = next((one.text for one in ground.printed.finding.paragraphs if one.label == figure.paragraph), "")
    check_statistic(check, figure, paragraph=paragraph)


def _write_figure(sync: Sync, ground: Ground, figure: StatisticEntry, _known: bool) -> None:  # noqa: FBT001 - see Kind
    write_statistics(sync, ground.cable, [figure], within=lambda ids: ids == figure.id)


KINDS: dict[Editable, Kind] = {
    Editable.RECOMMENDATIONS: Kind(
        RecommendationEntry, Recommendation, "A{:03}", "text", check=_check_ask, write=_write_ask
    ),
    Editable.STATISTICS: Kind(StatisticEntry, Statistic, "SA{:02}", "what", check=_check_figure, write=_write_figure),
}
"""Every collection that can be edited. A further one is a line here, its shapes, and its addresses."""
