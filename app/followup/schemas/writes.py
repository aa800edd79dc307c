"""Request and response schemas of follow-up: assessments, actions, progress reports, history."""

from datetime import datetime
from typing import Annotated, Any

from pydantic import AfterValidator, Field, ValidationInfo, field_validator, model_validator

from app.core.dates import EdtfDate, Instant, PastDay, PastEdtfDate
from app.core.schemas import (
    Identifier,
    InputShortText,
    InputUrl,
    Number,
    QueryParams,
    RequestModel,
    ResponseModel,
    ShortText,
    TextPattern,
)
from app.vocabulary import (
    Aspect,
    AssessmentSourceOut,
    HistoryKind,
    Implementation,
    Marking,
    Position,
    Publication,
    Recurrence,
    State,
)


def _trimmed(text: str) -> str:
    if not text.strip():
        raise ValueError("must not be blank")
    return text.strip()


Words = Annotated[InputShortText, AfterValidator(_trimmed)]
"""Name, title or sentence from a client; surrounding blanks are stripped."""
Name = Annotated[str, Field(min_length=1, max_length=200), TextPattern(r"^[^\x00-\x1F\x7F]*$", "a name on one line")]
FollowUpInput = Annotated[Marking, Field(strict=False)]
"""Marking from a client."""


class PassageIn(RequestModel):
    """Exact words of a cable, as printed."""

    cable_id: Annotated[Name, Field(examples=["08NOWHERE123"])]
    paragraph: Annotated[Name, Field(examples=["3"])]
    """Label of the paragraph."""
    quote: Words
    """Words as printed, with white space collapsed; misprints stay."""
    occurrence: Annotated[int, Field(ge=1, le=1_000, json_schema_extra={"format": "int32"})] | None = None
    """Occurrence of the words, from 1, if the paragraph contains them more than once."""


class AssessmentSourceIn(RequestModel):
    """Source of an assessment: the words of a cable, a web page, or a document or person in words; exactly one."""

    citation: PassageIn | None = None
    title: Words | None = None
    """Title of the web page."""
    url: InputUrl | None = None
    retrieved: PastDay | None = None
    """Day on which the page was read."""
    words: Words | None = None
    """Document or person that is the source, in words."""

    @model_validator(mode="after")
    def _one(self) -> "AssessmentSourceIn":
        page = [self.title, self.url, self.retrieved]
        if sum((self.citation is not None, any(page), self.words is not None)) != 1 or any(page) != all(page):
            raise ValueError(
                "exactly one source is required: a citation, or title, url and retrieved of a page, or words"
            )
        return self


class AssessmentIn(RequestModel):
    """Common fields of all assessments."""

    source: AssessmentSourceIn | None = None
    """Source of the assessment. Optional only for no position, for unknown implementation, and for states."""
    said_by: Name | None = None
    """Organization that said it: slug, code or any alias."""
    dated: PastEdtfDate | None = None
    """Date of the statement, in EDTF level 1 (ISO 8601-2)."""
    note: Words | None = None
    marking: FollowUpInput = Marking.SBU
    """Readers with clearance `U` see only assessments marked `U`."""


class PositionIn(AssessmentIn):
    """Answer of the addressee."""

    value: Position


class ImplementationIn(AssessmentIn):
    """Implementation of the recommendation."""

    value: Implementation


class StateIn(AssessmentIn):
    """State of the recommendation."""

    value: State


class PublishQuery(QueryParams):
    together_with: Annotated[list[Aspect], Field(max_length=3, examples=[["state"]])] = []
    """Further aspects to publish in the same step, if one alone would contradict the published values of the others."""


class AssessmentOut(ResponseModel):
    """Assessment of a recommendation, with its source."""

    recommendation: Identifier
    aspect: Aspect
    value: Identifier
    """Enum value of the aspect."""
    source: AssessmentSourceOut | None
    note: ShortText | None
    marking: Marking
    publication: Publication
    version: Number
    """Version; increases with each change of this record."""
    recorded_at: datetime | None
    """Time of publication; null if not published."""


class HistoryQuery(QueryParams):
    recorded_at: Annotated[Instant | None, Field(examples=["2026-11-25T06:00:00Z"])] = None
    """State of the register at this time: a full date (midnight UTC) or an RFC 3339 time. Default: now."""


