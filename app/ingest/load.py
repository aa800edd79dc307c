"""Loader of curated facts: writes all rows in one transaction; a repeated load changes nothing."""

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import Engine, func, insert, select, text, true, update

from app.ingest.edits import EditMerger
from app.ingest.fingerprint import newest_load
from app.models import (
    Anchor,
    Assessment,
    Base,
    Cable,
    Concern,
    ConcernRaiser,
    ConcernReform,
    Damage,
    FollowUp,
    FollowUpBody,
    HeaderField,
    Load,
    Organization,
    OrganizationName,
    Panel,
    PanelParagraph,
    PanelSession,
    Paragraph,
    Participation,
    Person,
    PersonName,
    Reading,
    Recommendation,
    RecordContent,
    Reform,
    ReformRound,
    Roundtable,
    SearchEntry,
    Section,
    Witness,
)
from app.records.curated_cable import CuratedCable
from app.records.history import enter_positions, followed_up, keep_news
from app.records.reconcile import Reconciler, RowCounts
from app.records.registry import Registry
from app.records.rows import cables as cable_rows
from app.records.rows import panels as panel_rows
from app.records.rows import parties as party_rows
from app.records.rows import reforms as reform_rows
from app.records.rows import search as search_rows
from app.records.rows.reforms import EventCableInfo
from app.records.types import CABLE_COLLECTIONS, entries_of_cable
from app.records.writer import (
    LOAD_LOCK,
    entries_of_registry,
    write_events,
    write_participations,
    write_recommendations,
    write_statistics,
)
from app.vocabulary import Publication


@dataclass(frozen=True)
class Loaded:
    """Result of a load."""

    cables: int
    recommendations: int
    tally: RowCounts
    differences: list[str]
    """Fields that changed in the files, but keep the value that a person published."""


def load(engine: Engine, registry: Registry, cables: Iterable[CuratedCable], *, fingerprint: str) -> Loaded:
    """Loads the registry, then each cable as it is read, in one transaction."""
    loaded: dict[str, int] = {}
    event_cables: dict[str, EventCableInfo] = {}
    with engine.begin() as connection:
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": LOAD_LOCK})
        connection.execute(text("SET CONSTRAINTS ALL DEFERRED"))
        sync = Reconciler(connection)
        overlay = EditMerger(connection)
        registry = overlay.over_events(registry)
        _load_registry(sync, registry)
        for curated in cables:
            cable = overlay.over(curated)
            _load_whole(sync, cable, registry)
            loaded[cable.id] = sum(not ask.withdrawn for ask in cable.recommendations)
            # After the load of a cable, only its events still need data of it.
            if cable.events:
                event_cables[cable.id] = EventCableInfo(cable.sent_on, cable.cable_text.markings)
        overlay.finish()
        write_events(sync, registry, event_cables)
        tally = sync.finish()
        for cable_id in loaded:
            keep_news(connection, cable_id)
        if connection.scalar(newest_load()) != fingerprint:
            connection.execute(insert(Load).values(fingerprint=fingerprint))
        if tally.changed:
            # Autovacuum gathers statistics only after a minute; until then PostgreSQL would plan for empty tables.
            connection.execute(text(f"ANALYZE {', '.join(Base.metadata.tables)}"))
    return Loaded(len(loaded), sum(loaded.values()), tally, overlay.differences)


def _load_whole(sync: Reconciler, cable: CuratedCable, registry: Registry) -> None:
    """Loads a cable with all its records except events."""
    _load_cable(sync, cable)
    _load_roundtable(sync, cable)
    _load_recommendations(sync, cable, registry)
    _load_concerns(sync, cable)
    _load_statistics(sync, cable)
    _load_entries(sync, cable)
    _load_search(sync, cable, registry)


def _load_registry(sync: Reconciler, registry: Registry) -> None:
    sync.rows(Organization, party_rows.organizations(registry), within=true())
    sync.rows(OrganizationName, party_rows.names(registry.organizations, key="organization_id"), within=true())
    sync.rows(Person, party_rows.people(registry), within=true())
    sync.rows(PersonName, party_rows.names(registry.people, key="person_id"), within=true())
    sync.rows(Reform, reform_rows.reforms(registry), within=true())
    sync.rows(ReformRound, reform_rows.rounds(registry), within=true())
    sync.rows(RecordContent, entries_of_registry(registry), within=~RecordContent.collection.in_(CABLE_COLLECTIONS))


