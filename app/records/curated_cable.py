"""Curated cable: the parsed text of a cable with its validated, anchored records."""

from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property

from app.cable_parser import ParsedCable
from app.records.anchors import Anchored
from app.records.cable_text import CableText, LocatedMisprint
from app.records.schemas import cables
from app.records.schemas.reforms import ConcernEntry, EventEntry


@dataclass(frozen=True)
class CuratedCable:
    """Cable with its stored copy, its parse result, and its curated facts with anchors."""

    manifest: cables.WitnessFile
    text: str
    finding: ParsedCable
    elsewhere: list[cables.ElsewhereEntry]
    roundtable: cables.RoundtableFile
    participations: list[cables.ParticipationEntry]
    recommendations: list[cables.RecommendationEntry]
    follow_up: list[cables.FollowUpEntry]
    readings: list[LocatedMisprint]
    concerns: list[ConcernEntry]
    statistics: list[cables.StatisticEntry]
    events: list[EventEntry]
    """Events that rest on this cable."""
    anchors: dict[str, Anchored]

    @property
    def id(self) -> str:
        """Reference id of the cable."""
        return self.manifest.cable

    @cached_property
    def cable_text(self) -> CableText:
        """Printed text of the cable."""
        return CableText(self.manifest.cable, self.text, self.finding, self.readings)

    @property
    def sent_on(self) -> date:
        """Day (UTC) on which the cable was sent; its statements count as known from then."""
        return datetime.fromisoformat(self.finding.header.sent_at).date()
