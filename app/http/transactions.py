"""Write transactions: one for each request, committed before the response, retried after a serialization failure."""

import asyncio
import random
import re
from collections.abc import Awaitable, Callable, Coroutine
from posixpath import normpath
from types import TracebackType
from typing import Annotated, Any, Self, get_type_hints
from urllib.parse import quote

from fastapi import Depends
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection
from starlette.requests import Request
from starlette.responses import Response

from app.core.errors import ProblemError, code_of_database, is_serialization_failure
from app.core.etags import ExpectedVersions, Versioned
from app.core.problem_kinds import PROBLEMS
from app.core.strict_json import read_json
from app.http.idempotency import IdempotencyRequest, IdempotentReplay, idempotency_of
from app.http.problems import trace_id_of

Handler = Callable[[Request], Coroutine[Any, Any, Response]]
RecordRefusal = Callable[[Request, str, str], Awaitable[None]]
"""Records a refused request in the audit trail; takes the request, the operation, and the problem's code."""
MAX_ATTEMPTS = 4
"""Maximum number of attempts: the first one and three retries."""
MAX_BACKOFF_SECONDS = 0.05
RECORDED_STATUSES = {401, 403, 409, 412, 428}
"""Statuses of refused writes that the audit trail records. A malformed request has no operation to record."""
JSON_TYPES = {"POST": {"application/json"}, "PUT": {"application/json"}}
UNENCODED = {"Accept-Encoding": "identity"}
_CHARSET = re.compile(r"(?:^|;)\s*charset\s*=\s*\"?([^\s\";]*)")
PATCH_TYPES = {"application/json", "application/merge-patch+json"}


class Body(Request):
    """Request whose JSON is parsed once, by the strict parser."""

    value: Any = None

    async def read(self) -> None:
        raw = await self.body()
        if not raw:
            return
        kind, _, parameters = self.headers.get("Content-Type", "").lower().partition(";")
        if kind.strip() not in JSON_TYPES.get(self.method, PATCH_TYPES):
            raise ProblemError("unsupported-media-type", "The body must be JSON. Send it as application/json.")
        charset = _CHARSET.search(parameters)
        if charset and charset[1] not in {"utf-8", "utf8", "us-ascii"}:
            raise ProblemError("unsupported-media-type", "The body must be JSON in UTF-8.")
        if self.headers.get("Content-Encoding", "identity").strip().lower() not in {"", "identity"}:
            raise ProblemError("unsupported-media-type", "Send the body without Content-Encoding.", headers=UNENCODED)
        self.value = read_json(raw)

    async def json(self) -> Any:
        return self.value


class UnitOfWork:
    """Unit of work of one attempt: its transaction starts when the route needs it, and ends before the response."""

    def __init__(self, request: Request, operation: str, retry: IdempotencyRequest | None) -> None:
        self.request = request
        self.operation = operation
        self.retry = retry
        self.connection: AsyncConnection | None = None

    async def begin(self) -> AsyncConnection:
        """Returns the connection in a transaction, which it starts on first use. The caller is authorized before."""
        if self.connection is None:
            self.connection = await self.request.app.state.write_engine.connect()
            await self.connection.execution_options(operation=self.operation, trace_id=trace_id_of(self.request.scope))
            await self.connection.begin()
            if self.retry is not None:
                await self.retry.acquire(self.connection, caller=self.request.state.caller.id)
        return self.connection

    async def __aenter__(self) -> Self:
        self.request.state.work = self
        return self

    async def store(self, answer: Response) -> None:
        if self.connection is not None and self.retry is not None:
            await self.retry.store(self.connection, answer)

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.connection is None:
            return
        try:
            if error is None:
                await self.connection.commit()
        finally:
            # Rolls back what was not committed.
            await self.connection.close()


async def _get_write_connection(request: Request) -> AsyncConnection:
    work: UnitOfWork = request.state.work
    return await work.begin()


WriteTransaction = Annotated[AsyncConnection, Depends(_get_write_connection)]
"""Connection of a write, in a transaction that is committed when the route returns."""


def _expected(request: Request) -> ExpectedVersions:
    if_match = ",".join(request.headers.getlist("If-Match"))
    if not if_match.strip():
        raise ProblemError("precondition-required", "If-Match is missing. Send the record's ETag as If-Match.")
    if if_match.strip() == "*":
        raise ProblemError(
            "precondition-required", "`*` in If-Match is not accepted. Send the record's ETag as If-Match."
        )
    return ExpectedVersions.of(if_match, tags=request.app.state.tags)


IfMatch = Annotated[ExpectedVersions, Depends(_expected)]
"""Versions from If-Match. Every write to an existing record needs it."""


def takes_version(endpoint: Callable[..., Any]) -> bool:
    """True if a route changes an existing record, so that the client has to send If-Match."""
    return IfMatch in get_type_hints(endpoint, include_extras=True).values()


def write_handler(operation: str, answer: Handler, *, checked: Callable[[Request], Awaitable[None]]) -> Handler:
    """Wraps FastAPI's handler of a write route. `checked` authorizes the caller and checks the parameters."""

    async def handle(asked: Request) -> Response:
        request = Body(asked.scope, asked.receive)
        try:
            await checked(request)
            await request.read()
            return await _retry_on_serialization_failure(request, operation, answer)
        except ProblemError as refusal:
            await record_refusal(request, operation, refusal.code)
            raise
        except DBAPIError as error:
            await record_refusal(request, operation, code_of_database(error))
            raise

    return handle


async def _retry_on_serialization_failure(request: Request, operation: str, answer: Handler) -> Response:
    retry = idempotency_of(request)
    for turn in range(1, MAX_ATTEMPTS + 1):
        try:
            async with UnitOfWork(request, operation, retry) as work:
                response = add_write_headers(request, await answer(request))
                await work.store(response)
        except IdempotentReplay as repeated:
            return repeated.answer
        except DBAPIError as error:
            if turn == MAX_ATTEMPTS or not is_serialization_failure(error):
                raise
            await asyncio.sleep(random.uniform(0, MAX_BACKOFF_SECONDS * turn))  # noqa: S311 - spreads retries, not a secret
        else:
            return response
    raise AssertionError  # the last turn returns or raises


def add_write_headers(request: Request, response: Response) -> Response:
    """Adds the headers of a write response: Cache-Control, Vary, ETag, and the Location of a created record."""
    versioned: Versioned | None = getattr(response, "versioned", None)
    location = getattr(response, "location", None)
    response.headers.setdefault("Cache-Control", "private, no-cache")
    response.headers["Vary"] = "Authorization, Accept-Encoding"
    if versioned is not None:
        response.headers["ETag"] = request.app.state.tags.tag(versioned)
    if location is not None:
        # A record created under another path is named relative to this one, as in `../../ACT-0002`.
        response.headers["Location"] = quote(normpath(f"{request.scope['path']}/{location}"))
    return response


async def record_refusal(request: Request, operation: str, code: str) -> None:
    """Records a refusal in the audit trail, in its own transaction, since that of the write was rolled back."""
    if PROBLEMS[code].status in RECORDED_STATUSES:
        enter: RecordRefusal = request.app.state.record_refusal
        await enter(request, operation, code)
