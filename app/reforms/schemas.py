"""What is asked and answered about reforms and their events."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated

from pydantic import ConfigDict, Field

from app.core.dates import Day
from app.core.paging import Page, PageQuery
from app.core.shapes import Identifier, Line, Names, Number, OnDay, Out, Query, Reference
from app.vocabulary import (
    Citation,
    ConfidenceWord,
    EventKindWord,
    InstrumentKindWord,
    KnownFromBasisWord,
    Marking,
    OutcomeWord,
    Passage,
    ProposerOut,
    ReformKindWord,
    StageWord,
    open_list,
)

Stages = Annotated[list[StageWord], Field(max_length=20, examples=[["promulgated"]])]


class ClockQuery(Query):
    """The two clocks: how the world stood on a day, and what had been said by a day. Without either: today."""

    as_of: Annotated[Day | None, Field(examples=["2008-09-30"])] = None
    """The world as it stood at the end of this day (UTC), as it is known now."""
    known_at: Annotated[Day | None, Field(examples=["2007-11-21"])] = None
    """Only what sources up to this day had said."""


class ReformFilters(ClockQuery):
    stage: Stages = []
    """The stage that the reform is at on the day asked."""
    kind: Annotated[list[ReformKindWord], Field(max_length=10, examples=[["law"]])] = []
    """What kind of reform."""
    body: Annotated[Names, Field(examples=[["SIPO"]])] = []
    """A body responsible for one of its events: slug, code or any alias."""
    expected_before: Annotated[Day | None, Field(examples=["2009-01-01"])] = None
    """Only reforms with an event that is still expected, at the latest before this day."""


class ReformQuery(PageQuery, ReformFilters):
    pass


class Order(StrEnum):
    """The orders that events come in; a minus sign is newest first."""

    DATE = "date"
    DATE_DOWN = "-date"


class EventFilters(ClockQuery):
    model_config = ConfigDict(populate_by_name=True)

    stage: Stages = []
    """The stage that the event brought or was expected to bring."""
    body: Annotated[Names, Field(examples=[["SIPO"]])] = []
    """The responsible body: slug, code or any alias."""
    kind: Annotated[list[EventKindWord], Field(max_length=10, examples=[["expected"]])] = []
    """Whether it occurred or was expected."""
    outcome: Annotated[list[OutcomeWord], Field(max_length=10, examples=[["met_late"]])] = []
    """What became of the expectation, as of the day asked."""
    confidence: Annotated[list[ConfidenceWord], Field(max_length=10, examples=[["high"]])] = []
    """How sure the source's reading is."""
    recommendation: Annotated[Names, Field(examples=[["07BEIJING7192-R003"]])] = []
    """Ids of recommendations that the event bears on."""
    from_: Annotated[Day | None, Field(alias="from", examples=["2008-01-01"])] = None
    """Events that may have happened on this day or later; uncertain dates count with all the days they allow."""
    to: Annotated[Day | None, Field(examples=["2008-12-31"])] = None
    """Events that may have happened on this day or earlier."""
    sort: Annotated[Order, open_list(Order), Field(examples=["date"])] = Order.DATE
    """By the first day that the date allows."""


class AllEventFilters(EventFilters):
    reform: Annotated[Names, Field(examples=[["patent-law"]])] = []
    """Slug of the reform."""


class EventQuery(PageQuery, EventFilters):
    pass


class AllEventsQuery(PageQuery, AllEventFilters):
    pass


class SourceOut(Out):
    """A web page that an event was read on, in a stored excerpt on the day given, not live."""

    id: Identifier
    title: Line
    url: Line
    published_on: OnDay | None
    retrieved: OnDay


class EventCitation(Out):
    """What the event rests on: a cable's exact words or a web page, never both."""

    cable: Citation | None
    source: SourceOut | None


class OutcomeOf(Out):
    """A recommendation that the event bears on. That the Roundtable caused it is not said."""

    recommendation: Identifier
    wording: Line


class EventOut(Out):
    """Something that happened to a reform, or was expected to, with its source."""

    id: Identifier
    reform: Identifier | None
    round: Number | None
    stage: StageWord | None
    instrument: Line | None
    """An instrument of its own under the reform, which does not move its stage; null for the reform's own text."""
    instrument_kind: InstrumentKindWord | None
    body: Reference | None
    text: Line
    """What happened or was expected, in a sentence of ours."""
    kind: EventKindWord
    outcome: OutcomeWord | None
    """What became of an expectation as of the day asked; null for what occurred."""
    fulfilled_by: Identifier | None
    """The event that met the expectation, if it had by the day asked."""
    date_text: Line | None
    """The date as the source has it."""
    date: Line | None
    """The date in EDTF level 1 (ISO 8601-2); null where the source gives none."""
    earliest: OnDay | None
    """The first day that the date allows; null where open."""
    latest: OnDay | None
    """The last day that the date allows; null where open."""
    confidence: ConfidenceWord
    prospective: bool
    """Whether it rests on wording such as `will take effect` alone."""
    known_from: OnDay
    """The day from which it counts as known."""
    known_from_basis: KnownFromBasisWord
    citation: EventCitation
    also_sources: list[SourceOut]
    conflicts_with: list[Identifier]
    """Events that say otherwise; the better-sourced one comes first in time of reading."""
    outcome_of: list[OutcomeOf]
    note: Line | None
    marking: Marking
    updated_at: datetime


class RoundOut(Out):
    """One round of a reform: an amendment, a revision."""

    number: Number
    name: Line


class InForceOut(Out):
    """The round of a reform that is in force, and since when."""

    round: RoundOut
    date: Line | None
    """When it took effect, in EDTF level 1; null where the source gives no date."""
    by: OnDay
    """The day by which it had taken effect."""
    event: Identifier


class ReformOut(Out):
    """Where a law under change stood on a day, by what was known on another."""

    slug: Identifier
    name: Line
    kind: ReformKindWord
    summary: Line | None
    """What the reform is about, in words of ours; null where the reader may not see what they draw on."""
    as_of: OnDay
    known_at: OnDay
    stage: StageWord | None
    """The furthest stage of the newest round, or one beside the line that came later; null before its first event."""
    stage_event: Identifier | None
    """The event that the stage rests on."""
    round: RoundOut | None
    in_force: InForceOut | None
    """The newest round in force, as far as the register's events tell."""
    next_expected: EventOut | None
    """The event expected soonest of those still pending."""
    rounds: list[RoundOut]
    """The rounds that anything had been told of by the day asked."""


class ConcernOut(Out):
    """A concern about the law or its reform, with who raised it and in what words."""

    id: Identifier
    text: Line
    raised_by: list[ProposerOut]
    lead_in: Passage | None
    citation: Citation
    marking: Marking


class ReformDetailOut(ReformOut):
    """A reform as of a day, with its timeline and what was said about it."""

    timeline: list[EventOut]
    concerns: list[ConcernOut]
    recommendations: list[Identifier]
    """Recommendations that speak of it."""


class ReformPage(Page):
    """One page of the reforms."""

    items: list[ReformOut]


class EventPage(Page):
    """One page of the events."""

    items: list[EventOut]
