"""Commands of drafts of any kind: lock a record, save its draft, and move the draft through its review."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import Row, insert, update
from sqlalchemy.ext.asyncio import AsyncConnection

from app.audit.trail import record_event
from app.auth.schemas import Caller
from app.core.errors import ProblemError
from app.core.etags import ExpectedVersions, Versioned
from app.drafts.commands.classification import check_classification
from app.drafts.commands.kinds import DraftKind
from app.drafts.workflow import Decision, Transition, authored
from app.vocabulary import Publication


class LockedRecord(NamedTuple):
    """Record that a write has locked, of the version that its client expects."""

    draft: Row[Any] | None
    """Open draft, if any."""
    now: Versioned
    """Open draft, or else the published record."""


async def lock_record(
    connection: AsyncConnection, kind: DraftKind, record_id: str, *, expected: ExpectedVersions
) -> LockedRecord:
    """Locks a record until the transaction ends.

    Optimistic lock: of two callers who write one version at once, the second gets 412 (`ExpectedVersions`).
    """
    await kind.lock(connection, record_id)
    return await _read_expected(connection, kind, record_id, expected=expected)


async def _read_expected(
    connection: AsyncConnection, kind: DraftKind, record_id: str, *, expected: ExpectedVersions
) -> LockedRecord:
    draft = await kind.find_open_draft(connection, record_id)
    now = await kind.get(connection, record_id, draft)
    expected.check(now)
    return LockedRecord(draft, now)


async def save_draft(  # noqa: PLR0913 - record, content, draft and caller
    connection: AsyncConnection,
    kind: DraftKind,
    record_id: str,
    values: Mapping[str, Any],
    *,
    draft: Row[Any] | None,
    by: Caller,
) -> Row[Any]:
    """Stores the values in the locked open draft, or in a new one if there is none. Returns its row."""
    check_classification(values.get("content", values), at_u=kind.is_at_u(values))
    table = kind.table
    if draft is None:
        new = {**kind.key(record_id), "publication": Publication.DRAFT.value, **authored(by), **values}
        write: Any = insert(table).values(new)
    else:
        news = {**values, **authored(by, draft), "version": draft.version + 1}
        write = update(table).where(*kind.open(record_id)).values(news)
    saved: Row[Any] = (await connection.execute(write.returning(table.__table__))).one()
    return saved


async def transition(  # noqa: PLR0913 - record, transition, version and caller; the last ones by name
    connection: AsyncConnection,
    kind: DraftKind,
    record_id: str,
    move: Transition,
    *,
    expected: ExpectedVersions,
    by: Caller,
    note: str | None = None,
    together_with: Sequence[DraftKind] = (),
) -> Versioned:
    """Applies a transition to the open draft of a record, and to its drafts of other kinds under the same lock.

    The version of each must match `expected`.
    """
    check_classification({"note": note}, at_u=False)
    await kind.lock(connection, record_id, to_publish=move is Transition.PUBLISH)
    kinds = sorted({kind, *together_with}, key=lambda one: one.name(record_id))
    found = {one: await _read_expected(connection, one, record_id, expected=expected) for one in kinds}
    drafts = {}
    for one, locked in found.items():
        if locked.draft is None:
            raise ProblemError("conflict", one.no_draft.format(move))
        drafts[one] = locked.draft
    return await apply_transition(connection, kind, record_id, drafts, Decision(move, by, note))


async def apply_transition(
    connection: AsyncConnection,
    kind: DraftKind,
    record_id: str,
    drafts: Mapping[DraftKind, Row[Any]],
    decision: Decision,
) -> Versioned:
    """Applies a transition to locked open drafts of a record, and records it in the audit trail."""
    for one, draft in drafts.items():
        await set_state(connection, one, record_id, draft, decision)
    publishes = decision.move is Transition.PUBLISH
    published = await kind.publish(connection, record_id, drafts, decision) if publishes else {}
    for one, draft in drafts.items():
        detail = one.detail(draft, decision) | published
        record_event(connection, by=decision.by, record=one.name(record_id), detail=detail)
    return await kind.get(connection, record_id, drafts[kind])


async def set_state(
    connection: AsyncConnection, kind: DraftKind, record_id: str, draft: Row[Any], decision: Decision
) -> None:
    """Sets the state of a locked open draft after a transition. Rejects one that the workflow does not allow."""
    state = decision.state_after(draft)
    news = {"publication": state.value, "version": draft.version + 1, **kind.stamps(decision)}
    await connection.execute(update(kind.table).where(*kind.open(record_id)).values(news))
