"""Selects over drafts, and the ids and contents that a new record must not repeat."""

from typing import Any

from sqlalchemy import ColumnElement, cast, func, literal_column, or_, select
from sqlalchemy.dialects.postgresql import JSON
from sqlalchemy.ext.asyncio import AsyncConnection

from app.core.db import as_text, json_list, json_object
from app.core.errors import ProblemError, not_found
from app.core.etags import Versioned
from app.core.pagination import Listing, PageSlice, fetch_slice
from app.core.statements import Binds, Conditions, any_of, built_once, filters_of, matching
from app.drafts import schemas
from app.drafts.workflow import OPEN_STATES
from app.models import Draft, RecordContent
from app.vocabulary import Editable

_field: ColumnElement[Any] = func.jsonb_object_keys(
    func.coalesce(Draft.opened_on, literal_column("'{}'::jsonb")).concat(Draft.content)
).column_valued("field")
_DRAFT = json_object(
    schemas.DraftOut,
    id=Draft.id,
    collection=Draft.collection,
    record_id=Draft.record_id,
    made=Draft.made,
    withdraws=Draft.withdraws,
    publication=Draft.publication,
    content=cast(Draft.content, JSON),
    changed=json_list(
        select(_field).where(
            or_(
                Draft.opened_on.is_(None),
                Draft.content.op("->")(_field).is_distinct_from(Draft.opened_on.op("->")(_field)),
            )
        ),
        of=Draft,
        order_by=_field,
    ),
    version=Draft.version,
    author=Draft.author,
    author_name=Draft.author_name,
    authors=Draft.authors,
    persons=Draft.persons,
    reviewer=Draft.reviewer,
    note=Draft.note,
    created_at=Draft.created_at,
    updated_at=Draft.updated_at,
    submitted_at=Draft.submitted_at,
    reviewed_at=Draft.reviewed_at,
)
CONDITIONS: Conditions = {
    "collection": any_of(Draft.collection),
    "publication": any_of(Draft.publication),
    "author": any_of(Draft.author),
    "record": any_of(Draft.record_id),
}
"""Condition of each filter of the query."""


@built_once
def _listing(binds: Binds) -> Listing:
    return Listing(select(as_text(_DRAFT)).where(*matching(binds, CONDITIONS)), [Draft.id.desc()])


async def find_drafts(connection: AsyncConnection, query: schemas.DraftQuery) -> PageSlice:
    return await fetch_slice(connection, _listing(filters_of(query, CONDITIONS)), query=query)


async def get_draft(connection: AsyncConnection, draft_id: int) -> Versioned:
    """One revision, open or decided."""
    columns = (as_text(_DRAFT), Draft.version, Draft.collection, Draft.record_id)
    text, version, collection, record_id = (
        await connection.execute(select(*columns).where(Draft.id == draft_id))
    ).one()
    return Versioned(text, record=f"revisions/{draft_id}", version=version, address=f"{collection}/{record_id}/draft")


async def get_open_draft(connection: AsyncConnection, collection: Editable, record_id: str) -> Versioned:
    """Open revision of a record, not decided yet."""
    found = await connection.scalar(
        select(Draft.id).where(
            Draft.collection == collection, Draft.record_id == record_id, Draft.publication.in_(OPEN_STATES)
        )
    )
    if found is None:
        raise not_found("open draft of", record_id)
    return await get_draft(connection, found)


async def ensure_not_duplicate(
    connection: AsyncConnection,
    collection: Editable,
    record_id: str,
    *,
    content: dict[str, Any],
    unique_fields: tuple[str, ...],
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
                for name in unique_fields
            ),
            condition,
        )
        for table, condition in (
            (RecordContent, RecordContent.content.op("->>")("withdrawn").is_(None)),
            (Draft, Draft.publication.in_(OPEN_STATES)),
        )
    )
    for one in found:
        other = await connection.scalar(one.limit(1))
        if other is not None:
            raise ProblemError(
                "conflict", f"{other} already has the same content. Change that record, or send what differs."
            )


async def used_ids(connection: AsyncConnection, collection: Editable, home: str) -> list[str]:
    """Ids of the records and revisions of a cable or reform, including withdrawn ones."""
    of = [
        select(table.record_id).where(table.collection == collection, table.record_id.startswith(f"{home}-"))
        for table in (RecordContent, Draft)
    ]
    return list(await connection.scalars(of[0].union(of[1])))
