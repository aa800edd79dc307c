"""Referential validation of the curated files of a cable: known slugs, unique ids, correct panels."""

from collections import Counter
from collections.abc import Iterable
from difflib import get_close_matches
from typing import NamedTuple

from app.cable_parser import ParsedCable
from app.core.edtf import edtf_bounds
from app.records.errors import IssueCollector
from app.records.registry import Registry, names_of
from app.records.schemas import cables
from app.records.schemas.reforms import ConcernsFile
from app.records.yaml_files import described
from app.vocabulary import PUBLIC_KINDS


class CuratedFacts(NamedTuple):
    """Curated files of one cable."""

    roundtable: cables.RoundtableFile
    parts: cables.ParticipationsFile
    asked: cables.RecommendationsFile
    readings: cables.ReadingsFile
    follow_up: cables.FollowUpFile
    concerns: ConcernsFile
    statistics: cables.StatisticsFile


class RelationCheck:
    """Validation context: the known slugs, and the collector of errors."""

    def __init__(self, registry: Registry, *, folder: str, faults: IssueCollector) -> None:
        self.organizations = {entry.id for entry in registry.organizations}
        self.bodies = {entry.id for entry in registry.organizations if entry.kind in PUBLIC_KINDS}
        self.people = {entry.id for entry in registry.people}
        self.reforms = {entry.id for entry in registry.reforms}
        parties: list[cables.OrganizationEntry | cables.PersonEntry] = [*registry.organizations, *registry.people]
        self._slugs = {name.lower(): entry.id for entry in parties for name, _ in names_of(entry)}
        self._folder = folder
        self._faults = faults

    def fault(self, file: str, record: str, message: str) -> None:
        self._faults.add(f"{self._folder}/{file}", record, message)

    def party(self, file: str, record: str, who: cables.ProposerEntry | cables.ParticipationEntry) -> None:
        if who.person is not None and who.person not in self.people:
            self.unknown(file, record, "person", who.person, known=self.people)
        for key, slug in (("organization", who.organization), ("on_behalf_of", who.on_behalf_of)):
            if slug is not None and slug not in self.organizations:
                self.unknown(file, record, key, slug, known=self.organizations)
        if who.person is None and who.organization is None and who.description is None:
            self.fault(file, record, "the party is missing: a person, an organization or a description is required")

    def listed(self, file: str, record: str, key: str, slugs: Iterable[str], known: set[str]) -> None:
        for slug in slugs:
            if slug not in known:
                self.unknown(file, record, key, slug, known=known)

    def unknown(self, file: str, record: str, key: str, slug: str, *, known: set[str]) -> None:
        """Adds an error for an unknown slug, and suggests the slug with this name, or the nearest one."""
        named = self._slugs.get(slug.lower())
        near = get_close_matches(slug, sorted(known), n=1)
        missing = f"is not known{self._place_of(known)}"
        if known is self.bodies and slug in self.organizations:
            missing += " as a public body: check its kind"
        elif named in known:
            missing += f"; it is a name of {named}"
        elif near:
            missing += f"; the nearest is {near[0]}"
        self.fault(file, record, f"{key}: {described(slug)} {missing}")

    def _place_of(self, known: set[str]) -> str:
        """Shared file that defines these slugs; empty if none does."""
        if known is self.people:
            return " in people.yaml"
        if known is self.reforms:
            return " in reforms.yaml"
        return " in organizations.yaml" if known is self.organizations or known is self.bodies else ""

    def once(self, file: str, ids: Iterable[str]) -> None:
        for one, times in Counter(ids).items():
            if times > 1:
                self.fault(file, one, f"this id occurs {times} times")


def check_relations(
    registry: Registry, cable_id: str, finding: ParsedCable, *, facts: CuratedFacts, faults: IssueCollector
) -> None:
    """Adds an error for each wrong reference between the files, or to the registry."""
    check = RelationCheck(registry, folder=f"curated/{cable_id}", faults=faults)
    panel_of = _check_roundtable(check, cable_id, facts.roundtable, labels={one.label for one in finding.paragraphs})
    _check_participations(check, cable_id, facts.parts, panels={panel.number for panel in facts.roundtable.panels})
    _check_recommendations(check, cable_id, facts.asked, panel_of=panel_of)
    _check_statistics(check, cable_id, facts.statistics, texts={one.label: one.text for one in finding.paragraphs})
    for plan in facts.follow_up.follow_up:
        check.listed("follow_up.yaml", plan.id, "responsible", plan.responsible, check.organizations)
    check.once("follow_up.yaml", (plan.id for plan in facts.follow_up.follow_up))
    for concern in facts.concerns.concerns:
        check.listed("concerns.yaml", concern.id, "reforms", concern.reforms, check.reforms)
        for who in concern.raised_by:
            check.party("concerns.yaml", concern.id, who)
    check.once("concerns.yaml", (concern.id for concern in facts.concerns.concerns))


