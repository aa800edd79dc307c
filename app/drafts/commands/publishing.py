"""Publishing of a draft: the record's rows, the stored edit, and the state of the draft, in one transaction."""

from typing import Any

from pydantic import ValidationError
from sqlalchemy import Connection, Row, delete, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from app.auth.schemas import Caller
from app.core.errors import ProblemError
from app.core.etags import ExpectedVersions, Versioned
from app.drafts.commands import record_content
from app.drafts.commands.transitions import lock_open_draft, transition
from app.drafts.queries import advisory_lock, written_revisions
from app.drafts.workflow import Transition, check_reviewer, next_state, reviewed
from app.models import RecordEdit
from app.recommendations.commands import keep_versions
from app.records.types import RECORD_TYPES, write_record
from app.records.writer import LOAD_LOCK, entry_of
from app.vocabulary import Editable, Publication

Content = dict[str, Any]


async def publish(
    connection: AsyncConnection, collection: Editable, record_id: str, *, expected: ExpectedVersions, by: Caller
) -> Versioned:
    """Publishes a draft. Waits for a running load, which may change the record that the draft is based on."""
    await connection.execute(select(func.pg_advisory_xact_lock_shared(LOAD_LOCK)))
    if not RECORD_TYPES[collection].of_cable:
        # Publishing such a record reads and writes all records of its collection, so only one is published at a time.
        await advisory_lock(connection, collection)
    state, draft = await lock_open_draft(connection, collection, record_id, expected=expected)
    next_state(Publication(draft.publication), Transition.PUBLISH)
    check_reviewer(by, of=[draft, *(await written_revisions(connection, draft) if draft.withdraws else [])])
    content = _rebase_draft(draft, state.published)
    await connection.run_sync(_write, draft, content, before=state.published)
    await after_publishing(connection, collection, record_id)
    detail = record_content.audit_diff(state.published or {}, content)
    return await transition(
        connection, draft, Transition.PUBLISH, by=by, detail=detail, **reviewed(by), reviewed_at=func.now()
    )


async def after_publishing(connection: AsyncConnection, collection: Editable, record_id: str) -> None:
    """Stores a new version of a published recommendation in the same transaction, for its history."""
    if collection is Editable.RECOMMENDATIONS:
        await connection.run_sync(keep_versions, {record_id})


def _rebase_draft(draft: Row[Any], published: Content | None) -> Content:
    """Rebases the draft onto the currently published content (three-way merge).

    Raises a conflict if both changed a field.
    """
    if draft.made:
        content: Content = draft.content
        return content
    if published is None:
        raise ProblemError("conflict", "The record is no longer in the register. Withdraw the draft.")
    if draft.withdraws:
        return {**published, "withdrawn": True}
    opened_on, wanted = draft.opened_on, draft.content
    names = record_content.changed_fields(opened_on, wanted)
    conflicts = [name for name in names if published.get(name) not in (opened_on.get(name), wanted.get(name))]
    if conflicts:
        raise ProblemError(
            "conflict",
            f"A load has changed {', '.join(conflicts)} since the draft was opened. Return it to be redone.",
        )
    return {**published, **{name: wanted.get(name) for name in names}}


def _write(connection: Connection, draft: Row[Any], content: Content, *, before: Content | None) -> None:
    collection = Editable(draft.collection)
    kind = RECORD_TYPES[collection]
    context = record_content.validation_context(connection, kind, kind.cable_of(draft.record_id, content))
    if not draft.withdraws:
        try:
            record_content.validate_content(connection, kind, content, context=context)
        except ProblemError as error:
            advice = "The draft no longer fits the register: return it for correction."
            raise ProblemError("conflict", f"{advice} {error.detail}", error.errors) from None
    try:
        entry = entry_of(kind.schema, content)
    except ValidationError:
        raise ProblemError(
            "conflict", "The record does not fit this release. Load the register with this release first."
        ) from None
    write_record(connection, collection, entry, context=context, known=before is not None)
    _store_edit(connection, draft, content, before=before)


def _store_edit(connection: Connection, draft: Row[Any], content: Content, *, before: Content | None) -> None:
    """Stores the fields that a person changed, with the values that the curated files have there."""
    here = (RecordEdit.collection == draft.collection) & (RecordEdit.record_id == draft.record_id)
    edit = connection.execute(select(RecordEdit).where(here)).one_or_none()
    made = draft.made or (edit is not None and edit.made)
    fields: Content = content if made else dict(edit.fields) if edit else {}
    base: Content = dict(edit.base) if edit else {}
    curated: Content = dict(edit.curated) if edit else {}
    for name in [] if made else record_content.changed_fields(before or {}, content):
        # Value of the files: the one that the last load found if it is new, otherwise the one before the first edit.
        theirs = curated.pop(name, base.get(name) if name in fields else (before or {}).get(name))
        if content.get(name) == theirs:
            del fields[name], base[name]
        else:
            fields[name], base[name] = content.get(name), theirs
    if not fields:
        connection.execute(delete(RecordEdit).where(here))
        return
    row = {"fields": fields, "base": base, "curated": curated, "made": made}
    wanted = insert(RecordEdit).values(collection=draft.collection, record_id=draft.record_id, **row)
    connection.execute(wanted.on_conflict_do_update(index_elements=["collection", "record_id"], set_=row))
