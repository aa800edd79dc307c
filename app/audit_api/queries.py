"""Selects over the audit trail and its checkpoints."""

from typing import Any

from sqlalchemy import ColumnElement, bindparam, cast, or_, select
from sqlalchemy.dialects.postgresql import JSON
from sqlalchemy.ext.asyncio import AsyncConnection

from app.audit_api import schemas
from app.core.db import as_text, json_object
from app.core.errors import invalid_parameter, not_found
from app.core.etags import Versioned
from app.core.pagination import Listing, PageSlice, fetch_slice
from app.core.persons import Realms
from app.core.statements import Binds, Bound, Conditions, any_of, built_once, filters_of, matching
from app.models import AuditCheckpoint, AuditEntry, ReadCount
from app.vocabulary import Aspect, Collection

_ENTRY = json_object(
    schemas.AuditEntryOut,
    id=AuditEntry.position,
    recorded_at=AuditEntry.recorded_at,
    caller=AuditEntry.caller,
    caller_name=AuditEntry.caller_name,
    person=AuditEntry.person,
    operation=AuditEntry.operation,
    record=AuditEntry.record,
    outcome=AuditEntry.outcome,
    code=AuditEntry.code,
    request_id=AuditEntry.request_id,
    detail=cast(AuditEntry.detail, JSON),
    key_id=AuditEntry.key_id,
    previous=AuditEntry.previous,
    hash=AuditEntry.hash,
)
_CHECKPOINT = json_object(
    schemas.CheckpointOut,
    id=AuditCheckpoint.id,
    position=AuditCheckpoint.position,
    hash=AuditCheckpoint.hash,
    taken_at=AuditCheckpoint.taken_at,
    key_id=AuditCheckpoint.key_id,
    signature=AuditCheckpoint.signature,
    location=AuditCheckpoint.location,
    version=AuditCheckpoint.version,
    updated_at=AuditCheckpoint.updated_at,
)
_READS = json_object(
    schemas.ReadCountOut,
    hour=ReadCount.hour,
    caller=ReadCount.caller,
    operation=ReadCount.operation,
    count=ReadCount.count,
)
CHECKPOINTS = "audit_checkpoints"

COLLECTIONS = (*Collection, "keys", CHECKPOINTS)
"""Collections that entries name; an id alone is searched in each."""


def _acted(callers: Any) -> ColumnElement[bool]:
    """Condition on the caller: by id or by name."""
    return or_(any_of(AuditEntry.caller)(callers), any_of(AuditEntry.caller_name)(callers))


def _addresses(records: list[str]) -> list[str]:
    """Records as entries name them: by collection and id, or by the id alone, including its assessments."""
    ids = [one for one in records if "/" not in one]
    found = [f"{collection}/{one}" for collection in COLLECTIONS for one in ids]
    found += [f"{Collection.RECOMMENDATIONS}/{one}/{aspect}" for aspect in Aspect for one in ids]
    return [*records, *found]


CONDITIONS: Conditions = {
    "caller": _acted,
    "person": any_of(AuditEntry.person),
    "operation": any_of(AuditEntry.operation),
    "record": any_of(AuditEntry.record),
    "outcome": any_of(AuditEntry.outcome),
    "from_": lambda time: AuditEntry.recorded_at >= time,
    "to": lambda time: AuditEntry.recorded_at < time,
}
READ_CONDITIONS: Conditions = {
    "caller": any_of(ReadCount.caller),
    "operation": any_of(ReadCount.operation),
    "from_": lambda time: ReadCount.hour >= time,
    "to": lambda time: ReadCount.hour < time,
}
"""Condition of each filter of entries and of read counts."""
ORDERS: dict[schemas.AuditSort, ColumnElement[int]] = {
    schemas.AuditSort.NEWEST_FIRST: AuditEntry.position.desc(),
    schemas.AuditSort.OLDEST_FIRST: AuditEntry.position.asc(),
}


def _check_times(query: schemas.AuditQuery | schemas.ReadCountQuery) -> None:
    if query.from_ and query.to and query.to < query.from_:
        raise invalid_parameter("to", "must not be before `from`")


@built_once
def _entry_listing(binds: Binds, order: schemas.AuditSort) -> Listing:
    return Listing(select(as_text(_ENTRY)).where(*matching(binds, CONDITIONS)), [ORDERS[order]])


async def find_entries(connection: AsyncConnection, query: schemas.AuditQuery) -> PageSlice:
    _check_times(query)
    values = filters_of(query, CONDITIONS)
    if query.person:
        values["person"] = [Realms().person(one) for one in query.person]
    if query.record:
        values["record"] = _addresses(query.record)
    return await fetch_slice(connection, _entry_listing(values, query.sort), query=query)


@built_once
def _read_listing(binds: Binds) -> Listing:
    order: list[Any] = [ReadCount.hour.desc(), ReadCount.caller, ReadCount.operation]
    return Listing(select(as_text(_READS)).where(*matching(binds, READ_CONDITIONS)), order)


async def find_read_counts(connection: AsyncConnection, query: schemas.ReadCountQuery) -> PageSlice:
    """Page of the read counts, newest hour first."""
    _check_times(query)
    return await fetch_slice(connection, _read_listing(filters_of(query, READ_CONDITIONS)), query=query)


_CHECKPOINTS = select(as_text(_CHECKPOINT))
_ALL_CHECKPOINTS = Bound(Listing(_CHECKPOINTS, [AuditCheckpoint.id]), {})
_ONE_CHECKPOINT = _CHECKPOINTS.add_columns(AuditCheckpoint.version).where(AuditCheckpoint.id == bindparam("id"))
_LOCKED_CHECKPOINT = _ONE_CHECKPOINT.with_for_update()


async def find_checkpoints(connection: AsyncConnection, query: schemas.CheckpointQuery) -> PageSlice:
    return await fetch_slice(connection, _ALL_CHECKPOINTS, query=query)


async def get_checkpoint(connection: AsyncConnection, checkpoint_id: int, *, to_change: bool = False) -> Versioned:
    """One checkpoint; `to_change` locks its row until the transaction ends."""
    one = _LOCKED_CHECKPOINT if to_change else _ONE_CHECKPOINT
    found = (await connection.execute(one, {"id": checkpoint_id})).one_or_none()
    if found is None:
        raise not_found("checkpoint", str(checkpoint_id))
    address = f"audit/checkpoints/{checkpoint_id}"
    return Versioned(found[0], record=f"{CHECKPOINTS}/{checkpoint_id}", version=found[1], address=address)
