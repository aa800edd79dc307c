"""Idempotency keys: the response to a POST is stored with its write, and returned again for the same key."""

import json
import re
from dataclasses import dataclass
from hashlib import blake2b, sha256

from sqlalchemy import LargeBinary, Text, bindparam, text
from sqlalchemy.ext.asyncio import AsyncConnection
from starlette.requests import Request
from starlette.responses import Response

from app.core.errors import ProblemError, invalid_parameter

HEADER = "Idempotency-Key"
FORM = r"^[!-~]{1,200}$"
RETENTION = ("content-type", "location", "etag", "cache-control", "vary")

_LOCK = text("SELECT pg_try_advisory_xact_lock(:lock)")
_FIND = text(
    "SELECT request, status, headers, body FROM idempotency_keys WHERE caller = :caller AND key = :key "
    "AND created_at > now() - interval '24 hours'"
)
# Each write deletes a few expired keys. SKIP LOCKED: concurrent deletes do not wait for each other.
_CLEAR = text(
    "DELETE FROM idempotency_keys WHERE (caller, key) IN (SELECT caller, key FROM idempotency_keys "
    "WHERE created_at <= now() - interval '24 hours' ORDER BY created_at LIMIT 20 FOR UPDATE SKIP LOCKED)"
)
_KEEP = text(
    "INSERT INTO idempotency_keys (caller, key, request, status, headers, body) "
    "VALUES (:caller, :key, :request, :status, :headers, :body) ON CONFLICT (caller, key) DO UPDATE SET "
    "request = excluded.request, status = excluded.status, headers = excluded.headers, body = excluded.body, "
    "created_at = now()"
).bindparams(bindparam("body", type_=LargeBinary), bindparam("headers", type_=Text))


class IdempotentReplay(Exception):
    """Raised for a request that was answered before, with the stored response."""

    def __init__(self, answer: Response) -> None:
        super().__init__()
        self.answer = answer


@dataclass
class IdempotencyRequest:
    """Idempotent request: its key and the digest of its content."""

    key: str
    request: bytes
    """Digest of method, address and body."""
    caller: str = ""

    async def acquire(self, connection: AsyncConnection, *, caller: str) -> None:
        """Locks the key until the transaction ends. Raises `IdempotentReplay` (a stored response) or `ProblemError`.

        The problems: the first request is still running, the key came with another request, or its response was secret.
        """
        self.caller = caller
        lock = int.from_bytes(blake2b(f"{caller}\n{self.key}".encode(), digest_size=8).digest(), signed=True)
        if not await connection.scalar(_LOCK, {"lock": lock}):
            raise ProblemError(
                "idempotency-in-flight",
                "The first request with this Idempotency-Key is still in progress. "
                "Repeat the request after the time in Retry-After.",
                headers={"Retry-After": "1"},
            )
        found = (await connection.execute(_FIND, {"caller": caller, "key": self.key})).one_or_none()
        if found is None:
            return
        if found.request != self.request:
            raise ProblemError(
                "idempotency-mismatch", "This Idempotency-Key was used for another request. Use a new one."
            )
        if found.body is None:
            raise ProblemError(
                "idempotency-spent",
                "The request succeeded, but its response contained a secret and was not stored. "
                "Look up the created record in its list.",
            )
        headers = {**json.loads(found.headers), "Idempotent-Replayed": "true"}
        raise IdempotentReplay(Response(found.body, status_code=found.status, headers=headers))

    async def store(self, connection: AsyncConnection, answer: Response) -> None:
        """Stores the response with the write. A `no-store` response contains a secret: its content is not stored."""
        secret = "no-store" in answer.headers.get("Cache-Control", "")
        headers = {name: value for name, value in answer.headers.items() if name in RETENTION}
        await connection.execute(_CLEAR)
        await connection.execute(
            _KEEP,
            {
                "caller": self.caller,
                "key": self.key,
                "request": self.request,
                "status": answer.status_code,
                "headers": json.dumps({} if secret else headers),
                "body": None if secret else bytes(answer.body),
            },
        )


def idempotency_of(request: Request) -> IdempotencyRequest | None:
    """Parses the Idempotency-Key header. Returns None unless the method is POST; the others are idempotent anyway."""
    values = request.headers.getlist(HEADER)
    if request.method != "POST" or not values:
        return None
    if len(values) > 1 or not re.fullmatch(FORM, values[0]):
        raise invalid_parameter(HEADER, "must be sent once, with 1 to 200 visible ASCII characters")
    body: bytes = getattr(request, "_body", b"")
    address = f"{request.method} {request.scope['path']}?{request.scope['query_string'].decode('latin-1')}\n"
    return IdempotencyRequest(values[0], sha256(address.encode() + body).digest())
