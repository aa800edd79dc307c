"""Request and response schemas of the audit trail."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any

from pydantic import ConfigDict, Field, WithJsonSchema

from app.core.dates import Instant
from app.core.pagination import Page, PageQuery
from app.core.schemas import (
    EXACT_MOST,
    Identifier,
    InputShortText,
    Names,
    Offset,
    RequestModel,
    ResponseModel,
    ShortText,
)
from app.vocabulary import AuditOutcome

Place = Annotated[int, Field(ge=0, le=EXACT_MOST, json_schema_extra={"format": "int64"})]
"""Position in the trail."""
Detail = Annotated[dict[str, Any], WithJsonSchema({"type": "object", "additionalProperties": True})]


class AuditSort(StrEnum):
    """Sort orders of the trail."""

    NEWEST_FIRST = "-id"
    OLDEST_FIRST = "id"


class AuditQuery(PageQuery):
    """Filters of the trail: values of one filter combine with OR, filters combine with AND."""

    model_config = ConfigDict(populate_by_name=True)

    caller: Annotated[Names, Field(examples=[["anonymous"]])] = []
    """Callers: ids or names."""
    person: Annotated[Names, Field(examples=[["anonymous"]])] = []
    """Persons behind the callers, as entries name them, whatever credentials they used."""
    operation: Annotated[Names, Field(examples=[["create_checkpoint"]])] = []
    """Operations: operationIds of this document, names of commands, `summarize_refusals` or `summarize_exports`."""
    record: Annotated[Names, Field(examples=[["audit_checkpoints/1"]])] = []
    """Records: collection and id, as entries have them, or the id alone."""
    outcome: Annotated[list[AuditOutcome], Field(max_length=10, examples=[["refused"]])] = []
    """Outcome of the operation: done or refused."""
    from_: Annotated[Instant | None, Field(alias="from", examples=["2026-11-25T00:00:00Z"])] = None
    """Entries of this day or time, and later ones."""
    to: Annotated[Instant | None, Field(examples=["2026-11-26T00:00:00Z"])] = None
    """Entries before this day or time."""
    sort: Annotated[
        AuditSort,
        WithJsonSchema(
            {"type": "string", "maxLength": 64, "examples": ["-id"], "x-extensible-enum": ["-id", "id"]},
        ),
    ] = AuditSort.NEWEST_FIRST
    """Newest first, or oldest first."""


class AuditEntryOut(ResponseModel):
    """One operation: caller, operation, record and outcome."""

    id: Place
    """Position in the trail, which has no gaps."""
    recorded_at: datetime
    caller: Identifier
    """Id of the caller, with the kind of credentials."""
    caller_name: ShortText
    person: ShortText | None
    """Person behind the caller, as a folded name; null in entries from before persons were recorded."""
    operation: Identifier
    """operationId, or name of a command; `summarize_refusals` or `summarize_exports` if the entry counts requests."""
    record: ShortText | None
    """Collection and id; null if the operation concerned no single record."""
    outcome: AuditOutcome
    code: Identifier | None
    """Problem code of a refusal; null otherwise."""
    request_id: Identifier
    """X-Request-Id of the request; empty for a command and for a count of requests."""
    detail: Detail
    """Details of the operation, such as the changed fields."""
    key_id: Identifier | None
    """Id of the key that signs the entry; null if the service had none."""
    previous: Identifier
    """Hash of the previous entry."""
    hash: Identifier
    """HMAC-SHA-256 of all other fields, in canonical JSON; without a key, SHA-256."""


class AuditPage(Page):
    """One page of the audit trail."""

    items: list[AuditEntryOut]


class ReadCountQuery(PageQuery):
    """Filters of the counts: values of one filter combine with OR, filters combine with AND."""

    model_config = ConfigDict(populate_by_name=True)

    caller: Annotated[Names, Field(examples=[["anonymous"]])] = []
    """Ids of callers."""
    operation: Annotated[Names, Field(examples=[["list_recommendations"]])] = []
    """operationIds of this document."""
    from_: Annotated[Instant | None, Field(alias="from", examples=["2026-11-25T00:00:00Z"])] = None
    """Hours that began on this day or at this time, and later ones."""
    to: Annotated[Instant | None, Field(examples=["2026-11-26T00:00:00Z"])] = None
    """Hours that began before this day or time."""


class ReadCountOut(ResponseModel):
    """Number of requests of one caller and operation in one hour, including responses of every status."""

    hour: datetime
    """Start of the hour."""
    caller: Identifier
    """Id of the caller."""
    operation: Identifier
    """operationId."""
    count: Place
    """Number of requests."""


class ReadCountPage(Page):
    """One page of the read counts."""

    items: list[ReadCountOut]


class CheckpointQuery(PageQuery):
    pass


class CheckpointIn(RequestModel):
    """Request to create a checkpoint. The service sets all other fields."""

    location: InputShortText | None = None
    """Place where a copy is kept, in free text."""


class CheckpointPatch(RequestModel):
    """JSON Merge Patch of a checkpoint: omitted fields stay, null clears a field."""

    location: InputShortText | None = None
    """Place where a copy is kept, in free text."""


class CheckpointOut(ResponseModel):
    """Signed end of the audit trail at a time.

    Keep a copy where those who can change the database cannot reach it.
    """

    id: Place
    position: Offset
    """Number of entries."""
    hash: Identifier
    """Hash of the last entry."""
    taken_at: datetime
    key_id: Identifier | None
    """Id of the key that signs the checkpoint; null if the service had none."""
    signature: Identifier | None
    """HMAC-SHA-256 of position, hash, time and key, in canonical JSON; null without a key."""
    location: ShortText | None
    """Place where a copy is kept; null if not set."""
    version: Annotated[int, Field(ge=1, le=2**31 - 1, json_schema_extra={"format": "int32"})]
    """Version; increases with each change of this record."""
    updated_at: datetime


class CheckpointPage(Page):
    """One page of the checkpoints."""

    items: list[CheckpointOut]
