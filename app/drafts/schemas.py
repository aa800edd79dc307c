"""Request and response schemas of drafts: revisions of records on their way to publication."""

from datetime import datetime
from typing import Annotated, Any

from pydantic import Field, WithJsonSchema

from app.core.pagination import Page, PageQuery
from app.core.schemas import Identifier, InputShortText, LongText, Names, RequestModel, ResponseModel, ShortText
from app.vocabulary import Editable, Publication

Content = Annotated[dict[str, Any], WithJsonSchema({"type": "object", "additionalProperties": True})]
Number = Annotated[int, Field(ge=1, le=2**53, json_schema_extra={"format": "int64"})]


class DraftQuery(PageQuery):
    """Filters of drafts: values of one filter combine with OR, filters combine with AND."""

    collection: Annotated[list[Editable], Field(max_length=10, examples=[["recommendations"]])] = []
    """Collection of the record."""
    publication: Annotated[list[Publication], Field(max_length=10, examples=[["in_review"]])] = []
    """Publication state. If omitted, published and withdrawn drafts are included."""
    author: Annotated[Names, Field(examples=[["key:4f2a9c01d7e3"]])] = []
    """Ids of the callers who opened the draft."""
    record: Annotated[Names, Field(examples=[["07BEIJING7192-A001"]])] = []
    """Ids of the records."""


class ReturnIn(RequestModel):
    """Reason for returning a draft to its author."""

    note: InputShortText
    """Changes that the reviewer asks for."""


class DraftOut(ResponseModel):
    """Draft of a new record or of a change to one, open or decided."""

    id: Number
    collection: Editable
    record_id: Identifier
    made: bool
    """True for a new record."""
    withdraws: bool
    """True if publishing the draft withdraws the record."""
    publication: Publication
    content: Content
    """Whole record as it would be published, in the fields of a POST; defaults are omitted."""
    changed: Annotated[list[Identifier], Field(max_length=100)]
    """Fields that differ from the record published when the draft was opened; all given fields of a new record."""
    version: Annotated[int, Field(ge=1, le=2**31 - 1, json_schema_extra={"format": "int32"})]
    """Version; increases with each change and each transition."""
    author: Identifier
    """Id of the caller who opened it."""
    author_name: ShortText
    authors: Annotated[list[Identifier], Field(max_length=1_000)]
    """Ids of all callers who changed it."""
    persons: Annotated[list[ShortText], Field(max_length=1_000)]
    """Persons behind them, as folded names. None of them may review the draft, with whatever credentials."""
    reviewer: Identifier | None
    note: LongText | None
    """Note of the reviewer on returning it."""
    created_at: datetime
    updated_at: datetime
    submitted_at: datetime | None
    reviewed_at: datetime | None


class DraftPage(Page):
    """One page of the drafts."""

    items: list[DraftOut]
