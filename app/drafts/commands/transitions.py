"""Transitions of a draft: submit, return, withdraw."""

from typing import Any

from sqlalchemy import Row, func, update
from sqlalchemy.ext.asyncio import AsyncConnection

from app.audit.trail import enter
from app.auth.schemas import Caller
from app.core.errors import ProblemError
from app.core.etags import Expected, Versioned
from app.drafts.queries import Standing, get_draft, lock
from app.drafts.workflow import (
    Move,
    check_reviewer,
    check_withdrawer,
    moved,
    reviewed,
)
from app.models import Revision
from app.vocabulary import Editable, Publication


async def submit(
    connection: AsyncConnection, collection: Editable, record_id: str, *, expected: Expected, by: Caller
) -> Versioned:
    """Submits a draft for review."""
    _, draft = await draft_of(connection, collection, record_id, expected=expected)
    return await move(connection, draft, Move.SUBMIT, by=by, submitted_at=func.now())


async def give_back(  # noqa: PLR0913 - record, note, version and caller
    connection: AsyncConnection, collection: Editable, record_id: str, *, note: str, expected: Expected, by: Caller
) -> Versioned:
    """Returns a draft to its author, with the reviewer's note."""
    _, draft = await draft_of(connection, collection, record_id, expected=expected)
    check_reviewer(by, of=[draft])
    told = {"note": note, **reviewed(by), "reviewed_at": func.now()}
    return await move(connection, draft, Move.RETURN, by=by, detail={"note": {"from": draft.note, "to": note}}, **told)


async def withdraw(
    connection: AsyncConnection, collection: Editable, record_id: str, *, expected: Expected, by: Caller
) -> Versioned:
    """Withdraws a draft: editors only one that they wrote in, reviewers any."""
    _, draft = await draft_of(connection, collection, record_id, expected=expected)
    check_withdrawer(by, of=draft)
    return await move(connection, draft, Move.WITHDRAW, by=by)


async def draft_of(
    connection: AsyncConnection, collection: Editable, record_id: str, *, expected: Expected
) -> tuple[Standing, Row[Any]]:
    """Locks a record, and returns its state and its open draft. Raises a conflict if there is no open draft."""
    standing = await lock(connection, collection, record_id)
    expected.check(standing.now)
    if standing.draft is None:
        raise ProblemError("conflict", "There is no open draft of it: a PATCH opens one.")
    return standing, standing.draft


async def move(
    connection: AsyncConnection,
    draft: Row[Any],
    kind: Move,
    *,
    by: Caller,
    detail: dict[str, Any] | None = None,
    **told: Any,
) -> Versioned:
    """Applies a transition, and records it in the audit trail."""
    after = moved(Publication(draft.publication), kind)
    news = {"publication": after.value, "version": draft.version + 1, "updated_at": func.now(), **told}
    await connection.execute(update(Revision).where(Revision.id == draft.id).values(**news))
    enter(
        connection,
        by=by,
        record=f"{draft.collection}/{draft.record_id}",
        detail={"publication": {"from": draft.publication, "to": after.value}, **(detail or {})},
    )
    return await get_draft(connection, draft.id)