def _check_roundtable(
    check: RelationCheck, cable_id: str, file: cables.RoundtableFile, *, labels: set[str]
) -> dict[str, int]:
    """Validates the roundtable. Returns the panel number of each paragraph that reports a panel."""
    name = "roundtable.yaml"
    held = file.roundtable
    check.listed(name, held.id, "host", [held.host], check.organizations)
    if held.cable != cable_id:
        check.fault(name, held.id, f"cable: {held.cable} is not the cable of this folder")
    if held.ends_on < held.starts_on:
        check.fault(name, held.id, "ends_on: the roundtable ends before it starts")
    panel_of: dict[str, int] = {}
    for panel in file.panels:
        if panel.id != f"{cable_id}-P{panel.number}":
            check.fault(name, panel.id, f"the id of panel {panel.number} must be {cable_id}-P{panel.number}")
        check.listed(name, panel.id, "paragraphs", panel.paragraphs, labels)
        for label in panel.paragraphs:
            if panel_of.setdefault(label, panel.number) != panel.number:
                check.fault(name, panel.id, f"paragraphs: {label} already reports panel {panel_of[label]}")
        for session in panel.sessions:
            check.listed(name, panel.id, f"session {session.name}", session.paragraphs, set(panel.paragraphs))
    check.once(name, (panel.id for panel in file.panels))
    return panel_of


def _check_participations(
    check: RelationCheck, cable_id: str, file: cables.ParticipationsFile, *, panels: set[int]
) -> None:
    name = "participations.yaml"
    for part in file.participations:
        if not part.id.startswith(f"{cable_id}-"):
            check.fault(name, part.id, f"the id does not start with {cable_id}-")
        check_participation(check, part, panels=panels)
    check.once(name, (part.id for part in file.participations))


def check_participation(check: RelationCheck, part: cables.ParticipationEntry, *, panels: set[int]) -> None:
    """Adds the validation errors of a participation. `panels` are those of the roundtable."""
    name = "participations.yaml"
    check.party(name, part.id, part)
    if part.panel is not None and part.panel not in panels:
        known = ", ".join(str(number) for number in sorted(panels))
        check.fault(name, part.id, f"panel: there is no panel {part.panel}; known are {known}")


def _check_recommendations(
    check: RelationCheck, cable_id: str, file: cables.RecommendationsFile, *, panel_of: dict[str, int]
) -> None:
    name = "recommendations.yaml"
    ids = {ask.id for ask in file.recommendations}
    for ask in file.recommendations:
        if not ask.id.startswith(f"{cable_id}-"):
            check.fault(name, ask.id, f"the id does not start with {cable_id}-")
        unknown = {one.id for one in ask.related if one.id.startswith(f"{cable_id}-")} - ids
        check_recommendation(check, ask, panel=panel_of.get(ask.paragraph), unknown=unknown)
    check.once(name, (ask.id for ask in file.recommendations))


def check_recommendation(
    check: RelationCheck, ask: cables.RecommendationEntry, *, panel: int | None, unknown: set[str]
) -> None:
    """Adds the validation errors of a recommendation.

    `panel` is the one that its paragraph reports; `unknown` are the related recommendations that do not exist.
    """
    name = "recommendations.yaml"
    for who in ask.proposers:
        check.party(name, ask.id, who)
    check.listed(name, ask.id, "addressees", (one.body for one in ask.addressees), check.bodies)
    check.listed(name, ask.id, "bodies", ask.bodies, check.bodies)
    check.listed(name, ask.id, "reforms", ask.reforms, check.reforms)
    for relation in ask.related:
        if relation.id == ask.id or relation.id in unknown:
            check.fault(name, ask.id, f"related: there is no other recommendation {relation.id}")
    if ask.panel != panel:
        reports = f"panel {panel}" if panel else "no panel"
        check.fault(name, ask.id, f"panel: paragraph {ask.paragraph} reports {reports}")
    listed: dict[str, list[str]] = {
        "targets": list(ask.targets),
        "topics": list(ask.topics),
        "bodies": ask.bodies,
        "reforms": ask.reforms,
        "addressees": [one.body for one in ask.addressees],
        "related": [one.id for one in ask.related],
    }
    for key, values in listed.items():
        if len(set(values)) < len(values):
            check.fault(name, ask.id, f"{key}: a value occurs twice")


def _check_statistics(
    check: RelationCheck, cable_id: str, file: cables.StatisticsFile, *, texts: dict[str, str]
) -> None:
    """Validates all figures of a cable. `texts` are its paragraphs by label."""
    name = "statistics.yaml"
    for figure in file.statistics:
        if not figure.id.startswith(f"{cable_id}-"):
            check.fault(name, figure.id, f"the id does not start with {cable_id}-")
        check_statistic(check, figure, paragraph=texts.get(figure.paragraph, ""))
    check.once(name, (figure.id for figure in file.statistics))


def check_statistic(check: RelationCheck, figure: cables.StatisticEntry, *, paragraph: str) -> None:
    """Adds the validation errors of a figure. `paragraph` is the text of its paragraph."""
    name = "statistics.yaml"
    for who in figure.said_by:
        check.party(name, figure.id, who)
    if figure.qualifier is not None and figure.qualifier not in figure.quote:
        check.fault(name, figure.id, f"qualifier: {described(figure.qualifier)} is not in the quote")
    if figure.period is not None and figure.period not in paragraph:
        check.fault(name, figure.id, f"period: {described(figure.period)} is not in the paragraph")
    if figure.date is not None:
        try:
            edtf_bounds(figure.date)
        except ValueError as error:
            check.fault(name, figure.id, f"date: {error}")
