"""Creating and changing records: each change is a draft, which someone else publishes."""

import re
from typing import Any

from sqlalchemy import Connection, func
from sqlalchemy.ext.asyncio import AsyncConnection

from app.audit.trail import record_event
from app.auth.schemas import Caller
from app.core.errors import ProblemError
from app.core.etags import ExpectedVersions, Versioned
from app.core.schemas import RequestModel
from app.drafts.commands import record_content
from app.drafts.commands.records import RecordDraftKind, advisory_lock
from app.drafts.commands.transitions import apply_transition, lock_record, save_draft
from app.drafts.queries import ensure_not_duplicate, used_ids
from app.drafts.workflow import Decision, Transition, check_changeable

Content = dict[str, Any]


async def create_draft(
    connection: AsyncConnection, kind: RecordDraftKind, body: RequestModel, *, by: Caller
) -> tuple[str, Versioned]:
    """Creates a record as a draft. Returns its id and the draft."""
    members = body.model_dump(mode="json", exclude_unset=True)
    home = kind.type.home_of(members)
    await advisory_lock(connection, f"{kind.collection}/{home}")
    record_id = await _next_id(connection, kind, home)
    content = await _validated_content(connection, kind, {"id": record_id}, members)
    await ensure_not_duplicate(
        connection, kind.collection, record_id, content=content, unique_fields=kind.type.unique_fields
    )
    draft = await _open_draft(connection, kind, record_id, content=content, by=by)
    record_event(connection, by=by, record=kind.name(record_id), detail=record_content.audit_diff({}, content))
    return record_id, draft


async def change_draft(  # noqa: PLR0913 - record, content, version and caller
    connection: AsyncConnection,
    kind: RecordDraftKind,
    record_id: str,
    *,
    body: RequestModel,
    expected: ExpectedVersions,
    by: Caller,
) -> Versioned:
    """Changes the open draft of a record, or opens one for the published record."""
    draft, now = await lock_record(connection, kind, record_id, expected=expected)
    if draft is not None:
        check_changeable(draft, withdraws=draft.withdraws)
    before = draft.content if draft is not None else await _published_content(connection, kind, record_id)
    content = await _validated_content(connection, kind, before, body.model_dump(mode="json", exclude_unset=True))
    detail = record_content.audit_diff(before, content)
    if not detail:
        if draft is None:
            raise ProblemError("conflict", "The record already has this content: there is nothing to review.")
        return now
    await ensure_not_duplicate(
        connection, kind.collection, record_id, content=content, unique_fields=kind.type.unique_fields
    )
    record_event(connection, by=by, record=kind.name(record_id), detail=detail)
    if draft is None:
        return await _open_draft(connection, kind, record_id, content=content, opened_on=before, by=by)
    values = {"content": content, "updated_at": func.now()}
    return await kind.get(
        connection, record_id, await save_draft(connection, kind, record_id, values, draft=draft, by=by)
    )


async def remove_record(
    connection: AsyncConnection, kind: RecordDraftKind, record_id: str, *, expected: ExpectedVersions, by: Caller
) -> Versioned:
    """Withdraws the open draft of a record; if there is none, opens one whose publishing withdraws the record."""
    draft, _ = await lock_record(connection, kind, record_id, expected=expected)
    if draft is not None:
        return await apply_transition(connection, kind, record_id, {kind: draft}, Decision(Transition.WITHDRAW, by))
    content = await _published_content(connection, kind, record_id)
    record_event(connection, by=by, record=kind.name(record_id), detail={"withdrawn": {"from": False, "to": None}})
    return await _open_draft(connection, kind, record_id, content=content, opened_on=content, withdraws=True, by=by)


async def _published_content(connection: AsyncConnection, kind: RecordDraftKind, record_id: str) -> Content:
    content = await kind.published_content(connection, record_id)
    if content is None:
        raise ProblemError("conflict", record_content.NOT_LOADED)
    return content


async def _validated_content(
    connection: AsyncConnection, kind: RecordDraftKind, before: Content, patch: Content
) -> Content:
    """Returns the content with the patch applied. Raises with all its validation errors."""
    patched = record_content.apply_merge_patch(kind.type, before, patch)
    cable_id = kind.type.cable_of(patched["id"], patched)

    def validate(sync: Connection) -> Content:
        context = record_content.validation_context(sync, kind.type, cable_id)
        return record_content.validate_content(sync, kind.type, patched, context=context)

    return await connection.run_sync(validate)


async def _open_draft(  # noqa: PLR0913 - the parts of a draft
    connection: AsyncConnection,
    kind: RecordDraftKind,
    record_id: str,
    *,
    content: Content,
    by: Caller,
    opened_on: Content | None = None,
    withdraws: bool = False,
) -> Versioned:
    row = {
        "made": opened_on is None,
        "withdraws": withdraws,
        "content": content,
        "opened_on": opened_on,
        "author": by.id,
        "author_name": by.name,
    }
    draft = await save_draft(connection, kind, record_id, row, draft=None, by=by)
    return await kind.get(connection, record_id, draft)


async def _next_id(connection: AsyncConnection, kind: RecordDraftKind, home: str) -> str:
    """Returns the id after the last one used. The caller must have the advisory lock of the home."""
    number = kind.type.number
    letters = number.partition("{")[0]
    used = await used_ids(connection, kind.collection, home)
    numbers = (re.fullmatch(rf"{home}-{letters}([0-9]+)", one) for one in used)
    last = max((int(found[1]) for found in numbers if found), default=0)
    return f"{home}-{number.format(last + 1)}"
