"""Write operations on API keys, in the caller's transaction."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta

from sqlalchemy import bindparam, func, insert, update
from sqlalchemy.ext.asyncio import AsyncConnection

from app.audit.trail import record_event
from app.auth.queries import KEY
from app.auth.schemas import Caller, KeyIn
from app.core.db import as_text
from app.core.errors import ProblemError
from app.core.grants import CLEARANCES
from app.models import ApiKey

KEYS = "keys"
"""Collection of API keys in the audit trail."""


def check_grantor(by: Caller, *, roles: Iterable[str], clearance: str) -> None:
    """Raises (403) if the caller grants or revokes a role or clearance that he does not have himself."""
    beyond = [role for role in roles if role not in by.roles]
    if beyond:
        raise ProblemError("forbidden", f"You do not have the role {' or '.join(beyond)}. Ask someone who has it.")
    if CLEARANCES.index(clearance) > CLEARANCES.index(by.clearance):
        raise ProblemError("forbidden", f"You do not have the clearance {clearance}. Ask someone who has it.")


async def create_key(connection: AsyncConnection, key: KeyIn, *, key_id: str, digest: str, by: Caller) -> str:
    """Stores a new key and its audit entry. Returns the key as JSON."""
    check_grantor(by, roles=key.roles, clearance=key.clearance)
    made = insert(ApiKey).values(
        id=key_id,
        name=key.name,
        person=key.person,
        digest=digest,
        roles=[role.value for role in key.roles],
        clearance=key.clearance.value,
        created_by=by.id,
        expires_at=func.now() + timedelta(days=key.expires_in_days),
    )
    entered: str = (await connection.execute(made.returning(as_text(KEY)))).scalar_one()
    detail = key.model_dump(mode="json", include={"name", "person", "roles", "clearance"})
    record_event(connection, by=by, record=f"{KEYS}/{key_id}", operation="create_key", detail=detail)
    return entered


async def revoke_key(connection: AsyncConnection, key_id: str, *, by: Caller) -> bool:
    """Revokes a key. Returns False if it is unknown or already revoked. Rows stay: audit entries refer to them."""
    revoked = (
        update(ApiKey)
        .where(ApiKey.id == key_id, ApiKey.revoked_at.is_(None))
        .values(revoked_at=func.now(), revoked_by=by.id)
        .returning(ApiKey.roles, ApiKey.clearance)
    )
    key = (await connection.execute(revoked)).one_or_none()
    if key is None:
        return False
    check_grantor(by, roles=key.roles, clearance=key.clearance)
    record_event(connection, by=by, record=f"{KEYS}/{key_id}", operation="revoke_key")
    return True


async def update_last_used(connection: AsyncConnection, uses: Mapping[str, float]) -> None:
    """Stores the last use of keys, in seconds since 1970. A later time from another process is not overwritten."""
    noted = (
        update(ApiKey)
        .where(ApiKey.id == bindparam("key_id"))
        .values(last_used_at=func.greatest(ApiKey.last_used_at, bindparam("used_at", type_=ApiKey.last_used_at.type)))
        .execution_options(synchronize_session=None)
    )
    rows = [{"key_id": one, "used_at": datetime.fromtimestamp(at, tz=UTC)} for one, at in uses.items()]
    await connection.execute(noted, rows)
