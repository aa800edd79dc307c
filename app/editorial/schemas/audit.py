"""What is asked and answered about the audit trail."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any

from pydantic import ConfigDict, Field, WithJsonSchema

from app.core.dates import Instant
from app.core.paging import Page, PageQuery
from app.core.shapes import EXACT_MOST, GivenLine, Identifier, In, Line, Names, Offset, Out
from app.vocabulary import AuditOutcomeWord

Place = Annotated[int, Field(ge=0, le=EXACT_MOST, json_schema_extra={"format": "int64"})]
"""A place in the trail."""
Detail = Annotated[dict[str, Any], WithJsonSchema({"type": "object", "additionalProperties": True})]


class AuditSort(StrEnum):
    """The order of the trail."""

    NEWEST_FIRST = "-id"
    OLDEST_FIRST = "id"


class AuditQuery(PageQuery):
    """Filters of the trail: each takes several words (any of), and together they narrow (all of)."""

    model_config = ConfigDict(populate_by_name=True)

    caller: Annotated[Names, Field(examples=[["anonymous"]])] = []
    """Who acted: ids or names of callers."""
    person: Annotated[Names, Field(examples=[["anonymous"]])] = []
    """The persons behind them, as entries name them, whatever way they came in."""
    operation: Annotated[Names, Field(examples=[["create_checkpoint"]])] = []
    """What was done: operationIds of this document, words of commands, or `summarize_refusals`."""
    record: Annotated[Names, Field(examples=[["audit_checkpoints/1"]])] = []
    """On which record: collection and id, as entries have them, or the id alone."""
    outcome: Annotated[list[AuditOutcomeWord], Field(max_length=10, examples=[["refused"]])] = []
    """Whether it was done or refused."""
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
    """The newest first, or the oldest."""


class AuditEntryOut(Out):
    """One operation: who did what, to which record, and with what outcome."""

    id: Place
    """Its place in the trail, which has no gaps."""
    recorded_at: datetime
    caller: Identifier
    """Who acted: the way of coming in, and who it is."""
    caller_name: Line
    person: Line | None
    """The person behind the caller, as a folded name; null in entries from before persons were entered."""
    operation: Identifier
    """The operationId, or the word of a command; `summarize_refusals` where it counts refusals."""
    record: Line | None
    """Collection and id; null where it was on no single record."""
    outcome: AuditOutcomeWord
    code: Identifier | None
    """Of a refusal, the problem's code; null otherwise."""
    request_id: Identifier
    """The X-Request-Id of the request; empty for a command and for a count of refusals."""
    detail: Detail
    """What it was about, such as the fields that changed."""
    key_id: Identifier | None
    """Which key the entry is sealed with; null where the service had none."""
    previous: Identifier
    """The hash of the entry before it."""
    hash: Identifier
    """HMAC-SHA-256 of all the rest, in canonical JSON; without a key, SHA-256."""


class AuditPage(Page):
    """One page of the audit trail."""

    items: list[AuditEntryOut]


class ReadCountQuery(PageQuery):
    """Filters of the counts: each takes several words (any of), and together they narrow (all of)."""

    model_config = ConfigDict(populate_by_name=True)

    caller: Annotated[Names, Field(examples=[["anonymous"]])] = []
    """Who asked: ids of callers."""
    operation: Annotated[Names, Field(examples=[["list_recommendations"]])] = []
    """What was asked: operationIds of this document."""
    from_: Annotated[Instant | None, Field(alias="from", examples=["2026-11-25T00:00:00Z"])] = None
    """Hours that began on this day or at this time, and later ones."""
    to: Annotated[Instant | None, Field(examples=["2026-11-26T00:00:00Z"])] = None
    """Hours that began before this day or time."""


class ReadCountOut(Out):
    """How often somebody asked something in an hour, answers of every status counted."""

    hour: datetime
    """When the hour began."""
    caller: Identifier
    """Who asked."""
    operation: Identifier
    """The operationId."""
    count: Place
    """How often."""


class ReadCountPage(Page):
    """One page of the counts of reads."""

    items: list[ReadCountOut]


class CheckpointQuery(PageQuery):
    pass


class CheckpointIn(In):
    """A checkpoint to make. All that it says is the service's own, but for where a copy will be kept."""

    kept_at: GivenLine | None = None
    """Where a copy of it is kept, as people say it."""


class CheckpointPatch(In):
    """What can be changed of a checkpoint, as a JSON Merge Patch: what is left out stays, null empties."""

    kept_at: GivenLine | None = None
    """Where a copy of it is kept, as people say it."""


class CheckpointOut(Out):
    """Where the audit trail ended at a time, signed. Keep a copy where who changes the database cannot reach it."""

    id: Place
    position: Offset
    """How many entries there were."""
    hash: Identifier
    """The hash of the last of them."""
    taken_at: datetime
    key_id: Identifier | None
    """Which key it is signed with; null where the service had none."""
    signature: Identifier | None
    """HMAC-SHA-256 of position, hash, time and key, in canonical JSON; null without a key."""
    kept_at: Line | None
    """Where a copy of it is kept; null where nobody has said."""
    version: Annotated[int, Field(ge=1, le=2**31 - 1, json_schema_extra={"format": "int32"})]
    """Goes up with each change of this record."""
    updated_at: datetime


class CheckpointPage(Page):
    """One page of the checkpoints."""

    items: list[CheckpointOut]
