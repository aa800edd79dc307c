"""Visibility conditions for selects, and selects over API keys."""

from typing import Any

from sqlalchemy import ColumnElement, Row, select
from sqlalchemy.ext.asyncio import AsyncConnection

from app.auth import schemas
from app.core.db import as_text, json_object
from app.core.errors import ProblemError, not_found
from app.core.pagination import Listing, PageSlice, fetch_slice
from app.models import ApiKey, Change, Recommendation, SearchEntry
from app.vocabulary import Collection, Publication


def published(of: type[Recommendation] | type[SearchEntry] = Recommendation) -> ColumnElement[bool]:
    """Condition for published recommendations, or for search entries of them; withdrawn ones are excluded."""
    return of.publication == Publication.PUBLISHED


async def absent(connection: AsyncConnection, collection: Collection, record_id: str, *, kind: str) -> ProblemError:
    """Returns the problem of a missing record: gone (410) if the change feed has it for this reader, else not found."""
    changes = select(Change.record_id).where(Change.collection == collection, Change.record_id == record_id)
    if await connection.scalar(changes.where(Change.position.is_not(None))) is None:
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


async def find_keys(connection: AsyncConnection, query: schemas.KeyQuery) -> PageSlice:
    """Keys that are not revoked, the oldest first."""
    rows = select(as_text(KEY)).select_from(ApiKey).where(ApiKey.revoked_at.is_(None))
    return await fetch_slice(connection, Listing(rows, [ApiKey.created_at, ApiKey.id]), query=query)


async def get_key(connection: AsyncConnection, key_id: str) -> str:
    """One key as JSON. Raises 410 for a revoked key."""
    found = (await connection.execute(select(as_text(KEY), ApiKey.revoked_at).where(ApiKey.id == key_id))).one_or_none()
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
    columns = (ApiKey.name, ApiKey.person, ApiKey.digest, ApiKey.roles, ApiKey.clearance, ApiKey.expires_at)
    rows = select(*columns).where(ApiKey.id == key_id, ApiKey.revoked_at.is_(None))
    return (await connection.execute(rows)).one_or_none()
