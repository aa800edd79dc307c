"""Printed text of a cable: records are validated against it, and their quotes are anchored in it."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from app.cable_parser import ParsedCable
from app.cable_parser.model import Header, Range
from app.records.anchors import Anchored, FoldedText, QuoteNotFound
from app.records.schemas.cables import Cited, ParticipationEntry, ReadingEntry, RecommendationEntry, StatisticEntry
from app.records.schemas.reforms import ConcernEntry, EventEntry


@dataclass(frozen=True)
class LocatedMisprint:
    """Misprint with its ranges."""

    entry: ReadingEntry
    ranges: tuple[Range, ...]


class Quotation(NamedTuple):
    """Quote of a record: its role, the field that contains it, and the words."""

    role: str
    field: str
    cited: Cited


QuotingEntry = RecommendationEntry | StatisticEntry | ConcernEntry | EventEntry | ParticipationEntry
"""Record types whose quotes are located in the same way."""


def quotes_of(entry: QuotingEntry) -> Iterator[Quotation]:
    """Yields every quote of a record."""
    if isinstance(entry, EventEntry):
        if entry.cite is not None:
            yield Quotation("quote", "cite", entry.cite)
        return
    if isinstance(entry, ParticipationEntry):
        yield Quotation("quote", "citation", entry.citation)
        return
    yield Quotation("quote", "quote", entry)
    if entry.lead_in is not None:
        which = entry.lead_in_occurrence if isinstance(entry, RecommendationEntry) else None
        lead_in = Cited(paragraph=entry.paragraph, quote=entry.lead_in, occurrence=which)
        yield Quotation("lead-in", "lead_in", lead_in)
    if isinstance(entry, RecommendationEntry) and entry.position is not None:
        yield Quotation("position", "position", entry.position)


@dataclass(frozen=True)
class CableText:
    """Stored copy of a cable, its parse result, and its known misprints."""

    cable: str
    text: str
    finding: ParsedCable
    readings: list[LocatedMisprint]

    @cached_property
    def paragraphs(self) -> dict[str, FoldedText]:
        """Text of each paragraph, by label."""
        return {one.label: FoldedText(self.text, one.places) for one in self.finding.paragraphs}

    @cached_property
    def markings(self) -> dict[str, str]:
        """Marking of each paragraph, by label."""
        return {one.label: one.marking for one in self.finding.paragraphs}

    def anchors_of(self, entry: QuotingEntry) -> dict[str, Anchored]:
        """Returns the anchors of all quotes of a record, by name. Raises `QuoteNotFound` if words are missing."""
        found = {}
        for role, _field, cited in quotes_of(entry):
            if cited.paragraph not in self.paragraphs:
                raise QuoteNotFound(f"there is no paragraph {cited.paragraph}")
            ranges = self.paragraphs[cited.paragraph].find(cited.quote, occurrence=cited.occurrence)
            name = f"{entry.id}:{role}"
            found[name] = Anchored(name, cited.paragraph, cited.quote, ranges)
        return found


NO_CABLE = CableText("", "", ParsedCable(Header("", 0, "", "", "", 0, ()), (), (), (), ()), [])
"""Placeholder for records that rest on no cable."""
