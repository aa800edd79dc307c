"""Selects over drafts, and the state of a record that a change is checked against."""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Row, cast, func, literal_column, or_, select
from sqlalchemy.dialects.postgresql import JSON
from sqlalchemy.ext.asyncio import AsyncConnection

from app.core.db import as_text, json_list, json_object
from app.core.errors import ProblemError, not_found
from app.core.etags import Versioned
from app.core.pagination import Listing, Slice, fetch_slice
from app.drafts.schemas import drafts as schemas
from app.drafts.workflow import OPEN, WRITTEN
from app.models import Entry, Revision
from app.panels.queries import get_participation
from app.recommendations.queries import get_recommendation
from app.reforms.queries import get_event
from app.statistics.queries import get_statistic
from app.vocabulary import Editable

GET = {
    Editable.RECOMMENDATIONS: get_recommendation,
    Editable.STATISTICS: get_statistic,
    Editable.PARTICIPATIONS: get_participation,
    Editable.EVENTS: get_event,
}
"""Getter of the published record with its version; raises if it does not exist or was withdrawn."""

_field: ColumnElement[Any] = func.jsonb_object_keys(
    func.coalesce(Revision.opened_on, literal_column("'{}'::jsonb")).concat(Revision.content)
).column_valued("field")
_DRAFT = json_object(
    schemas.DraftOut,
    id=Revision.id,
    collection=Revision.collection,
    record_id=Revision.record_id,
    made=Revision.made,
    withdraws=Revision.withdraws,
    publication=Revision.publication,
    content=cast(Revision.content, JSON),
    changed=json_list(
        select(_field).where(
            or_(
                Revision.opened_on.is_(None),
                Revision.content.op("->")(_field).is_distinct_from(Revision.opened_on.op("->")(_field)),
            )
        ),
        of=Revision,
        order_by=_field,
    ),
    version=Revision.version,
    author=Revision.author,
    author_name=Revision.author_name,
    authors=Revision.authors,
    persons=Revision.persons,
    reviewer=Revision.reviewer,
    note=Revision.note,
    created_at=Revision.created_at,
    updated_at=Revision.updated_at,
    submitted_at=Revision.submitted_at,
    reviewed_at=Revision.reviewed_at,
)
CONDITIONS: dict[str, Callable[[Any], ColumnElement[bool]]] = {
    "collection": Revision.collection.in_,
    "publication": Revision.publication.in_,
    "author": Revision.author.in_,
    "record": Revision.record_id.in_,
}
"""Condition of each filter of the query."""


class Standing(NamedTuple):
    """State of a record while a write has locked it."""

    draft: Row[Any] | None
    """Open revision, if any."""
    published: dict[str, Any] | None
    """Content of the published record."""
    now: Versioned
    """Version that the next change must match: the open revision, or else the published record."""


async def find_drafts(connection: AsyncConnection, query: schemas.DraftQuery) -> Slice:
    given = {name: getattr(query, name) for name in CONDITIONS}
    matching = [CONDITIONS[name](value) for name, value in given.items() if value]
    return await fetch_slice(
        connection, Listing(select(as_text(_DRAFT)).where(*matching), [Revision.id.desc()]), query=query
    )


async def get_draft(connection: AsyncConnection, draft_id: int) -> Versioned:
    """One revision, open or decided."""
    columns = (as_text(_DRAFT), Revision.version, Revision.collection, Revision.record_id)
    text, version, collection, record_id = (
        await connection.execute(select(*columns).where(Revision.id == draft_id))
    ).one()
    return Versioned(text, record=f"revisions/{draft_id}", version=version, address=f"{collection}/{record_id}/draft")


async def get_open_draft(connection: AsyncConnection, collection: Editable, record_id: str) -> Versioned:
    """Open revision of a record, not decided yet."""
    found = await connection.scalar(select(Revision.id).where(*_open(collection, record_id)))
    if found is None:
        raise not_found("open draft of", record_id)
    return await get_draft(connection, found)


async def lock(connection: AsyncConnection, collection: Editable, record_id: str) -> Standing:
    """State of a record, with an advisory lock against other writes until the transaction ends."""
    await keep_others_out(connection, f"{collection}/{record_id}")
    draft = (await connection.execute(select(Revision).where(*_open(collection, record_id)))).one_or_none()
    own = (Entry.collection == collection) & (Entry.record_id == record_id)
    published = await connection.scalar(select(Entry.content).where(own))
    now = await (get_draft(connection, draft.id) if draft else GET[collection](connection, record_id))
    return Standing(draft, published, now)


async def keep_others_out(connection: AsyncConnection, name: str) -> None:
    """Takes the advisory lock of this name, until the transaction ends."""
    await connection.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(name, 0))))


async def written_revisions(connection: AsyncConnection, draft: Row[Any]) -> Sequence[Row[Any]]:
    """Published and open revisions of the record of a draft."""
    of = (Revision.collection == draft.collection, Revision.record_id == draft.record_id)
    return (await connection.execute(select(Revision.__table__).where(*of, Revision.publication.in_(WRITTEN)))).all()


async def check_once(
    connection: AsyncConnection, collection: Editable, record_id: str, *, content: dict[str, Any], same: tuple[str, ...]
) -> None:
    """Rejects a duplicate: another record of the same cable, or reform, with equal values in these fields."""
    home = record_id.rpartition("-")[0]
    found = (
        select(table.record_id).where(
            table.collection == collection,
            table.record_id.startswith(f"{home}-"),
            table.record_id != record_id,
            *(
                table.content.op("->>")(name).is_not_distinct_from(
                    None if content.get(name) is None else str(content[name])
                )
                for name in same
            ),
            condition,
        )
        for table, condition in (
            (Entry, Entry.content.op("->>")("withdrawn").is_(None)),
            (Revision, Revision.publication.in_(OPEN)),
        )
    )
    for one in found:
        other = await connection.scalar(one.limit(1))
        if other is not None:
            raise ProblemError("conflict", f"{other} says the same already: change that one, or say what differs.")


async def taken_ids(connection: AsyncConnection, collection: Editable, home: str) -> list[str]:
    """Ids of the records and revisions of a cable or reform, including withdrawn ones."""
    of = [
        select(table.record_id).where(table.collection == collection, table.record_id.startswith(f"{home}-"))
        for table in (Entry, Revision)
    ]
    return list(await connection.scalars(of[0].union(of[1])))


def _open(collection: Editable, record_id: str) -> tuple[ColumnElement[bool], ...]:
    return Revision.collection == collection, Revision.record_id == record_id, Revision.publication.in_(OPEN)