class HistoryEntryOut(ResponseModel):
    """Entry in the history of a recommendation."""

    kind: HistoryKind
    recorded_at: datetime
    """Time at which the register recorded it."""
    id: Identifier | None
    """Id of the action or report; otherwise null."""
    aspect: Aspect | None
    """Aspect of an assessment; otherwise null."""
    value: Identifier | None
    """Enum value of an assessment; otherwise null."""
    source: AssessmentSourceOut | None
    """Source of an assessment; otherwise null."""
    text: ShortText | None
    """Note, sentence of the record, title of the action, or beginning of the report."""
    marking: Marking


class HistoryOut(ResponseModel):
    """History of a recommendation: its state at a time, and the entries that led to it."""

    id: Identifier
    position: Position
    implementation: Implementation
    state: State
    record: dict[str, Any] | None
    """Recommendation as it was served then; null if it did not exist yet, or if the reader may not see it."""
    entries: list[HistoryEntryOut]
    """Newest first."""


class ActionIn(RequestModel):
    """Request to draft an action."""

    title: Words
    recommendations: Annotated[list[Name], Field(min_length=1, max_length=100)]
    """Ids of its recommendations."""
    body: Name | None = None
    """Responsible body: slug, code or any alias."""
    due: EdtfDate | None = None
    """Due date, in EDTF level 1 (ISO 8601-2)."""
    recurrence: Recurrence | None = None
    """Recurrence of the action; null for a single one."""
    roundtable: Name | None = None
    """Id of the roundtable that the action is carried to."""
    edition: Words | None = None
    """Roundtable in words, if it is not in the register."""
    note: Words | None = None
    marking: FollowUpInput = Marking.SBU
    """Readers with clearance `U` see only actions marked `U`."""

    @field_validator("edition")
    @classmethod
    def _is_in_one_form(cls, edition: str | None, info: ValidationInfo) -> str | None:
        if edition is not None and info.data.get("roundtable") is not None:
            raise ValueError("roundtable and edition exclude each other: send one of them")
        return edition


class ActionPatch(RequestModel):
    """JSON Merge Patch of an action: omitted fields stay, null clears a field."""

    title: Words | None = None
    """Cannot be cleared."""
    recommendations: Annotated[list[Name], Field(min_length=1, max_length=100)] | None = None
    """Ids of its recommendations. Cannot be cleared."""
    body: Name | None = None
    """Responsible body: slug, code or any alias."""
    due: EdtfDate | None = None
    """Due date, in EDTF level 1 (ISO 8601-2)."""
    recurrence: Recurrence | None = None
    """Recurrence of the action; null for a single one."""
    roundtable: Name | None = None
    """Id of the roundtable that the action is carried to."""
    edition: Words | None = None
    """Roundtable in words, if it is not in the register."""
    note: Words | None = None
    marking: FollowUpInput | None = None
    """Readers with clearance `U` see only actions marked `U`. Cannot be cleared."""


class CarryForwardIn(RequestModel):
    """Roundtable that an action is carried to: one in the register, or a future one in words."""

    roundtable: Name | None = None
    """Id of the roundtable."""
    edition: Words | None = None
    """Roundtable in words, if it is not in the register."""
    due: EdtfDate | None = None
    """Due date of the new action, in EDTF level 1 (ISO 8601-2)."""

    @model_validator(mode="after")
    def _one(self) -> "CarryForwardIn":
        if (self.roundtable is None) == (self.edition is None):
            raise ValueError("exactly one of roundtable and edition is required")
        return self


class EvidenceIn(RequestModel):
    """Web page that is evidence for a report."""

    title: Words
    url: InputUrl
    retrieved: PastDay
    """Day on which the page was read."""


Evidence = Annotated[list[EvidenceIn], Field(max_length=100)]


class ProgressReportIn(RequestModel):
    """Request to draft a progress report."""

    action: Name
    """Id of the reported action."""
    text: Words
    evidence: Evidence = []
    done_on: PastDay | None = None
    """Day on which the action was done, if the report states that it was."""
    note: Words | None = None
    marking: FollowUpInput = Marking.SBU
    """Readers with clearance `U` see only reports marked `U`."""


class ProgressReportPatch(RequestModel):
    """JSON Merge Patch of a report: omitted fields stay, null clears a field."""

    text: Words | None = None
    """Cannot be cleared."""
    evidence: Evidence | None = None
    """Null removes all evidence."""
    done_on: PastDay | None = None
    """Day on which the action was done, if the report states that it was."""
    note: Words | None = None
    marking: FollowUpInput | None = None
    """Readers with clearance `U` see only reports marked `U`. Cannot be cleared."""
