"""What the verbs of follow-up ask and answer."""

from datetime import datetime
from typing import Annotated, Any

from pydantic import AfterValidator, Field, ValidationInfo, field_validator, model_validator

from app.core.dates import EdtfDate, Instant, PastDay, PastEdtfDate
from app.core.shapes import Form, GivenAddress, GivenLine, Identifier, In, Line, Number, Out, Query
from app.vocabulary import (
    AspectWord,
    AssessmentSourceOut,
    HistoryKindWord,
    ImplementationWord,
    Marking,
    PositionWord,
    PublicationWord,
    RecurrenceWord,
    StateWord,
)


def _trimmed(text: str) -> str:
    if not text.strip():
        raise ValueError("give some words")
    return text.strip()


Words = Annotated[GivenLine, AfterValidator(_trimmed)]
"""A name, title or sentence that a client gives, without blanks around it."""
Name = Annotated[str, Field(min_length=1, max_length=200), Form(r"^[^\x00-\x1F\x7F]*$", "a name on one line")]
Given = Annotated[Marking, Field(strict=False)]
"""A marking that a client gives."""


class PassageIn(In):
    """Exact words of a cable, as printed."""

    cable_id: Annotated[Name, Field(examples=["08NOWHERE123"])]
    paragraph: Annotated[Name, Field(examples=["3"])]
    """The paragraph's label."""
    quote: Words
    """The words as printed, white space folded; misprints kept."""
    occurrence: Annotated[int, Field(ge=1, le=1_000, json_schema_extra={"format": "int32"})] | None = None
    """Which one is meant, from 1, where the words stand there more than once."""


class AssessmentSourceIn(In):
    """What an assessment rests on: the words of a cable, a web page, or a document or person in words; one of them."""

    citation: PassageIn | None = None
    title: Words | None = None
    """Of a web page."""
    url: GivenAddress | None = None
    retrieved: PastDay | None = None
    """The day on which the page was read."""
    words: Words | None = None
    """A document, or who told it, in words."""

    @model_validator(mode="after")
    def _one(self) -> "AssessmentSourceIn":
        page = [self.title, self.url, self.retrieved]
        if sum((self.citation is not None, any(page), self.words is not None)) != 1 or any(page) != all(page):
            raise ValueError("give a citation, or title, url and retrieved of a page, or words; one of the three")
        return self


class AssessmentIn(In):
    """What all assessments are given with."""

    source: AssessmentSourceIn | None = None
    """What it rests on. Only no position, unknown implementation and states can do without."""
    said_by: Name | None = None
    """The organization that said it: slug, code or any alias."""
    dated: PastEdtfDate | None = None
    """When it was said, in EDTF level 1 (ISO 8601-2)."""
    note: Words | None = None
    marking: Given = Marking.SBU
    """Readers of U see only what is marked U."""


class PositionIn(AssessmentIn):
    """What the addressee answered."""

    value: PositionWord


class ImplementationIn(AssessmentIn):
    """What was done about it."""

    value: ImplementationWord


class StateIn(AssessmentIn):
    """Where it stands."""

    value: StateWord


class PublishQuery(Query):
    together_with: Annotated[list[AspectWord], Field(max_length=3, examples=[["state"]])] = []
    """Further aspects to publish in the same step, where one would contradict what the others still say."""


class AssessmentOut(Out):
    """One assessment of a recommendation, with what it rests on."""

    recommendation: Identifier
    aspect: AspectWord
    value: Identifier
    """A word of the aspect's list."""
    source: AssessmentSourceOut | None
    note: Line | None
    marking: Marking
    publication: PublicationWord
    version: Number
    """Goes up with each change of this record."""
    recorded_at: datetime | None
    """When this was published; null where it was not."""


class HistoryQuery(Query):
    recorded_at: Annotated[Instant | None, Field(examples=["2026-11-25T06:00:00Z"])] = None
    """The register as it was at this time: a full date (midnight UTC) or an RFC 3339 time. Without it, now."""


