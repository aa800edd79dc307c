"""Transitions of a draft: submit, return, withdraw; and the lock and update that publishing uses too."""

from typing import Any

from sqlalchemy import Row, func, update
from sqlalchemy.ext.asyncio import AsyncConnection

from app.audit.trail import record_event
from app.auth.schemas import Caller
from app.core.errors import ProblemError
from app.core.etags import ExpectedVersions, Versioned
from app.drafts.queries import RecordState, get_draft, lock_record
from app.drafts.workflow import Transition, check_reviewer, check_withdrawer, next_state, reviewed
from app.models import Draft
from app.vocabulary import Editable, Publication


async def submit(
    connection: AsyncConnection, collection: Editable, record_id: str, *, expected: ExpectedVersions, by: Caller
) -> Versioned:
    """Submits a draft for review."""
    _, draft = await lock_open_draft(connection, collection, record_id, expected=expected)
    return await transition(connection, draft, Transition.SUBMIT, by=by, submitted_at=func.now())


async def return_to_author(  # noqa: PLR0913 - record, note, version and caller
    connection: AsyncConnection,
    collection: Editable,
    record_id: str,
    *,
    note: str,
    expected: ExpectedVersions,
    by: Caller,
) -> Versioned:
    """Returns a draft to its author, with the reviewer's note."""
    _, draft = await lock_open_draft(connection, collection, record_id, expected=expected)
    check_reviewer(by, of=[draft])
    decided = {"note": note, **reviewed(by), "reviewed_at": func.now()}
    return await transition(
        connection, draft, Transition.RETURN, by=by, detail={"note": {"from": draft.note, "to": note}}, **decided
    )


async def withdraw(
    connection: AsyncConnection, collection: Editable, record_id: str, *, expected: ExpectedVersions, by: Caller
) -> Versioned:
    """Withdraws a draft: editors only one that they wrote in, reviewers any."""
    _, draft = await lock_open_draft(connection, collection, record_id, expected=expected)
    check_withdrawer(by, of=draft)
    return await transition(connection, draft, Transition.WITHDRAW, by=by)


async def lock_open_draft(
    connection: AsyncConnection, collection: Editable, record_id: str, *, expected: ExpectedVersions
) -> tuple[RecordState, Row[Any]]:
    """Locks a record, and returns its state and its open draft. Raises a conflict if there is no open draft."""
    state = await lock_record(connection, collection, record_id)
    expected.check(state.now)
    if state.draft is None:
        raise ProblemError("conflict", "The record has no open draft. A PATCH opens one.")
    return state, state.draft


async def transition(
    connection: AsyncConnection,
    draft: Row[Any],
    kind: Transition,
    *,
    by: Caller,
    detail: dict[str, Any] | None = None,
    **values: Any,
) -> Versioned:
    """Applies a transition, also that of publishing, and records it in the audit trail."""
    after = next_state(Publication(draft.publication), kind)
    news = {"publication": after.value, "version": draft.version + 1, "updated_at": func.now(), **values}
    await connection.execute(update(Draft).where(Draft.id == draft.id).values(**news))
    record_event(
        connection,
        by=by,
        record=f"{draft.collection}/{draft.record_id}",
        detail={"publication": {"from": draft.publication, "to": after.value}, **(detail or {})},
    )
    return await get_draft(connection, draft.id)
