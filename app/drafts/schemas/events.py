"""Request schemas of events: complete for a new event, partial for a change."""

from datetime import date
from typing import Annotated

from pydantic import Field, ValidationInfo, field_validator

from app.core.dates import Day, EdtfDate, PastDay
from app.core.schemas import Form, GivenAddress, In
from app.drafts.schemas.fields import (
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
    """Web page that is not in the register yet."""

    title: GivenWords
    url: GivenAddress
    published_on: PastDay | None = None
    """Day of publication; only if the page gives the full day."""
    retrieved: PastDay
    """Day on which the page was read."""

    @field_validator("retrieved")
    @classmethod
    def _follows_publication(cls, retrieved: date, info: ValidationInfo) -> date:
        published_on = info.data.get("published_on")
        if published_on is not None and retrieved < published_on:
            raise ValueError("a page cannot be read before it was published: mend retrieved or published_on")
        return retrieved


class OutcomeIn(In):
    """Recommendation that an event relates to."""

    recommendation: GivenAsk
    wording: GivenWords
    """States that something asked for happened, wholly or in part; never the reason."""


Round = Annotated[GivenNumber, Field(examples=[4])]
GivenEvent = Annotated[
    str,
    Field(max_length=120, examples=["seed-law-E04"]),
    Form(r"^[a-z0-9]+(-[a-z0-9]+)*-EA?[0-9]{2,4}$", "the id of an event, such as seed-law-E04"),
]
Events = Annotated[list[GivenEvent], Field(max_length=50)]
Outcomes = Annotated[list[OutcomeIn], Field(max_length=50)]


class EventIn(In):
    """Step of a reform, or an event of no reform, cited from a cable or from a web page."""

    reform: GivenSlug | None
    """Slug of the reform; null for an event of no reform."""
    round: Round | None
    """Number of the reform's round; null for an event of no round."""
    stage: StageWord | None
    """Stage that the event moves the reform to; null if it moves none."""
    instrument: GivenWords | None
    """Null for the reform's own text; otherwise a separate instrument, which does not move the stage."""
    instrument_kind: InstrumentKindWord | None = None
    body: GivenSlug | None
    """Organization that acted."""
    text: GivenWords
    """The event in one plain sentence of ours."""
    kind: EventKindWord
    """Kind of event: the source reports it as past or as expected."""
    fulfilled_by: GivenEvent | None = None
    """For an expectation: the event that fulfilled it, even if late."""
    date_text: GivenWords | None
    """Date as the source has it."""
    date: EdtfDate | None
    """Date in EDTF, level 1."""
    latest: Day | None = None
    """Day by which the event had happened; only if there is no date."""
    cable: GivenCable | None = None
    """Reference id of the cable that the event is cited from; requires `cite`."""
    cite: CitedIn | None = None
    source: GivenSlug | None = None
    """Slug of a page in the register."""
    page: PageIn | None = None
    """Page that is not in the register yet, instead of `source`."""
    confidence: ConfidenceWord
    prospective: bool = False
    """True if only wording written in advance supports that it happened."""
    note: GivenWords | None = None
    conflicts_with: Events = []
    """Events that cannot both be true as described; naming the conflict on one side is enough."""
    also_sources: Slugs = []
    """Slugs of further pages."""
    outcome_of: Outcomes = []


class EventPatch(In):
    """JSON Merge Patch of an event: omitted fields stay, null clears a field."""

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
