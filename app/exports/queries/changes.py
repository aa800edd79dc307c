"""Change feed: the changes since a position, each with the record as it is now."""

import json
import re
from collections.abc import Sequence
from datetime import UTC, date, datetime, time
from typing import NamedTuple

from sqlalchemy import ColumnElement, Integer, Select, bindparam, func, literal, or_, select, union
from sqlalchemy.ext.asyncio import AsyncConnection

from app.core.cursors import cursor_key_of, decode_cursor, encode_cursor
from app.core.dates import rfc3339, today
from app.core.errors import ProblemError
from app.core.folding import FORBIDDEN
from app.core.pagination import Listing
from app.core.statements import Binds, Conditions, any_of, built_once, filters_of, matching
from app.exports.queries.lists import EXPORTS, Export, key_of
from app.exports.schemas import ChangeQuery
from app.models import (
    Action,
    ActionRevision,
    Change,
    Event,
    EventConflict,
    ProgressReport,
    ProgressReportRevision,
    Register,
)
from app.vocabulary import Collection

FURTHEST = 2**63 - 1
FOREIGN = "This `since` does not belong to the changes of these collections in this register."
BEFORE_RESTORE = "This `since` is of another clearance, or of the register before it was restored: begin without it."
_DATED = re.compile("[0-9]{4}(-|$)")
"""Beginning of a date; recognizes a date that a client gives as `since`."""


class ChangeCursor(NamedTuple):
    """Position of a copy in the changes: the register, the last change, and the day.

    While the copy advances to a later day, `turning` is that day, and `last_key` is the last record reported for it.
    """

    register: str
    position: int
    day: date
    turning: date | None = None
    last_key: str = ""


class Entry(NamedTuple):
    """Record that changed, and the position of a copy after it."""

    collection: str
    record_id: str
    changed_at: datetime
    place: ChangeCursor


class Found(NamedTuple):
    """Page of changes, each as JSON text."""

    items: tuple[str, ...]
    next_since: str
    has_more: bool


async def find_changes(connection: AsyncConnection, query: ChangeQuery) -> Found:
    """Returns the changes after `since`, in commit order; only the last change of each record.

    Changes that a new day alone causes come first: outcomes of expectations, and the stages that rest on them.
    """
    bound_to = f"changes|{','.join(sorted(query.collection))}"
    key = await cursor_key_of(connection)
    written = decode_cursor(query.since, key=key, bound_to=bound_to) if query.since else None
    place = await _begin(connection, written, since=query.since)
    entries: list[Entry] = []
    while place.day < today() and len(entries) <= query.limit:
        place = place._replace(turning=place.turning or today())
        entries += await _changes_by_date(connection, place, query=query, most=query.limit + 1 - len(entries))
        if len(entries) <= query.limit:
            place = ChangeCursor(place.register, place.position, place.turning or place.day)
    if len(entries) <= query.limit:
        placed = await _placed(connection, place, query=query, most=query.limit + 1 - len(entries))
        place = placed[-1].place if placed else place
        entries += placed
    page, has_more = entries[: query.limit], len(entries) > query.limit
    reached = page[-1].place if has_more else place
    next_since = encode_cursor(json.dumps(reached, default=str), key=key, bound_to=bound_to)
    return Found(await _as_items(connection, page), next_since, has_more)


_STATE = select(Register.id, select(func.coalesce(func.max(Change.position), 0)).scalar_subquery())


async def _begin(connection: AsyncConnection, written: str | None, *, since: str) -> ChangeCursor:
    """Returns the position encoded in `since`. Rejects one of another register, as after a restore."""
    register, newest_position = (await connection.execute(_STATE)).one()
    if not since:
        return ChangeCursor(register, 0, today())
    place = _read(written)
    if place is None and _DATED.match(since):
        detail = "`since` is no date, but the `next_since` of the answer before: begin without it. "
        detail += "For the records that changed since a day, ask /v1/recommendations with `updated_since`."
        raise ProblemError("invalid-cursor", detail)
    if place is None:
        raise ProblemError("invalid-cursor", FOREIGN)
    if place.register != register or place.position > newest_position:
        raise ProblemError("too-old", BEFORE_RESTORE)
    return place


def _read(written: str | None) -> ChangeCursor | None:
    try:
        register, position, day, turning, last_key = json.loads(written or "")
        place = ChangeCursor(
            str(register),
            int(position),
            date.fromisoformat(day),
            turning and date.fromisoformat(turning),
            str(last_key),
        )
    except (ValueError, TypeError):
        return None
    return place if 0 <= place.position <= FURTHEST and not FORBIDDEN.search(place.last_key) else None


