"""Writer of a record's rows with its child rows, for loads and for publishing."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, true

from app.models import (
    Event,
    EventConflict,
    EventOutcome,
    EventSource,
    Participation,
    Recommendation,
    RecommendationAddressee,
    RecommendationBody,
    RecommendationProposer,
    RecommendationReform,
    RecommendationRelation,
    RecommendationTarget,
    RecommendationTopic,
    SearchEntry,
    Source,
    Statistic,
    StatisticSpeaker,
)
from app.records.history import without
from app.records.reconcile import Reconciler, Row
from app.records.registry import Registry
from app.records.rows import panels as panel_rows
from app.records.rows import recommendations as ask_rows
from app.records.rows import reforms as reform_rows
from app.records.rows import search as search_rows
from app.records.rows import statistics as statistic_rows
from app.records.rows.reforms import EventCableInfo
from app.records.schemas.cables import Curated, ParticipationEntry, RecommendationEntry, StatisticEntry
from app.vocabulary import Aspect, Editable

EntryT = TypeVar("EntryT", bound=Curated)
LOAD_LOCK = 7192_2008
"""Key of the advisory lock of a load. Publishing takes it in shared mode, since a load may change what it reads."""
FOLLOWUP_COLUMNS = frozenset({"position", "position_anchor_id", "implementation", "implementation_source", "state"})
"""Follow-up columns of a recommendation; a change to its words leaves them unchanged."""


def write_recommendations(  # noqa: PLR0913 - what is written and what is left alone, each by its name
    sync: Reconciler,
    cable_id: str,
    asks: Sequence[RecommendationEntry],
    *,
    names: dict[str, str],
    leave: frozenset[str] = frozenset(),
    followed: Mapping[str, set[Aspect]] = MappingProxyType({}),
) -> None:
    """Writes recommendations of a cable with their child rows.

    Columns in `leave` stay unchanged, and so do those of `followed` aspects.
    """
    ids = [ask.id for ask in asks]
    rows = ask_rows.recommendations(cable_id, asks, names=names)
    wanted = [{name: value for name, value in row.items() if name not in leave} for row in without(rows, followed)]
    changed = sync.rows(Recommendation, wanted, within=Recommendation.id.in_(ids), keep=True)
    children: list[tuple[Any, Iterable[Row]]] = [
        (RecommendationTarget, ask_rows.targets(asks)),
        (RecommendationAddressee, ask_rows.addressees(asks)),
        (RecommendationProposer, ask_rows.proposers(asks)),
        (RecommendationBody, ask_rows.bodies(asks)),
        (RecommendationTopic, ask_rows.topics(asks)),
        (RecommendationReform, ask_rows.recommended_reforms(asks)),
        (RecommendationRelation, ask_rows.relations(asks)),
    ]
    for model, rows_of_it in children:
        changed |= sync.rows(model, rows_of_it, within=model.recommendation_id.in_(ids))
    sync.touch(Recommendation, {key[0] for key in changed})


def write_statistics(
    sync: Reconciler, cable_id: str, figures: Sequence[StatisticEntry], *, within: Callable[[Any], ColumnElement[bool]]
) -> None:
    """Writes figures of a cable with their speakers; replaces those whose ids match `within`."""
    there = [figure for figure in figures if not figure.withdrawn]
    rows = statistic_rows.statistics(cable_id, there)
    changed = sync.rows(Statistic, rows, within=within(Statistic.id))
    speakers = statistic_rows.speakers(there)
    changed |= sync.rows(StatisticSpeaker, speakers, within=within(StatisticSpeaker.statistic_id))
    sync.touch(Statistic, {key[0] for key in changed})


def write_participations(
    sync: Reconciler,
    cable_id: str,
    roundtable_id: str,
    parts: Sequence[ParticipationEntry],
    *,
    within: ColumnElement[bool],
) -> None:
    """Writes participations in a roundtable; replaces the rows that match `within`."""
    there = [part for part in parts if not part.withdrawn]
    changed = sync.rows(Participation, panel_rows.participations(cable_id, roundtable_id, there), within=within)
    sync.touch(Participation, {key[0] for key in changed})


def write_events(sync: Reconciler, registry: Registry, event_cables: Mapping[str, EventCableInfo]) -> None:
    """Writes all events with their child rows, since events affect each other, and the registry's search entries."""
    sync.rows(Source, reform_rows.sources(registry), within=true())
    changed = sync.rows(Event, reform_rows.events(registry, event_cables), within=true())
    changed |= sync.rows(EventSource, reform_rows.event_sources(registry), within=true())
    changed |= sync.rows(EventConflict, reform_rows.event_conflicts(registry), within=true())
    changed |= sync.rows(EventOutcome, reform_rows.event_outcomes(registry), within=true())
    sync.touch(Event, {key[0] for key in changed})
    of_cables = SearchEntry.kind.in_(search_rows.CABLE_KINDS)
    sync.rows(SearchEntry, search_rows.of_registry(registry, event_cables), within=~of_cables)


def content_of(entry: Curated) -> dict[str, Any]:
    """Returns the content of a record for storage. It omits defaults, so that a new field changes no stored content."""
    return entry.model_dump(mode="json", exclude_defaults=True)


def entry_of(shape: type[EntryT], content: Mapping[str, Any]) -> EntryT:
    """Validates the content as an entry; null becomes the default of a field that has one."""
    fields = shape.model_fields
    members = {name: value for name, value in content.items() if value is not None or fields[name].is_required()}
    return shape.model_validate(members)


def entries_of(collection: str, records: Iterable[Any]) -> Iterator[Row]:
    """Yields the contents of the records of a collection."""
    for record in records:
        yield {"collection": collection, "record_id": record.id, "content": content_of(record)}


def entries_of_registry(registry: Registry) -> Iterator[Row]:
    """Yields the contents of the records that all cables share."""
    yield from entries_of("organizations", registry.organizations)
    yield from entries_of("people", registry.people)
    yield from entries_of("reforms", registry.reforms)
    yield from entries_of("sources", registry.sources)
    yield from entries_of(Editable.EVENTS, registry.events)
