"""Problem responses: one document format (RFC 9457) for every 4xx and 5xx, including FastAPI's own."""

import logging
from http import HTTPStatus
from typing import Annotated, Any

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from fastapi.routing import iter_route_contexts
from pydantic import Field
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.types import Scope

from app.core.errors import FieldError, ProblemError, code_of_database, code_of_status, safe_repr
from app.core.problem_kinds import PROBLEMS
from app.core.schemas import Identifier, LongText, ResponseModel, ShortText
from app.core.validation_messages import invalid_request
from app.http.address_hints import hint

logger = logging.getLogger("roundtable")
RETRY_AFTER_SECONDS = 2
CLIENT_CLOSED_REQUEST = 499
"""Status in the access log for a client that disconnected before its response, as in nginx. It is never sent."""
NOTHING = "This path does not exist."
VARY = "Authorization, Accept-Encoding"


class Problem(ResponseModel):
    """A problem document (RFC 9457)."""

    type: ShortText
    """URL of the page that explains this kind of problem."""
    title: ShortText
    status: Annotated[int, Field(ge=400, le=599, json_schema_extra={"format": "int32"})]
    detail: LongText
    """Explanation of this error, with advice."""
    instance: Annotated[str, Field(max_length=10_000)]
    """Path of the request."""
    code: Identifier
    """Stable code of this kind of problem."""
    errors: list[FieldError]
    trace_id: Identifier
    """Same as X-Request-Id; quote it when you report the problem."""


GONE: dict[int | str, dict[str, Any]] = {410: {"model": Problem, "description": "The record was withdrawn."}}
"""Response declaration of routes whose records can be withdrawn."""


def trace_id_of(scope: Scope) -> str:
    """Returns the request id, which the response has in X-Request-Id."""
    return str(scope.get("trace_id", ""))


def add_problem_handlers(app: FastAPI) -> None:
    """Registers handlers that turn every error of the application, FastAPI and the database into a problem."""
    app.add_exception_handler(ProblemError, _on_problem)
    app.add_exception_handler(RequestValidationError, _on_invalid)
    app.add_exception_handler(HTTPException, _on_http)
    app.add_exception_handler(DBAPIError, _on_database)
    app.add_exception_handler(PoolTimeout, _on_database)
    app.add_exception_handler(ClientDisconnect, _on_disconnect)
    app.add_exception_handler(Exception, _on_anything)


def respond(request: Request, error: ProblemError, headers: dict[str, str] | None = None) -> Response:
    """Builds the problem response of an error; `Exchange` adds the request id to its headers."""
    kind = PROBLEMS[error.code]
    status = error.status or kind.status
    body = {
        "type": f"{request.scope.get('root_path', '')}/problems/{error.code}",
        "title": kind.title,
        "status": status,
        "detail": error.detail,
        "instance": safe_repr(request.scope["path"], limit=9_000).strip('"'),
        "code": error.code,
        "errors": [field.model_dump() for field in error.errors],
        "trace_id": trace_id_of(request.scope),
    }
    sent = {"Cache-Control": "no-store", "Vary": VARY, **error.headers, **(headers or {})}
    if status == HTTPStatus.SERVICE_UNAVAILABLE:
        sent["Retry-After"] = str(RETRY_AFTER_SECONDS)
    return JSONResponse(body, status_code=status, headers=sent, media_type="application/problem+json")


async def _on_problem(request: Request, error: Exception) -> Response:
    assert isinstance(error, ProblemError)  # noqa: S101 - registered for this class alone
    return respond(request, error)


async def _on_invalid(request: Request, error: Exception) -> Response:
    """Answers a path that does not match its pattern with 404, and other validation errors with 422."""
    assert isinstance(error, RequestValidationError)  # noqa: S101 - registered for this class alone
    faults = error.errors()
    if any(fault["type"] == "json_invalid" for fault in faults):
        return respond(request, ProblemError("malformed-json", "The body is not valid JSON."))
    if all(fault["loc"][0] == "path" for fault in faults):
        return respond(request, ProblemError("not-found", NOTHING + await hint(request, faults)))
    return respond(request, invalid_request(faults, body=getattr(request.state, "body_shape", None)))


async def _on_http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101 - registered for this class alone
    headers = dict(error.headers or {})
    if error.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
        headers["Allow"] = allowed_methods(request)
        if request.method == "OPTIONS":
            return Response(status_code=HTTPStatus.NO_CONTENT, headers=headers)
    code = code_of_status(error.status_code)
    detail = NOTHING + await hint(request) if error.status_code == HTTPStatus.NOT_FOUND else f"{error.detail}."
    problem = ProblemError(code, f"{detail} {PROBLEMS[code].advice}", status=error.status_code)
    return respond(request, problem, headers)


async def _on_database(request: Request, error: Exception) -> Response:
    assert isinstance(error, DBAPIError | PoolTimeout)  # noqa: S101 - registered for these alone
    code = code_of_database(error)
    if PROBLEMS[code].status == HTTPStatus.INTERNAL_SERVER_ERROR:
        logger.error(
            "database error, responded with %s, trace %s",
            code,
            trace_id_of(request.scope),
            exc_info=error,
            extra=_of(request),
        )
    elif PROBLEMS[code].status == HTTPStatus.SERVICE_UNAVAILABLE:
        # One line only: while the database is down, every request logs one.
        reason = str(getattr(error, "orig", None) or error).strip().partition("\n")[0]
        logger.warning("responded with %s, trace %s: %s", code, trace_id_of(request.scope), reason, extra=_of(request))
    return respond(request, ProblemError(code, PROBLEMS[code].advice))


def _of(request: Request) -> dict[str, str]:
    """Additional log fields of a request."""
    return {"request_id": trace_id_of(request.scope)}


async def _on_disconnect(_request: Request, _error: Exception) -> Response:
    """Returns an empty response that nobody reads; the access log records its status."""
    return Response(status_code=CLIENT_CLOSED_REQUEST)


async def _on_anything(request: Request, error: Exception) -> Response:
    logger.error("unexpected error, trace %s", trace_id_of(request.scope), exc_info=error, extra=_of(request))
    return respond(request, ProblemError("internal-error", PROBLEMS["internal-error"].advice))


def allowed_methods(request: Request) -> str:
    """Returns the Allow header for the path of a request. HEAD is included with GET."""
    path = request.scope["path"].removeprefix(request.scope["root_path"])
    found = {"OPTIONS"}
    for route in iter_route_contexts(request.app.routes):
        pattern = getattr(route, "path_regex", None)
        if pattern is not None and pattern.match(path):
            # A mounted folder of files declares no methods, and serves GET.
            found |= route.methods or {"GET"}
    if "GET" in found:
        found.add("HEAD")
    return ", ".join(sorted(found))
