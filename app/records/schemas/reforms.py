"""Schemas of the curated files on legislative reform: reforms, events, web sources, concerns."""

from datetime import date
from typing import Annotated

from pydantic import Field, model_validator

from app.core.schemas import RECORD_ID_MOST
from app.records.schemas.cables import CableId, Cited, Curated, ProposerEntry, RecommendationRef, Slug, Withdrawn, Words
from app.vocabulary import Confidence, EventKind, InstrumentKind, Marking, ReformKind, Stage

EventRef = Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*-EA?[0-9]{2,4}$", max_length=RECORD_ID_MOST)]
Day = date


class ReformRound(Curated):
    number: Annotated[int, Field(ge=1)]
    name: Words


class ReformEntry(Curated):
    id: Slug
    name: Words
    kind: ReformKind
    summary: Words
    summary_marking: Marking = Marking.SBU
    """U only if nothing in the summary is taken from a paragraph with a higher marking."""
    rounds: list[ReformRound] = []


class SourceEntry(Curated):
    """Web page, read in a stored excerpt on the day given."""

    id: Slug
    title: Words
    url: Annotated[str, Field(pattern="^https?://", max_length=2_000)]
    published_on: date | None = None
    """Day of publication; only if title, dateline or address gives the full day."""
    retrieved: date


class PageEntry(Curated):
    """Web page of an event that is not in sources.yaml."""

    title: Words
    url: Annotated[str, Field(pattern="^https?://", max_length=2_000)]
    published_on: date | None = None
    retrieved: date


class OutcomeEntry(Curated):
    recommendation: RecommendationRef
    wording: Words
    """States that something asked for happened, wholly or in part; never the reason."""


class EventEntry(Curated):
    id: EventRef
    reform: Slug | None
    round: Annotated[int, Field(ge=1)] | None
    stage: Stage | None
    """Null if the event moves no stage."""
    instrument: Words | None
    """Null for the reform's own text; otherwise a separate instrument, which does not move the stage."""
    instrument_kind: InstrumentKind | None = None
    body: Slug | None
    text: Words
    kind: EventKind
    fulfilled_by: EventRef | None = None
    """For an expectation: the event that fulfilled it, even if late."""
    date_text: Words | None
    """Date as the source has it."""
    date: Annotated[str, Field(max_length=40, description="EDTF level 1, in quotes.")] | None
    latest: Day | None = None
    """Day by which the event had happened; only if there is no date."""
    source: Slug | None = None
    page: PageEntry | None = None
    """Page that sources.yaml does not have, instead of `source`."""
    cable: CableId | None = None
    cite: Cited | None = None
    confidence: Confidence
    prospective: bool = False
    note: Words | None = None
    conflicts_with: list[EventRef] = []
    also_sources: list[Slug] = []
    outcome_of: list[OutcomeEntry] = []
    raw: list[Annotated[str, Field(pattern="^L[0-9]{3}$")]] = []
    """Row numbers of the collection that the event was made from."""
    withdrawn: Withdrawn = False

    @model_validator(mode="after")
    def check_whole(self) -> "EventEntry":
        if [self.cite, self.source, self.page].count(None) != 2 or (self.cite is None) != (self.cable is None):  # noqa: PLR2004 - one of three
            raise ValueError("exactly one of `source`, `page`, and `cable` with `cite` is required")
        if (self.date is None) == (self.latest is None):
            raise ValueError("exactly one of `date` and `latest` is required")
        if (self.instrument is None) != (self.instrument_kind is None):
            raise ValueError("`instrument` and `instrument_kind` require each other")
        if (self.reform is None) != (self.round is None):
            raise ValueError("`reform` and `round` require each other")
        if self.fulfilled_by is not None and self.kind is not EventKind.EXPECTED:
            raise ValueError("`fulfilled_by` is only allowed for an expected event")
        return self


class ConcernEntry(Cited):
    id: Annotated[str, Field(pattern=r"^[0-9]{2}[A-Z]+[0-9]+-C[0-9]{2,4}$")]
    reforms: Annotated[list[Slug], Field(min_length=1)]
    text: Words
    raised_by: Annotated[list[ProposerEntry], Field(min_length=1)]
    lead_in: Words | None = None


class ReformsFile(Curated):
    reforms: list[ReformEntry]


class SourcesFile(Curated):
    sources: list[SourceEntry]


class EventsFile(Curated):
    events: list[EventEntry]


class ConcernsFile(Curated):
    concerns: list[ConcernEntry]
