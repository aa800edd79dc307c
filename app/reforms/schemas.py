"""Request and response schemas of reforms and their events."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated

from pydantic import ConfigDict, Field

from app.core.dates import Day
from app.core.pagination import Page, PageQuery
from app.core.schemas import Identifier, Names, Number, OnDay, QueryParams, Reference, ResponseModel, ShortText
from app.vocabulary import (
    Citation,
    Confidence,
    EventKind,
    InstrumentKind,
    KnownFromBasis,
    Marking,
    Outcome,
    Passage,
    ProposerOut,
    ReformKind,
    StageWord,
    open_list,
)

Stages = Annotated[list[StageWord], Field(max_length=20, examples=[["promulgated"]])]


class ClockQuery(QueryParams):
    """Bitemporal parameters: the state of the world on a day, and what sources had stated by a day.

    Both default to today.
    """

    as_of: Annotated[Day | None, Field(examples=["2008-09-30"])] = None
    """State of the world at the end of this day (UTC), as known now."""
    known_at: Annotated[Day | None, Field(examples=["2007-11-21"])] = None
    """Only what sources had stated up to this day."""


class ReformFilters(ClockQuery):
    stage: Stages = []
    """Stage of the reform on the `as_of` day."""
    kind: Annotated[list[ReformKind], Field(max_length=10, examples=[["law"]])] = []
    """Kind of reform."""
    body: Annotated[Names, Field(examples=[["SIPO"]])] = []
    """Body responsible for one of its events: slug, code or any alias."""
    expected_before: Annotated[Day | None, Field(examples=["2009-01-01"])] = None
    """Only reforms with a pending event, expected at the latest before this day."""


class ReformQuery(PageQuery, ReformFilters):
    pass


class Order(StrEnum):
    """Sort orders of events; a minus sign is newest first."""

    DATE = "date"
    DATE_DOWN = "-date"


class EventFilters(ClockQuery):
    model_config = ConfigDict(populate_by_name=True)

    stage: Stages = []
    """Stage that the event brought or was expected to bring."""
    body: Annotated[Names, Field(examples=[["SIPO"]])] = []
    """Responsible body: slug, code or any alias."""
    kind: Annotated[list[EventKind], Field(max_length=10, examples=[["expected"]])] = []
    """Kind of event: occurred or expected."""
    outcome: Annotated[list[Outcome], Field(max_length=10, examples=[["met_late"]])] = []
    """Outcome of the expectation on the `as_of` day."""
    confidence: Annotated[list[Confidence], Field(max_length=10, examples=[["high"]])] = []
    """Confidence in the reading of the source."""
    recommendation: Annotated[Names, Field(examples=[["07BEIJING7192-R003"]])] = []
    """Ids of recommendations that the event relates to."""
    from_: Annotated[Day | None, Field(alias="from", examples=["2008-01-01"])] = None
    """Events that may have happened on this day or later; uncertain dates count with all days that they allow."""
    to: Annotated[Day | None, Field(examples=["2008-12-31"])] = None
    """Events that may have happened on this day or earlier."""
    sort: Annotated[Order, open_list(Order), Field(examples=["date"])] = Order.DATE
    """Sorts by the first day that the date allows."""


class AllEventFilters(EventFilters):
    reform: Annotated[Names, Field(examples=[["patent-law"]])] = []
    """Slug of the reform."""


class EventQuery(PageQuery, EventFilters):
    pass


class AllEventsQuery(PageQuery, AllEventFilters):
    pass


class SourceOut(ResponseModel):
    """Web page that is the source of an event, read in a stored excerpt on the day given, not live."""

    id: Identifier
    title: ShortText
    url: ShortText
    published_on: OnDay | None
    retrieved: OnDay


class EventCitation(ResponseModel):
    """Source of the event: the exact words of a cable or a web page, never both."""

    cable: Citation | None
    source: SourceOut | None


class OutcomeOf(ResponseModel):
    """Recommendation that the event relates to. It does not state that the Roundtable caused the event."""

    recommendation: Identifier
    wording: ShortText


class EventOut(ResponseModel):
    """Event of a reform, occurred or expected, with its source."""

    id: Identifier
    reform: Identifier | None
    round: Number | None
    stage: StageWord | None
    instrument: ShortText | None
    """Separate instrument under the reform, which does not move its stage; null for the reform's own text."""
    instrument_kind: InstrumentKind | None
    body: Reference | None
    text: ShortText
    """Paraphrase of the event in one sentence."""
    kind: EventKind
    outcome: Outcome | None
    """Outcome of an expectation on the `as_of` day; null for events that occurred."""
    fulfilled_by: Identifier | None
    """Event that fulfilled the expectation, if it had occurred by the `as_of` day."""
    date_text: ShortText | None
    """Date as the source has it."""
    date: ShortText | None
    """Date in EDTF level 1 (ISO 8601-2); null where the source gives none."""
    earliest: OnDay | None
    """First day that the date allows; null where open."""
    latest: OnDay | None
    """Last day that the date allows; null where open."""
    confidence: Confidence
    prospective: bool
    """True if it rests only on wording such as `will take effect`."""
    known_from: OnDay
    """Day from which the event counts as known."""
    known_from_basis: KnownFromBasis
    citation: EventCitation
    also_sources: list[SourceOut]
    conflicts_with: list[Identifier]
    """Events that contradict this one; read the better-sourced one first."""
    outcome_of: list[OutcomeOf]
    note: ShortText | None
    marking: Marking
    updated_at: datetime


class RoundOut(ResponseModel):
    """Round of a reform: an amendment, a revision."""

    number: Number
    name: ShortText


class InForceOut(ResponseModel):
    """Round of a reform that is in force, with its date."""

    round: RoundOut
    date: ShortText | None
    """Date on which it took effect, in EDTF level 1; null where the source gives no date."""
    by: OnDay
    """Day by which it had taken effect."""
    event: Identifier


class ReformOut(ResponseModel):
    """Law under change, as of one day and as known on another."""

    slug: Identifier
    name: ShortText
    kind: ReformKind
    summary: ShortText | None
    """Summary of the reform; null where the reader may not see its sources."""
    as_of: OnDay
    known_at: OnDay
    stage: StageWord | None
    """Furthest stage of the newest round, or a later one beside the line; null before its first event."""
    stage_event: Identifier | None
    """Event that the stage rests on."""
    round: RoundOut | None
    in_force: InForceOut | None
    """Newest round in force, according to the events in the register."""
    next_expected: EventOut | None
    """Pending event that is expected soonest."""
    rounds: list[RoundOut]
    """Rounds with an event that is visible by the two clocks."""


class ConcernOut(ResponseModel):
    """Concern about the law or its reform, with those who raised it and their words."""

    id: Identifier
    text: ShortText
    raised_by: list[ProposerOut]
    lead_in: Passage | None
    citation: Citation
    marking: Marking


class ReformDetailOut(ReformOut):
    """Reform as of a day, with its timeline, concerns and recommendations."""

    timeline: list[EventOut]
    concerns: list[ConcernOut]
    recommendations: list[Identifier]
    """Recommendations that mention the reform."""


class ReformPage(Page):
    """One page of the reforms."""

    items: list[ReformOut]


class EventPage(Page):
    """One page of the events."""

    items: list[EventOut]
