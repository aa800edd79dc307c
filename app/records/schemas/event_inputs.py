"""Request schemas of events: complete for a new event, partial for a change."""

from datetime import date
from typing import Annotated

from pydantic import Field, ValidationInfo, field_validator

from app.core.dates import Day, EdtfDate, PastDay
from app.core.schemas import RECORD_ID_MOST, InputUrl, RequestModel, TextPattern
from app.records.schemas.input_fields import (
    NULL_EMPTIES,
    OMITTED,
    CitedIn,
    CitedPatch,
    InputCableId,
    InputNumber,
    InputRecommendationId,
    InputSlug,
    InputWords,
    Slugs,
)
from app.vocabulary import Confidence, EventKind, InstrumentKind, StageWord


class PageIn(RequestModel):
    """Web page that is not in the register yet."""

    title: InputWords
    url: InputUrl
    published_on: PastDay | None = None
    """Day of publication; only if the page gives the full day."""
    retrieved: PastDay
    """Day on which the page was read."""

    @field_validator("retrieved")
    @classmethod
    def _follows_publication(cls, retrieved: date, info: ValidationInfo) -> date:
        published_on = info.data.get("published_on")
        if published_on is not None and retrieved < published_on:
            raise ValueError("a page cannot be read before it was published: correct retrieved or published_on")
        return retrieved


class OutcomeIn(RequestModel):
    """Recommendation that an event relates to."""

    recommendation: InputRecommendationId
    wording: InputWords
    """States that something asked for happened, wholly or in part; never the reason."""


Round = Annotated[InputNumber, Field(examples=[4])]
InputEventId = Annotated[
    str,
    Field(max_length=RECORD_ID_MOST, examples=["seed-law-E04"]),
    TextPattern(r"^[a-z0-9]+(-[a-z0-9]+)*-EA?[0-9]{2,4}$", "the id of an event, such as seed-law-E04"),
]
Events = Annotated[list[InputEventId], Field(max_length=50)]
Outcomes = Annotated[list[OutcomeIn], Field(max_length=50)]


class EventIn(RequestModel):
    """Step of a reform, or an event of no reform, cited from a cable or from a web page."""

    reform: InputSlug | None
    """Slug of the reform; null for an event of no reform."""
    round: Round | None
    """Number of the reform's round; null for an event of no round."""
    stage: StageWord | None
    """Stage that the event moves the reform to; null if it moves none."""
    instrument: InputWords | None
    """Null for the reform's own text; otherwise a separate instrument, which does not move the stage."""
    instrument_kind: InstrumentKind | None = None
    body: InputSlug | None
    """Organization that acted."""
    text: InputWords
    """Paraphrase of the event in one plain sentence."""
    kind: EventKind
    """Kind of event: the source reports it as past or as expected."""
    fulfilled_by: InputEventId | None = None
    """For an expectation: the event that fulfilled it, even if late."""
    date_text: InputWords | None
    """Date as the source has it."""
    date: EdtfDate | None
    """Date in EDTF, level 1."""
    latest: Day | None = None
    """Day by which the event had happened; only if there is no date."""
    cable: InputCableId | None = None
    """Reference id of the cable that the event is cited from; requires `cite`."""
    cite: CitedIn | None = None
    source: InputSlug | None = None
    """Slug of a page in the register."""
    page: PageIn | None = None
    """Page that is not in the register yet, instead of `source`."""
    confidence: Confidence
    prospective: bool = False
    """True if only wording written in advance supports that it happened."""
    note: InputWords | None = None
    conflicts_with: Events = []
    """Events that cannot both be true as described; naming the conflict on one side is enough."""
    also_sources: Slugs = []
    """Slugs of further pages."""
    outcome_of: Outcomes = []


class EventPatch(RequestModel):
    """JSON Merge Patch of an event: omitted fields stay, null clears a field."""

    round: Round | None = None
    stage: StageWord | None = None
    instrument: InputWords | None = None
    instrument_kind: InstrumentKind | None = None
    body: InputSlug | None = None
    text: InputWords = OMITTED
    kind: EventKind = OMITTED
    fulfilled_by: InputEventId | None = None
    date_text: InputWords | None = None
    date: EdtfDate | None = None
    latest: Day | None = None
    cable: InputCableId | None = None
    cite: CitedPatch | None = None
    source: InputSlug | None = None
    page: PageIn | None = None
    confidence: Confidence = OMITTED
    prospective: bool = OMITTED
    note: InputWords | None = None
    conflicts_with: Annotated[Events | None, NULL_EMPTIES] = OMITTED
    also_sources: Annotated[Slugs | None, NULL_EMPTIES] = OMITTED
    outcome_of: Annotated[Outcomes | None, NULL_EMPTIES] = OMITTED