def _load_cable(sync: Reconciler, cable: CuratedCable) -> None:
    own = cable.manifest.cable
    sync.rows(Cable, [cable_rows.cable(cable)], within=Cable.id == own)
    sync.rows(Witness, [cable_rows.witness(cable)], within=Witness.cable_id == own, keep=True)
    sync.rows(HeaderField, cable_rows.header_fields(cable), within=HeaderField.cable_id == own)
    sync.rows(Section, cable_rows.sections(cable), within=Section.cable_id == own)
    sync.rows(Paragraph, cable_rows.paragraphs(cable), within=Paragraph.cable_id == own)
    sync.rows(Damage, cable_rows.damages(cable), within=Damage.cable_id == own)
    sync.rows(Reading, cable_rows.readings(cable), within=Reading.cable_id == own)


def _load_roundtable(sync: Reconciler, cable: CuratedCable) -> None:
    own = cable.manifest.cable
    held = cable.roundtable.roundtable.id
    # Keep the anchors of recommendations that are no longer curated.
    curated = func.split_part(Anchor.id, ":", 1).in_([ask.id for ask in cable.recommendations])
    others = ~(Anchor.id.startswith(f"{own}-R") | Anchor.id.startswith(f"{own}-A"))
    # Keep the anchors of assessments.
    cited = Anchor.id.in_(select(Assessment.anchor_id))
    anchors = cable_rows.anchors(own, cable.anchors.values())
    in_use = cited & Anchor.id.not_in([one["id"] for one in anchors])
    sync.rows(Anchor, anchors, within=(Anchor.cable_id == own) & (curated | others) & ~in_use)
    sync.rows(Roundtable, [panel_rows.roundtable(cable)], within=Roundtable.cable_id == own)
    sync.rows(Panel, panel_rows.panels(cable), within=Panel.roundtable_id == held)
    sync.rows(PanelSession, panel_rows.panel_sessions(cable), within=PanelSession.panel_id.startswith(f"{own}-P"))
    sync.rows(PanelParagraph, panel_rows.panel_paragraphs(cable), within=PanelParagraph.cable_id == own)
    write_participations(sync, own, held, cable.participations, within=Participation.roundtable_id == held)
    sync.rows(FollowUp, panel_rows.follow_ups(cable), within=FollowUp.roundtable_id == held)
    sync.rows(
        FollowUpBody,
        panel_rows.follow_up_bodies(cable),
        within=FollowUpBody.follow_up_id.startswith(f"{own}-F"),
    )


def _load_recommendations(sync: Reconciler, cable: CuratedCable, registry: Registry) -> None:
    """Loads recommendations with their child rows.

    A recommendation missing in the files is withdrawn, never deleted.
    """
    own = cable.manifest.cable
    asks = cable.recommendations
    followed = followed_up(sync, within=Assessment.recommendation_id.startswith(f"{own}-"))
    write_recommendations(sync, own, asks, names=registry.names(), followed=followed)
    sync.touch(Recommendation, enter_positions(sync, cable, followed=followed))
    dropped = (
        update(Recommendation)
        .where(
            Recommendation.cable_id == own,
            Recommendation.id.not_in([ask.id for ask in asks]),
            Recommendation.publication != Publication.WITHDRAWN,
        )
        .values(publication=Publication.WITHDRAWN, updated_at=text("now()"))
    )
    sync.tally.updated += sync.connection.execute(dropped).rowcount


def _load_concerns(sync: Reconciler, cable: CuratedCable) -> None:
    own = f"{cable.manifest.cable}-C"
    sync.rows(Concern, reform_rows.concerns(cable), within=Concern.id.startswith(own))
    sync.rows(ConcernReform, reform_rows.concern_reforms(cable), within=ConcernReform.concern_id.startswith(own))
    sync.rows(ConcernRaiser, reform_rows.concern_raisers(cable), within=ConcernRaiser.concern_id.startswith(own))


def _load_statistics(sync: Reconciler, cable: CuratedCable) -> None:
    own = cable.manifest.cable
    write_statistics(sync, own, cable.statistics, within=lambda ids: ids.startswith(f"{own}-S"))


def _load_entries(sync: Reconciler, cable: CuratedCable) -> None:
    own = RecordContent.collection.in_(CABLE_COLLECTIONS) & RecordContent.record_id.startswith(
        f"{cable.manifest.cable}-"
    )
    sync.rows(RecordContent, entries_of_cable(cable), within=own)


def _load_search(sync: Reconciler, cable: CuratedCable, registry: Registry) -> None:
    of_cables = SearchEntry.kind.in_(search_rows.CABLE_KINDS)
    own = of_cables & SearchEntry.record_id.startswith(f"{cable.manifest.cable}-")
    sync.rows(SearchEntry, search_rows.of_cable(cable, registry), within=own)
