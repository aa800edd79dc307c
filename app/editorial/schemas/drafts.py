"""What is asked and answered about drafts: revisions of records, on their way to being published."""

from datetime import datetime
from typing import Annotated, Any

from pydantic import Field, WithJsonSchema

from app.core.paging import Page, PageQuery
from app.core.shapes import GivenLine, Identifier, In, Line, Names, Out, Prose
from app.vocabulary import EditableWord, PublicationWord

Content = Annotated[dict[str, Any], WithJsonSchema({"type": "object", "additionalProperties": True})]
Number = Annotated[int, Field(ge=1, le=2**53, json_schema_extra={"format": "int64"})]


class DraftQuery(PageQuery):
    """Filters of drafts: each takes several words (any of), and together they narrow (all of)."""

    collection: Annotated[list[EditableWord], Field(max_length=10, examples=[["recommendations"]])] = []
    """Of which list the record is."""
    publication: Annotated[list[PublicationWord], Field(max_length=10, examples=[["in_review"]])] = []
    """Where it stands. Without it, also those that were published or withdrawn."""
    author: Annotated[Names, Field(examples=[["key:4f2a9c01d7e3"]])] = []
    """Who opened it: ids of callers."""
    record: Annotated[Names, Field(examples=[["07BEIJING7192-A001"]])] = []
    """Ids of the records."""


class ReturnIn(In):
    """Why a draft goes back to its author."""

    note: GivenLine
    """What is to be mended."""


class DraftOut(Out):
    """A new record, or a change to one, before and after it was decided on."""

    id: Number
    collection: EditableWord
    record_id: Identifier
    made: bool
    """Whether it is a new record."""
    withdraws: bool
    """Whether publishing it withdraws the record."""
    publication: PublicationWord
    content: Content
    """The whole record as it would be, in the fields that a POST takes; defaults are left out."""
    changed: Annotated[list[Identifier], Field(max_length=100)]
    """The fields that differ from what was published when it was opened; of a new record all that are given."""
    version: Annotated[int, Field(ge=1, le=2**31 - 1, json_schema_extra={"format": "int32"})]
    """Goes up with each change and each move."""
    author: Identifier
    """Who opened it."""
    author_name: Line
    authors: Annotated[list[Identifier], Field(max_length=1_000)]
    """Everyone who wrote in it, by the ids of callers."""
    persons: Annotated[list[Line], Field(max_length=1_000)]
    """The persons behind them, as folded names; none of them may review it, whatever way he comes in."""
    reviewer: Identifier | None
    note: Prose | None
    """The reviewer's words on returning it."""
    created_at: datetime
    updated_at: datetime
    submitted_at: datetime | None
    reviewed_at: datetime | None


class DraftPage(Page):
    """One page of the drafts."""

    items: list[DraftOut]
