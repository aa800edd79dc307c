"""What is done to keys, in the transaction of whoever calls."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from sqlalchemy import bindparam, func, insert, update
from sqlalchemy.ext.asyncio import AsyncConnection

from app.access.queries import KEY
from app.access.schemas import KeyIn
from app.audit.trail import Named, enter
from app.core.db import as_text
from app.models import ApiKey

KEYS = "keys"
"""What their entries in the audit trail are under."""


async def create_key(connection: AsyncConnection, key: KeyIn, *, key_id: str, digest: str, by: Named) -> str:
    """Enters a key that was made, and that into the audit trail; the key as JSON."""
    made = insert(ApiKey).values(
        id=key_id,
        name=key.name,
        digest=digest,
        roles=[role.value for role in key.roles],
        clearance=key.clearance.value,
        created_by=by.id,
        expires_at=func.now() + timedelta(days=key.expires_in_days),
    )
    entered: str = (await connection.execute(made.returning(as_text(KEY)))).scalar_one()
    told = {"name": key.name, "roles": [role.value for role in key.roles], "clearance": key.clearance.value}
    enter(connection, by=by, record=f"{KEYS}/{key_id}", operation="create_key", detail=told)
    return entered


async def revoke_key(connection: AsyncConnection, key_id: str, *, by: Named) -> bool:
    """Whether there was such a key that had not been revoked. It is never deleted: what it did points to it."""
    revoked = (
        update(ApiKey)
        .where(ApiKey.id == key_id, ApiKey.revoked_at.is_(None))
        .values(revoked_at=func.now(), revoked_by=by.id)
        .returning(ApiKey.id)
    )
    if (await connection.execute(revoked)).scalar_one_or_none() is None:
        return False
    enter(connection, by=by, record=f"{KEYS}/{key_id}", operation="revoke_key")
    return True


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
