"""The events that editors give, whole in a new one and in part in a change."""

from datetime import date
from typing import Annotated

from pydantic import Field, ValidationInfo, field_validator

from app.core.dates import Day, EdtfDate, PastDay
from app.core.shapes import Form, GivenAddress, In
from app.editorial.schemas.given import (
    LEFT_OUT,
    CitedIn,
    CitedPatch,
    GivenAsk,
    GivenCable,
    GivenNumber,
    GivenSlug,
    GivenWords,
    Slugs,
)
from app.vocabulary import ConfidenceWord, EventKindWord, InstrumentKindWord, StageWord


class PageIn(In):
    """A web page that the register does not have yet."""

    title: GivenWords
    url: GivenAddress
    published_on: PastDay | None = None
    """Only where the page gives the full day."""
    retrieved: PastDay
    """The day on which it was read."""

    @field_validator("retrieved")
    @classmethod
    def _follows_publication(cls, retrieved: date, info: ValidationInfo) -> date:
        published_on = info.data.get("published_on")
        if published_on is not None and retrieved < published_on:
            raise ValueError("a page cannot be read before it was published: mend retrieved or published_on")
        return retrieved


class OutcomeIn(In):
    """A recommendation that an event bears on."""

    recommendation: GivenAsk
    wording: GivenWords
    """That a thing asked for came about, wholly or in part; never why."""


Round = Annotated[GivenNumber, Field(examples=[4])]
GivenEvent = Annotated[
    str,
    Field(max_length=120, examples=["seed-law-E04"]),
    Form(r"^[a-z0-9]+(-[a-z0-9]+)*-EA?[0-9]{2,4}$", "the id of an event, such as seed-law-E04"),
]
Events = Annotated[list[GivenEvent], Field(max_length=50)]
Outcomes = Annotated[list[OutcomeIn], Field(max_length=50)]


class EventIn(In):
    """A step of a reform, or an event of none, cited from a cable or from a web page."""

    reform: GivenSlug | None
    """Slug of the reform; null where it is of none."""
    round: Round | None
    """The number of the reform's round; null where it is of none."""
    stage: StageWord | None
    """The stage that it moves the reform to; null where it moves none."""
    instrument: GivenWords | None
    """Null for the reform's own text; else an instrument of its own, which does not move the stage."""
    instrument_kind: InstrumentKindWord | None = None
    body: GivenSlug | None
    """The organization that acted."""
    text: GivenWords
    """The event in one plain sentence of ours."""
    kind: EventKindWord
    """Whether the source tells it as past or as expected."""
    fulfilled_by: GivenEvent | None = None
    """Of an expectation: the event that met it, even if late."""
    date_text: GivenWords | None
    """The date as the source has it."""
    date: EdtfDate | None
    """EDTF, level 1."""
    latest: Day | None = None
    """Only where there is no date: the day by which it had happened."""
    cable: GivenCable | None = None
    """Reference id of the cable that it is cited from, with `cite`."""
    cite: CitedIn | None = None
    source: GivenSlug | None = None
    """Slug of a page that the register has."""
    page: PageIn | None = None
    """In place of `source`: a page that the register does not have yet."""
    confidence: ConfidenceWord
    prospective: bool = False
    """Whether only wording written in advance says that it happened."""
    note: GivenWords | None = None
    conflicts_with: Events = []
    """Events that cannot both be as told; naming it on one side is enough."""
    also_sources: Slugs = []
    """Slugs of further pages."""
    outcome_of: Outcomes = []


class EventPatch(In):
    """What is to change of an event, as a JSON Merge Patch: what is left out stays, null empties."""

    round: Round | None = None
    stage: StageWord | None = None
    instrument: GivenWords | None = None
    instrument_kind: InstrumentKindWord | None = None
    body: GivenSlug | None = None
    text: GivenWords = LEFT_OUT
    kind: EventKindWord = LEFT_OUT
    fulfilled_by: GivenEvent | None = None
    date_text: GivenWords | None = None
    date: EdtfDate | None = None
    latest: Day | None = None
    cable: GivenCable | None = None
    cite: CitedPatch | None = None
    source: GivenSlug | None = None
    page: PageIn | None = None
    confidence: ConfidenceWord = LEFT_OUT
    prospective: bool = LEFT_OUT
    note: GivenWords | None = None
    conflicts_with: Events = LEFT_OUT
    also_sources: Slugs = LEFT_OUT
    outcome_of: Outcomes = LEFT_OUT
