"""Selects over the audit trail and its checkpoints."""

from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import ColumnElement, Select, cast, or_, select
from sqlalchemy.dialects.postgresql import JSON
from sqlalchemy.ext.asyncio import AsyncConnection

from app.audit_api import schemas
from app.core.db import as_text, json_object
from app.core.errors import invalid_parameter, not_found
from app.core.etags import Versioned
from app.core.pagination import Listing, PageSlice, fetch_slice
from app.core.persons import Realms
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


def _acted(callers: list[str]) -> ColumnElement[bool]:
    """Condition on the caller: by id or by name."""
    return or_(AuditEntry.caller.in_(callers), AuditEntry.caller_name.in_(callers))


def _concerned(records: list[str]) -> ColumnElement[bool]:
    """Condition on the record: by collection and id, or by the id alone, including its assessments."""
    ids = [one for one in records if "/" not in one]
    found = [f"{collection}/{one}" for collection in COLLECTIONS for one in ids]
    found += [f"{Collection.RECOMMENDATIONS}/{one}/{aspect}" for aspect in Aspect for one in ids]
    return AuditEntry.record.in_([*records, *found])


Conditions = Mapping[str, Callable[[Any], ColumnElement[bool]]]
CONDITIONS: Conditions = {
    "caller": _acted,
    "person": lambda names: AuditEntry.person.in_([Realms().person(one) for one in names]),
    "operation": AuditEntry.operation.in_,
    "record": _concerned,
    "outcome": AuditEntry.outcome.in_,
    "from_": lambda time: AuditEntry.recorded_at >= time,
    "to": lambda time: AuditEntry.recorded_at < time,
}
"""Condition of each filter of the query."""
ORDERS: dict[schemas.AuditSort, ColumnElement[int]] = {
    schemas.AuditSort.NEWEST_FIRST: AuditEntry.position.desc(),
    schemas.AuditSort.OLDEST_FIRST: AuditEntry.position.asc(),
}


def matching(query: Any, conditions: Conditions) -> list[ColumnElement[bool]]:
    """Conditions of the filters that are set."""
    if query.from_ and query.to and query.to < query.from_:
        raise invalid_parameter("to", "must not be before `from`")
    filters = {name: getattr(query, name) for name in conditions}
    return [conditions[name](value) for name, value in filters.items() if value]


async def find_entries(connection: AsyncConnection, query: schemas.AuditQuery) -> PageSlice:
    rows = select(as_text(_ENTRY)).where(*matching(query, CONDITIONS))
    return await fetch_slice(connection, Listing(rows, [ORDERS[query.sort]]), query=query)


async def find_read_counts(connection: AsyncConnection, query: schemas.ReadCountQuery) -> PageSlice:
    """Page of the read counts, newest hour first."""
    conditions = {
        "caller": ReadCount.caller.in_,
        "operation": ReadCount.operation.in_,
        "from_": lambda time: ReadCount.hour >= time,
        "to": lambda time: ReadCount.hour < time,
    }
    rows = select(as_text(_READS)).where(*matching(query, conditions))
    order: list[Any] = [ReadCount.hour.desc(), ReadCount.caller, ReadCount.operation]
    return await fetch_slice(connection, Listing(rows, order), query=query)


def _checkpoints() -> Select[str]:
    return select(as_text(_CHECKPOINT))


async def find_checkpoints(connection: AsyncConnection, query: schemas.CheckpointQuery) -> PageSlice:
    return await fetch_slice(connection, Listing(_checkpoints(), [AuditCheckpoint.id]), query=query)


async def get_checkpoint(connection: AsyncConnection, checkpoint_id: int, *, to_change: bool = False) -> Versioned:
    """One checkpoint; `to_change` locks its row until the transaction ends."""
    one = _checkpoints().add_columns(AuditCheckpoint.version).where(AuditCheckpoint.id == checkpoint_id)
    found = (await connection.execute(one.with_for_update() if to_change else one)).one_or_none()
    if found is None:
        raise not_found("checkpoint", str(checkpoint_id))
    address = f"audit/checkpoints/{checkpoint_id}"
    return Versioned(found[0], record=f"{CHECKPOINTS}/{checkpoint_id}", version=found[1], address=address)