async def _placed(connection: AsyncConnection, place: ChangeCursor, *, query: ChangeQuery, most: int) -> list[Entry]:
    """Returns the changes after a position."""
    after = {"after": place.position, "most": most}
    rows = _placed_rows(filters_of(query, CHANGE_CONDITIONS))
    return [
        Entry(row.collection, row.record_id, row.changed_at, place._replace(position=row.position))
        for row in await connection.execute(rows.built, {**rows.values, **after})
    ]


CHANGE_CONDITIONS: Conditions = {"collection": any_of(Change.collection)}


@built_once
def _placed_rows(binds: Binds) -> Select[str, str, datetime, int | None]:
    rows = placed_changes().where(Change.position > bindparam("after"), *matching(binds, CHANGE_CONDITIONS))
    return rows.order_by(Change.position).limit(bindparam("most", type_=Integer))


async def _changes_by_date(
    connection: AsyncConnection, place: ChangeCursor, *, query: ChangeQuery, most: int
) -> list[Entry]:
    """Returns events and actions with a day between the two days of a position, and the records that rest on them."""
    between = (place.day, place.turning)
    turning = select(Event.id).where(or_(Event.latest.between(*between), Event.known_from.between(*between)))
    touched = union(
        turning,
        select(Event.id).where(Event.fulfilled_by_id.in_(turning)),
        select(EventConflict.event_id).where(EventConflict.other_id.in_(turning)),
    ).cte("touched")
    dated = union(
        select(literal(Collection.EVENTS.value).label("collection"), touched.c.id.label("id")),
        select(literal(Collection.REFORMS.value), Event.reform_id)
        .join(touched, touched.c.id == Event.id)
        .where(Event.reform_id.is_not(None)),
        # An action is overdue from the day after its last day.
        select(literal(Collection.ACTIONS.value), Action.id)
        .join(ActionRevision, (ActionRevision.action_id == Action.id) & (ActionRevision.number == Action.current))
        .where(ActionRevision.due_latest.between(*between)),
        select(literal(Collection.ACTIONS.value), ProgressReport.action_id)
        .join(
            ProgressReportRevision,
            (ProgressReportRevision.report_id == ProgressReport.id)
            & (ProgressReportRevision.number == ProgressReport.current),
        )
        .where(ProgressReportRevision.done_on.between(*between)),
    ).subquery("dated")
    key: ColumnElement[str] = func.concat(dated.c.collection, "/", dated.c.id)
    rows = (
        select(dated.c.collection, dated.c.id, key.label("key")).where(key > place.last_key).order_by(key).limit(most)
    )
    if query.collection:
        rows = rows.where(dated.c.collection.in_(query.collection))
    midnight = datetime.combine(place.turning or place.day, time(), UTC)
    return [
        Entry(row.collection, row.id, midnight, place._replace(last_key=row.key))
        for row in await connection.execute(rows)
    ]


def placed_changes() -> Select[str, str, datetime, int | None]:
    """Returns the select of committed changes, the last one of each record."""
    columns = (Change.collection, Change.record_id, Change.changed_at, Change.position)
    return select(*columns).where(Change.position.is_not(None))


async def get_records(connection: AsyncConnection, named: Sequence[tuple[str, str]]) -> dict[tuple[str, str], str]:
    """Returns the JSON of records by collection and id, as their lists have it. Runs one statement per list."""
    records: dict[tuple[str, str], str] = {}
    for collection in dict.fromkeys(collection for collection, _ in named):
        export = EXPORTS[collection]
        listing = await export.listed(connection, export.filters())
        ids = [record_id for other, record_id in named if other == collection]
        rows = _records({**listing.values, "ids": ids}, export, listing.built)
        found = await connection.execute(rows.built, rows.values)
        records |= {(collection, record_id): record for record, record_id in found}
    return records


@built_once
def _records(binds: Binds, export: Export, listing: Listing) -> Select[str, str]:
    key = key_of(export, listing)
    return listing.rows.add_columns(key).where(any_of(key)(binds["ids"]))


async def _as_items(connection: AsyncConnection, entries: Sequence[Entry]) -> tuple[str, ...]:
    records = await get_records(connection, [(entry.collection, entry.record_id) for entry in entries])
    return tuple(_item(entry, records.get((entry.collection, entry.record_id))) for entry in entries)


def _item(entry: Entry, record: str | None) -> str:
    fields = {
        "collection": entry.collection,
        "id": entry.record_id,
        "removed": record is None,
        "changed_at": rfc3339(entry.changed_at),
    }
    return f'{json.dumps(fields)[:-1]}, "record": {record or "null"}}}'
