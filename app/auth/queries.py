"""Visibility conditions for selects, and selects over API keys."""

from typing import Any

from sqlalchemy import ColumnElement, Row, bindparam, select
from sqlalchemy.ext.asyncio import AsyncConnection

from app.auth import schemas
from app.core.db import as_text, json_object
from app.core.errors import ProblemError, not_found
from app.core.pagination import Listing, PageSlice, fetch_slice
from app.core.statements import Bound
from app.models import ApiKey, Change, Recommendation
from app.models.change import withdrawals
from app.models.visibility import WITHDRAWALS
from app.vocabulary import Collection, Publication


def published(of: type[Recommendation] = Recommendation) -> ColumnElement[bool]:
    """Condition for published recommendations, for writers: readers select from views without the others."""
    return of.publication == Publication.PUBLISHED


_WITHDRAWN = select(withdrawals.c.record_id).where(
    withdrawals.c.collection == bindparam("collection"), withdrawals.c.record_id == bindparam("id")
)
# Records of the other collections are deleted, so only the change feed has them.
_CHANGED = select(Change.record_id).where(
    Change.collection == bindparam("collection"), Change.record_id == bindparam("id"), Change.position.is_not(None)
)


async def absent(connection: AsyncConnection, collection: Collection, record_id: str, *, kind: str) -> ProblemError:
    """Returns the problem of a missing record: gone (410) if this reader could read it, else not found."""
    found = _WITHDRAWN if collection in WITHDRAWALS else _CHANGED
    if await connection.scalar(found, {"collection": collection.value, "id": record_id}) is None:
        return not_found(kind, record_id)
    return ProblemError("gone", f"{kind.capitalize()} {record_id} was withdrawn.")


KEY = json_object(
    schemas.KeyOut,
    id=ApiKey.id,
    name=ApiKey.name,
    person=ApiKey.person,
    roles=ApiKey.roles,
    clearance=ApiKey.clearance,
    created_at=ApiKey.created_at,
    created_by=ApiKey.created_by,
    expires_at=ApiKey.expires_at,
    last_used_at=ApiKey.last_used_at,
)


_KEYS = Bound(
    Listing(
        select(as_text(KEY)).select_from(ApiKey).where(ApiKey.revoked_at.is_(None)), [ApiKey.created_at, ApiKey.id]
    ),
    {},
)
_ONE_KEY = select(as_text(KEY), ApiKey.revoked_at).where(ApiKey.id == bindparam("id"))
_STORED_KEY = select(
    ApiKey.name, ApiKey.person, ApiKey.digest, ApiKey.roles, ApiKey.clearance, ApiKey.expires_at
).where(ApiKey.id == bindparam("id"), ApiKey.revoked_at.is_(None))


async def find_keys(connection: AsyncConnection, query: schemas.KeyQuery) -> PageSlice:
    """Keys that are not revoked, the oldest first."""
    return await fetch_slice(connection, _KEYS, query=query)


async def get_key(connection: AsyncConnection, key_id: str) -> str:
    """One key as JSON. Raises 410 for a revoked key."""
    found = (await connection.execute(_ONE_KEY, {"id": key_id})).one_or_none()
    if found is None:
        raise not_found("key", key_id)
    if found[1] is not None:
        raise ProblemError("gone", "The key was revoked.")
    return str(found[0])


async def list_every_key(connection: AsyncConnection) -> list[Row[Any]]:
    """All keys, including revoked and expired ones, the oldest first."""
    rows = select(ApiKey.__table__).order_by(ApiKey.created_at, ApiKey.id)
    return list(await connection.execute(rows))


async def get_stored_key(connection: AsyncConnection, key_id: str) -> Any:
    """The data that authenticates a key, unless it is revoked. The caller checks its expiry."""
    return (await connection.execute(_STORED_KEY, {"id": key_id})).one_or_none()
