"""Draft of an assessment. Its review is that of any draft; `AssessmentKind` publishes it."""

from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from app.audit.trail import record_event
from app.auth.schemas import Caller
from app.core.errors import invalid_body_field
from app.core.etags import ExpectedVersions, Versioned
from app.drafts.commands.transitions import lock_record, save_draft
from app.followup.commands import references
from app.followup.commands.kinds import AssessmentKind
from app.followup.schemas.writes import ImplementationIn, PositionIn, StateIn
from app.vocabulary import UNASSESSED, Aspect


async def draft_assessment(  # noqa: PLR0913 - target, content and caller; the last ones by name
    connection: AsyncConnection,
    kind: AssessmentKind,
    recommendation_id: str,
    body: PositionIn | ImplementationIn | StateIn,
    *,
    expected: ExpectedVersions,
    by: Caller,
) -> Versioned:
    """Replaces the open draft of the aspect, or creates one."""
    draft, now = await lock_record(connection, kind, recommendation_id, expected=expected)
    if body.source is None and kind.aspect is not Aspect.STATE and body.value != UNASSESSED[kind.aspect]:
        raise invalid_body_field("/source", f"{body.value} requires a source: a citation, a page, or words")
    number = await kind.number_to_draft(connection, recommendation_id, draft)
    assessment_id = f"{recommendation_id}:{kind.aspect}:{number}"
    values = {
        "id": assessment_id,
        "number": number,
        "value": body.value.value,
        **await _source(connection, body, anchor_id=f"{assessment_id}:{now.version + 1}"),
        "said_by_id": await references.organization_id_by_name(connection, body.said_by, pointer="/said_by"),
        "dated": body.dated,
        **references.date_bounds(body.dated),
        "note": body.note,
        "marking": body.marking.value,
    }
    saved = await save_draft(connection, kind, recommendation_id, values, draft=draft, by=by)
    detail = body.model_dump(mode="json", exclude_none=True)
    record_event(connection, by=by, record=kind.name(recommendation_id), detail=detail)
    return await kind.get(connection, recommendation_id, saved)


async def _source(
    connection: AsyncConnection, body: PositionIn | ImplementationIn | StateIn, *, anchor_id: str
) -> dict[str, Any]:
    source = body.source
    anchor = None
    if source is not None and source.citation is not None:
        pointer = "/source/citation"
        anchor = await references.create_anchor(connection, source.citation, anchor_id=anchor_id, pointer=pointer)
    return {
        "anchor_id": anchor,
        "source_title": source and source.title,
        "source_url": source and source.url,
        "source_retrieved": source and source.retrieved,
        "source_words": source and source.words,
    }
