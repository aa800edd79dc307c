"""Revisions of any kind of record: drafted, changed and reviewed; immutable once published or withdrawn."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Row, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from app.auth.schemas import Caller
from app.core.errors import ProblemError
from app.drafts.workflow import (
    OPEN_STATES,
    WRITTEN_STATES,
    Transition,
    authored,
    check_changeable,
    check_reviewer,
    check_withdrawer,
    next_state,
    reviewed,
)
from app.vocabulary import Publication


@dataclass(frozen=True)
class RevisionSubject:
    """Record that has revisions. Writes lock the row of `head`."""

    table: Any
    key: Mapping[str, str]
    head: Any
    head_id: str
    record: str
    """Name of the record in the audit trail."""

    @property
    def here(self) -> list[ColumnElement[bool]]:
        return [getattr(self.table, column) == value for column, value in self.key.items()]


async def lock_subject(connection: AsyncConnection, subject: RevisionSubject) -> None:
    """Locks the head row until the transaction ends."""
    row = select(subject.head.id).where(subject.head.id == subject.head_id)
    await connection.execute(row.with_for_update(key_share=True))


async def open_revision(connection: AsyncConnection, subject: RevisionSubject) -> Row[Any] | None:
    """Returns the revision that is not decided yet, if any."""
    rows = select(subject.table.__table__).where(*subject.here, subject.table.publication.in_(OPEN_STATES))
    return (await connection.execute(rows)).one_or_none()


async def written_revisions(connection: AsyncConnection, subject: RevisionSubject) -> Sequence[Row[Any]]:
    """Returns the published and open revisions: the work that a withdrawal would undo."""
    rows = select(subject.table.__table__).where(*subject.here, subject.table.publication.in_(WRITTEN_STATES))
    return (await connection.execute(rows)).all()


async def save_draft(
    connection: AsyncConnection, subject: RevisionSubject, values: Mapping[str, Any], *, number: int, by: Caller
) -> None:
    """Stores the values in the open draft; inserts a draft with this number if there is none."""
    table, here = subject.table, (*subject.here, subject.table.number == number)
    found = await open_revision(connection, subject)
    if found is None:
        new = {**subject.key, "number": number, "publication": Publication.DRAFT.value, **authored(by), **values}
        await connection.execute(insert(table).values(new))
        return
    changed = {**values, **authored(by, found), "version": table.version + 1}
    await connection.execute(update(table).where(*here).values(changed))


async def number_to_draft(connection: AsyncConnection, subject: RevisionSubject) -> int:
    """Returns the number of the open draft, or the next number. Raises a conflict while the draft is in review."""
    found = await open_revision(connection, subject)
    if found is not None:
        check_changeable(Publication(found.publication))
        return int(found.number)
    return int((await connection.scalar(select(func.max(subject.table.number)).where(*subject.here))) or 0) + 1


async def transition(connection: AsyncConnection, subject: RevisionSubject, way: Transition, *, by: Caller) -> Row[Any]:
    """Applies a transition to the open revision, and returns its row from before.

    A reviewer must not be an author of it.
    """
    found = await open_revision(connection, subject)
    if found is None:
        raise ProblemError("conflict", f"There is no open draft to {way}.")
    state = next_state(Publication(found.publication), way)
    if way in {Transition.PUBLISH, Transition.RETURN}:
        check_reviewer(by, of=[found])
    if way is Transition.WITHDRAW:
        check_withdrawer(by, of=found)
    values: dict[str, Any] = {"publication": state.value, "version": subject.table.version + 1}
    if way is Transition.PUBLISH:
        values |= {**reviewed(by), "recorded_at": func.clock_timestamp()}
    here = (*subject.here, subject.table.number == found.number)
    await connection.execute(update(subject.table).where(*here).values(values))
    return found
