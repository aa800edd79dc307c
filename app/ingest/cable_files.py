"""Curated facts of one cable with their anchors; collects all errors that prevent its load."""

from collections.abc import Iterable
from pathlib import Path

from app.cable_parser import ParsedCable
from app.cable_parser.model import Range
from app.ingest.stored_copy import read_copy, refuse_classified
from app.records.anchors import Anchored, FoldedText, QuoteNotFound
from app.records.cable_text import LocatedMisprint, QuotingEntry, quotes_of
from app.records.curated_cable import CuratedCable
from app.records.errors import IssueCollector
from app.records.registry import Registry, event_file
from app.records.schemas import cables
from app.records.schemas.reforms import ConcernsFile, EventEntry
from app.records.validation import CuratedFacts, check_relations
from app.records.yaml_files import FileT, read_file


def read_curated(data: Path, cable_id: str, *, registry: Registry, faults: IssueCollector) -> CuratedCable | None:
    """Reads the files of one cable, validates their references, and anchors their quotes in the stored copy."""
    source, curated = f"sources/{cable_id}", f"curated/{cable_id}"
    if refuse_classified(data / source, name=source, faults=faults):
        return None
    manifest = _read(data, f"{source}/manifest.yaml", cables.WitnessFile, faults=faults)
    elsewhere = _read(data, f"{source}/header.yaml", cables.HeaderElsewhereFile, faults=faults)
    copy = read_copy(data / source, manifest, cable_id=cable_id, elsewhere=elsewhere, faults=faults)
    if faults.documents:
        return None
    facts = _read_facts(data, curated, faults=faults)
    if not (manifest and elsewhere and facts and copy):
        return None
    check_relations(registry, cable_id, copy[1], facts=facts, faults=faults)
    events = [event for event in registry.events if event.cable == cable_id]
    anchoring = _Anchoring(*copy, folder=curated, faults=faults)
    anchoring.anchor_roundtable(facts.roundtable, facts.follow_up)
    for file, entries in (
        ("participations.yaml", facts.parts.participations),
        ("recommendations.yaml", facts.asked.recommendations),
        ("concerns.yaml", facts.concerns.concerns),
        ("statistics.yaml", facts.statistics.statistics),
    ):
        anchoring.anchor_each(file, entries)
    anchoring.anchor_events(events)
    return CuratedCable(
        manifest=manifest,
        text=copy[0],
        finding=copy[1],
        elsewhere=elsewhere.header,
        roundtable=facts.roundtable,
        participations=facts.parts.participations,
        recommendations=facts.asked.recommendations,
        follow_up=facts.follow_up.follow_up,
        readings=anchoring.place_readings(facts.readings),
        concerns=facts.concerns.concerns,
        statistics=facts.statistics.statistics,
        events=events,
        anchors=anchoring.anchors,
    )


def _read(data: Path, name: str, shape: type[FileT], *, faults: IssueCollector) -> FileT | None:
    return read_file(data / name, shape, name=name, faults=faults)


def _read_facts(data: Path, folder: str, *, faults: IssueCollector) -> CuratedFacts | None:
    """Reads the curated files of one cable; reads all of them, so that all errors are reported."""
    roundtable = _read(data, f"{folder}/roundtable.yaml", cables.RoundtableFile, faults=faults)
    parts = _read(data, f"{folder}/participations.yaml", cables.ParticipationsFile, faults=faults)
    asked = _read(data, f"{folder}/recommendations.yaml", cables.RecommendationsFile, faults=faults)
    readings = _read(data, f"{folder}/readings.yaml", cables.ReadingsFile, faults=faults)
    follow_up = _read(data, f"{folder}/follow_up.yaml", cables.FollowUpFile, faults=faults)
    concerns = _read(data, f"{folder}/concerns.yaml", ConcernsFile, faults=faults)
    statistics = _read(data, f"{folder}/statistics.yaml", cables.StatisticsFile, faults=faults)
    if not (roundtable and parts and asked and readings and follow_up and concerns and statistics):
        return None
    return CuratedFacts(roundtable, parts, asked, readings, follow_up, concerns, statistics)


class _Anchoring:
    """Locates every quote of one cable, and adds an error for each quote that is missing or ambiguous."""

    def __init__(self, text: str, finding: ParsedCable, *, folder: str, faults: IssueCollector) -> None:
        self._texts = {one.label: FoldedText(text, one.places) for one in finding.paragraphs}
        first = finding.paragraphs[0].places[0].start
        self._header = FoldedText(text, (Range(0, first),))
        self._folder = folder
        self._faults = faults
        self.anchors: dict[str, Anchored] = {}

    def anchor_roundtable(self, roundtable: cables.RoundtableFile, follow_up: cables.FollowUpFile) -> None:
        self._anchor("roundtable.yaml", roundtable.roundtable.id, roundtable.roundtable.citation)
        if roundtable.roundtable.attendance:
            attendance = roundtable.roundtable.attendance.citation
            self._anchor("roundtable.yaml", roundtable.roundtable.id, attendance, role="attendance")
        for panel in roundtable.panels:
            self._anchor("roundtable.yaml", panel.id, panel.citation)
            for place, session in enumerate(panel.sessions, start=1):
                self._anchor("roundtable.yaml", panel.id, session.citation, role=f"session-{place}")
        for plan in follow_up.follow_up:
            self._anchor("follow_up.yaml", plan.id, plan.citation)

    def anchor_each(self, file: str, entries: Iterable[QuotingEntry]) -> None:
        for entry in entries:
            for role, _field, cited in quotes_of(entry):
                self._anchor(file, entry.id, cited, role=role)

    def anchor_events(self, events: Iterable[EventEntry]) -> None:
        for event in events:
            self.anchor_each(event_file(event), [event])

    def _anchor(self, file: str, record: str, cited: cables.Cited, *, role: str = "quote") -> None:
        ranges = self._find(file, record, cited.paragraph, cited.quote, occurrence=cited.occurrence)
        if ranges:
            name = f"{record}:{role}"
            self.anchors[name] = Anchored(name, cited.paragraph, cited.quote, ranges)

    def place_readings(self, readings: cables.ReadingsFile) -> list[LocatedMisprint]:
        placed = []
        for entry in readings.readings:
            ranges = self._find("readings.yaml", "", entry.paragraph, entry.original, occurrence=entry.occurrence)
            if ranges:
                placed.append(LocatedMisprint(entry, ranges))
        return placed

    def _find(
        self, file: str, record: str, label: str | None, quote: str, *, occurrence: int | None
    ) -> tuple[Range, ...]:
        folded = self._header if label is None else self._texts.get(label)
        name = file if "/" in file else f"{self._folder}/{file}"
        if folded is None:
            self._faults.add(name, record, f"there is no paragraph {label}")
            return ()
        try:
            return folded.find(quote, occurrence=occurrence)
        except QuoteNotFound as missing:
            where = "the header" if label is None else f"paragraph {label}"
            self._faults.add(name, record, f"in {where}: {missing}")
            return ()
