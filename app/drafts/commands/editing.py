"""Creating and changing records: each change is a draft, which someone else publishes."""

import re
from typing import Any

from sqlalchemy import Connection, func, insert, update
from sqlalchemy.ext.asyncio import AsyncConnection

from app.audit.trail import record_event
from app.auth.schemas import Caller
from app.core.errors import ProblemError
from app.core.etags import ExpectedVersions, Versioned
from app.drafts.commands import record_content
from app.drafts.commands.transitions import withdraw
from app.drafts.queries import advisory_lock, ensure_not_duplicate, get_draft, lock_record, used_ids
from app.drafts.workflow import authored, check_changeable
from app.models import Draft
from app.records.schemas.record_inputs import RecordInput, RecordPatch
from app.records.types import RECORD_TYPES, RecordType
from app.vocabulary import Editable, Publication


async def create_draft(
    connection: AsyncConnection, collection: Editable, body: RecordInput, *, by: Caller
) -> tuple[str, Versioned]:
    """Creates a record as a draft. Returns its id and the draft."""
    kind = RECORD_TYPES[collection]
    members = body.model_dump(mode="json", exclude_unset=True)
    home = kind.home_of(members)
    await advisory_lock(connection, f"{collection}/{home}")
    record_id = await _next_id(connection, collection, home, kind=kind)
    content = await connection.run_sync(
        _validated_content, kind, record_content.apply_merge_patch(kind, {"id": record_id}, members)
    )
    await ensure_not_duplicate(connection, collection, record_id, content=content, unique_fields=kind.unique_fields)
    draft = await _open_draft(connection, collection, record_id, content=content, opened_on=None, by=by)
    record_event(connection, by=by, record=f"{collection}/{record_id}", detail=record_content.audit_diff({}, content))
    return record_id, draft


async def change_draft(  # noqa: PLR0913 - record, content, version and caller
    connection: AsyncConnection,
    collection: Editable,
    record_id: str,
    *,
    body: RecordPatch,
    expected: ExpectedVersions,
    by: Caller,
) -> Versioned:
    """Changes the open draft of a record, or opens one for the published record.

    Optimistic lock: of two editors who save one record at once, the second gets 412 (`ExpectedVersions`).
    """
    kind = RECORD_TYPES[collection]
    state = await lock_record(connection, collection, record_id)
    expected.check(state.now)
    draft = state.draft
    before = draft.content if draft is not None else state.published
    if draft is not None:
        check_changeable(Publication(draft.publication), withdraws=draft.withdraws)
    if before is None:
        raise ProblemError("conflict", record_content.NOT_LOADED)
    members = body.model_dump(mode="json", exclude_unset=True)
    content = await connection.run_sync(
        _validated_content, kind, record_content.apply_merge_patch(kind, before, members)
    )
    detail = record_content.audit_diff(before, content)
    if not detail:
        if draft is None:
            raise ProblemError("conflict", "The record already has this content: there is nothing to review.")
        return state.now
    await ensure_not_duplicate(connection, collection, record_id, content=content, unique_fields=kind.unique_fields)
    record_event(connection, by=by, record=f"{collection}/{record_id}", detail=detail)
    if draft is None:
        return await _open_draft(connection, collection, record_id, content=content, opened_on=before, by=by)
    news = {"content": content, **authored(by, draft), "version": draft.version + 1, "updated_at": func.now()}
    await connection.execute(update(Draft).where(Draft.id == draft.id).values(**news))
    return await get_draft(connection, draft.id)


async def remove_record(
    connection: AsyncConnection, collection: Editable, record_id: str, *, expected: ExpectedVersions, by: Caller
) -> Versioned:
    """Withdraws the open draft of a record; if there is none, opens one whose publishing withdraws the record."""
    state = await lock_record(connection, collection, record_id)
    expected.check(state.now)
    if state.draft is not None:
        return await withdraw(connection, collection, record_id, expected=expected, by=by)
    if state.published is None:
        raise ProblemError("conflict", record_content.NOT_LOADED)
    record_event(
        connection, by=by, record=f"{collection}/{record_id}", detail={"withdrawn": {"from": False, "to": None}}
    )
    return await _open_draft(
        connection,
        collection,
        record_id,
        content=state.published,
        opened_on=state.published,
        by=by,
        withdraws=True,
    )


def _validated_content(connection: Connection, kind: RecordType, content: dict[str, Any]) -> dict[str, Any]:
    context = record_content.validation_context(connection, kind, kind.cable_of(content["id"], content))
    return record_content.validate_content(connection, kind, content, context=context)


async def _open_draft(  # noqa: PLR0913 - the parts of a revision
    connection: AsyncConnection,
    collection: Editable,
    record_id: str,
    *,
    content: dict[str, Any],
    opened_on: dict[str, Any] | None,
    by: Caller,
    withdraws: bool = False,
) -> Versioned:
    row = {
        "collection": collection.value,
        "record_id": record_id,
        "made": opened_on is None,
        "withdraws": withdraws,
        "publication": Publication.DRAFT.value,
        "content": content,
        "opened_on": opened_on,
        "author": by.id,
        "author_name": by.name,
        **authored(by),
    }
    made = await connection.scalar(insert(Draft).values(**row).returning(Draft.id))
    return await get_draft(connection, int(made or 0))


async def _next_id(connection: AsyncConnection, collection: Editable, home: str, *, kind: RecordType) -> str:
    """Returns the id after the last one used. The caller must have the advisory lock."""
    letters = kind.number.partition("{")[0]
    numbers = (re.fullmatch(rf"{home}-{letters}([0-9]+)", one) for one in await used_ids(connection, collection, home))
    last = max((int(found[1]) for found in numbers if found), default=0)
    return f"{home}-{kind.number.format(last + 1)}"
