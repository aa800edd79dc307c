"""Creating and changing records: each change is a draft, which someone else publishes."""

import re
from typing import Any

from sqlalchemy import Connection, func, insert, update
from sqlalchemy.ext.asyncio import AsyncConnection

from app.audit.trail import enter
from app.auth.schemas import Caller
from app.core.errors import ProblemError
from app.core.etags import Expected, Versioned
from app.drafts.commands import record_content
from app.drafts.commands.transitions import withdraw
from app.drafts.queries import (
    check_once,
    get_draft,
    keep_others_out,
    lock,
    taken_ids,
)
from app.drafts.schemas.records import GivenPatch, GivenRecord
from app.drafts.workflow import authored, check_changeable
from app.models import Revision
from app.records.types import KINDS, Kind
from app.vocabulary import Editable, Publication


async def make(
    connection: AsyncConnection, collection: Editable, given: GivenRecord, *, by: Caller
) -> tuple[str, Versioned]:
    """Creates a record as a draft. Returns its id and the draft."""
    kind = KINDS[collection]
    told = given.model_dump(mode="json", exclude_unset=True)
    home = kind.home_of(told)
    await keep_others_out(connection, f"{collection}/{home}")
    record_id = await _next_id(connection, collection, home, kind=kind)
    content = await connection.run_sync(_whole, kind, record_content.merged(kind, {"id": record_id}, told))
    await check_once(connection, collection, record_id, content=content, same=kind.same)
    draft = await _open(connection, collection, record_id, content=content, opened_on=None, by=by)
    enter(connection, by=by, record=f"{collection}/{record_id}", detail=record_content.told({}, content))
    return record_id, draft


async def change(  # noqa: PLR0913 - record, content, version and caller
    connection: AsyncConnection,
    collection: Editable,
    record_id: str,
    *,
    given: GivenPatch,
    expected: Expected,
    by: Caller,
) -> Versioned:
    """Changes the open draft of a record, or opens one for the published record."""
    kind = KINDS[collection]
    standing = await lock(connection, collection, record_id)
    expected.check(standing.now)
    draft = standing.draft
    before = draft.content if draft is not None else standing.published
    if draft is not None:
        check_changeable(Publication(draft.publication), withdraws=draft.withdraws)
    if before is None:
        raise ProblemError("conflict", record_content.NOT_LOADED)
    told = given.model_dump(mode="json", exclude_unset=True)
    content = await connection.run_sync(_whole, kind, record_content.merged(kind, before, told))
    detail = record_content.told(before, content)
    if not detail:
        if draft is None:
            raise ProblemError("conflict", "It says so already: there is nothing to review.")
        return standing.now
    await check_once(connection, collection, record_id, content=content, same=kind.same)
    enter(connection, by=by, record=f"{collection}/{record_id}", detail=detail)
    if draft is None:
        return await _open(connection, collection, record_id, content=content, opened_on=before, by=by)
    news = {"content": content, **authored(by, draft), "version": draft.version + 1, "updated_at": func.now()}
    await connection.execute(update(Revision).where(Revision.id == draft.id).values(**news))
    return await get_draft(connection, draft.id)


async def remove(
    connection: AsyncConnection, collection: Editable, record_id: str, *, expected: Expected, by: Caller
) -> Versioned:
    """Withdraws the open draft of a record; if there is none, opens one whose publishing withdraws the record."""
    standing = await lock(connection, collection, record_id)
    expected.check(standing.now)
    if standing.draft is not None:
        return await withdraw(connection, collection, record_id, expected=expected, by=by)
    if standing.published is None:
        raise ProblemError("conflict", record_content.NOT_LOADED)
    enter(connection, by=by, record=f"{collection}/{record_id}", detail={"withdrawn": {"from": False, "to": None}})
    return await _open(
        connection,
        collection,
        record_id,
        content=standing.published,
        opened_on=standing.published,
        by=by,
        withdraws=True,
    )


def _whole(connection: Connection, kind: Kind, content: dict[str, Any]) -> dict[str, Any]:
    ground = record_content.ground_for(connection, kind, kind.cable_of(content["id"], content))
    return record_content.whole(connection, kind, content, ground=ground)


async def _open(  # noqa: PLR0913 - the parts of a revision
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
    made = await connection.scalar(insert(Revision).values(**row).returning(Revision.id))
    return await get_draft(connection, int(made or 0))


async def _next_id(connection: AsyncConnection, collection: Editable, home: str, *, kind: Kind) -> str:
    """Returns the id after the last one used. The caller must have the advisory lock."""
    letters = kind.number.partition("{")[0]
    numbers = (re.fullmatch(rf"{home}-{letters}([0-9]+)", one) for one in await taken_ids(connection, collection, home))
    last = max((int(found[1]) for found in numbers if found), default=0)
    return f"{home}-{kind.number.format(last + 1)}"
