"""Routes of API keys, for administrators."""

from typing import Annotated, Any

from fastapi import Path, Query
from starlette.responses import Response

from app.auth import commands, queries
from app.auth.dependencies import ApiKeysDep, CurrentCaller, require_admin
from app.auth.schemas import KeyIn, KeyMadeOut, KeyOut, KeyPage, KeyQuery
from app.core.errors import not_found
from app.http.problems import Problem
from app.http.responses import RawJsonResponse, page_response
from app.http.routing import PrivilegedConnection, Router
from app.http.transactions import WriteTransaction

router = Router(prefix="/admin/keys", tag="keys", requires=require_admin)

KeyId = Annotated[
    str, Path(pattern=r"^[0-9a-f]{12}$", max_length=12, description="Id of a key.", examples=["4f2a9c01d7e3"])
]
REVOKED: dict[int | str, Any] = {410: {"model": Problem, "description": "The key was revoked."}}


@router.post("", status_code=201)
async def create_key(
    body: KeyIn, caller: CurrentCaller, keys: ApiKeysDep, connection: WriteTransaction
) -> RawJsonResponse[KeyMadeOut]:
    """Create an API key. Only this response contains its secret, which is not stored."""
    made = keys.make()
    entered = await commands.create_key(connection, body, key_id=made.id, digest=made.digest, by=caller)
    answer: RawJsonResponse[KeyMadeOut] = RawJsonResponse(f'{{"key":"{made.text}","made":{entered}}}', location=made.id)
    answer.headers["Cache-Control"] = "no-store"
    return answer


@router.get("")
async def list_keys(query: Annotated[KeyQuery, Query()], connection: PrivilegedConnection) -> RawJsonResponse[KeyPage]:
    """List the keys that are not revoked, the oldest first."""
    return page_response(await queries.find_keys(connection, query))


@router.get("/{key_id}", responses=REVOKED)
async def get_key(key_id: KeyId, connection: PrivilegedConnection) -> RawJsonResponse[KeyOut]:
    """Get one key, without its secret. A revoked key gives 410."""
    return RawJsonResponse(await queries.get_key(connection, key_id))


@router.delete("/{key_id}", status_code=204, responses=REVOKED)
async def revoke_key(key_id: KeyId, caller: CurrentCaller, keys: ApiKeysDep, connection: WriteTransaction) -> Response:
    """Revoke a key for good. Within five seconds every process rejects it."""
    if not await commands.revoke_key(connection, key_id, by=caller):
        await queries.get_key(connection, key_id)
        raise not_found("key", key_id)
    keys.invalidate(key_id)
    return Response(status_code=204)