class HistoryEntryOut(Out):
    """Something that the register took over about a recommendation."""

    kind: HistoryKindWord
    recorded_at: datetime
    """When the register took it over."""
    id: Identifier | None
    """Of an action or report."""
    aspect: AspectWord | None
    """Of an assessment."""
    value: Identifier | None
    """Of an assessment: a word of the aspect's list."""
    source: AssessmentSourceOut | None
    """Of an assessment: what it rests on."""
    text: Line | None
    """The note, the record's sentence, the action's title, or the beginning of the report."""
    marking: Marking


class HistoryOut(Out):
    """What the register held of a recommendation at a time, and how it came to that."""

    id: Identifier
    position: PositionWord
    implementation: ImplementationWord
    state: StateWord
    record: dict[str, Any] | None
    """The recommendation as it was answered then; null where it was not there yet, or the reader may not see that."""
    entries: list[HistoryEntryOut]
    """The newest first."""


class ActionIn(In):
    """An action to be drafted."""

    title: Words
    recommendations: Annotated[list[Name], Field(min_length=1, max_length=100)]
    """Ids of its recommendations."""
    body: Name | None = None
    """The body responsible: slug, code or any alias."""
    due: EdtfDate | None = None
    """When it is due, in EDTF level 1 (ISO 8601-2)."""
    recurrence: RecurrenceWord | None = None
    """How often it is to be done again; null where once."""
    roundtable: Name | None = None
    """Id of the roundtable that it is carried to."""
    edition: Words | None = None
    """That roundtable in words, where the register does not have it."""
    note: Words | None = None
    marking: Given = Marking.SBU
    """Readers of U see only what is marked U."""

    @field_validator("edition")
    @classmethod
    def _is_in_one_form(cls, edition: str | None, info: ValidationInfo) -> str | None:
        if edition is not None and info.data.get("roundtable") is not None:
            raise ValueError("give roundtable or edition, one of the two")
        return edition


class ActionPatch(In):
    """What can be changed of an action, as a JSON Merge Patch: what is left out stays, null empties."""

    title: Words | None = None
    """It cannot be emptied."""
    recommendations: Annotated[list[Name], Field(min_length=1, max_length=100)] | None = None
    """Ids of its recommendations. It cannot be emptied."""
    body: Name | None = None
    """The body responsible: slug, code or any alias."""
    due: EdtfDate | None = None
    """When it is due, in EDTF level 1 (ISO 8601-2)."""
    recurrence: RecurrenceWord | None = None
    """How often it is to be done again; null where once."""
    roundtable: Name | None = None
    """Id of the roundtable that it is carried to."""
    edition: Words | None = None
    """That roundtable in words, where the register does not have it."""
    note: Words | None = None
    marking: Given | None = None
    """Readers of U see only what is marked U. It cannot be emptied."""


class CarryForwardIn(In):
    """Where an action is carried to: a roundtable of the register, or one to come, in words."""

    roundtable: Name | None = None
    """Id of the roundtable."""
    edition: Words | None = None
    """The roundtable in words, where the register does not have it."""
    due: EdtfDate | None = None
    """When the new action is due, in EDTF level 1 (ISO 8601-2)."""

    @model_validator(mode="after")
    def _one(self) -> "CarryForwardIn":
        if (self.roundtable is None) == (self.edition is None):
            raise ValueError("give roundtable or edition, one of the two")
        return self


class EvidenceIn(In):
    """A web page that shows what a report says."""

    title: Words
    url: GivenAddress
    retrieved: PastDay
    """The day on which the page was read."""


Evidence = Annotated[list[EvidenceIn], Field(max_length=100)]


class ProgressReportIn(In):
    """A progress report to be drafted."""

    action: Name
    """Id of the action that it reports on."""
    text: Words
    evidence: Evidence = []
    done_on: PastDay | None = None
    """The day on which the action was done, where the report says that it was."""
    note: Words | None = None
    marking: Given = Marking.SBU
    """Readers of U see only what is marked U."""


class ProgressReportPatch(In):
    """What can be changed of a report, as a JSON Merge Patch: what is left out stays, null empties."""

    text: Words | None = None
    """It cannot be emptied."""
    evidence: Evidence | None = None
    """Null leaves none."""
    done_on: PastDay | None = None
    """The day on which the action was done, where the report says that it was."""
    note: Words | None = None
    marking: Given | None = None
    """Readers of U see only what is marked U. It cannot be emptied."""
