"""What is done to keys. Each is one statement, for the transaction of whoever calls."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from sqlalchemy import bindparam, func, insert, update
from sqlalchemy.ext.asyncio import AsyncConnection

from app.access.queries import KEY
from app.access.schemas import KeyIn
from app.core.db import as_text
from app.models import ApiKey


async def create_key(connection: AsyncConnection, key: KeyIn, *, key_id: str, digest: str, by: str) -> str:
    """Enters a key that was made; the key as JSON."""
    made = insert(ApiKey).values(
        id=key_id,
        name=key.name,
        digest=digest,
        roles=[role.value for role in key.roles],
        clearance=key.clearance.value,
        created_by=by,
        expires_at=func.now() + timedelta(days=key.expires_in_days),
    )
    return (await connection.execute(made.returning(as_text(KEY)))).scalar_one()


async def revoke_key(connection: AsyncConnection, key_id: str, *, by: str) -> bool:
    """Whether there was such a key that had not been revoked. It is never deleted: what it did points to it."""
    revoked = (
        update(ApiKey)
        .where(ApiKey.id == key_id, ApiKey.revoked_at.is_(None))
        .values(revoked_at=func.now(), revoked_by=by)
        .returning(ApiKey.id)
    )
    return (await connection.execute(revoked)).scalar_one_or_none() is not None


async def note_uses(connection: AsyncConnection, uses: Mapping[str, float]) -> None:
    """Enters when keys were last used, as seconds since 1970; a later time that another process noted stays."""
    noted = (
        update(ApiKey)
        .where(ApiKey.id == bindparam("key_id"))
        .values(last_used_at=func.greatest(ApiKey.last_used_at, bindparam("used_at", type_=ApiKey.last_used_at.type)))
        .execution_options(synchronize_session=None)
    )
    rows = [{"key_id": one, "used_at": datetime.fromtimestamp(at, tz=UTC)} for one, at in uses.items()]
    await connection.execute(noted, rows)
