"""Problems (RFC 9457): the errors of the service, each with a stable code. `core.http` sends them as responses."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from sqlalchemy.exc import DataError, DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from app.core.nearest import proposal
from app.core.schemas import Identifier, Out, Prose


class ProblemKind(NamedTuple):
    """Kind of problem: the HTTP status, the title, and advice for the client."""

    status: int
    title: str
    advice: str


PROBLEMS = {
    "bad-request": ProblemKind(400, "Bad request", "Send one Host header, and a path without control characters."),
    "malformed-json": ProblemKind(400, "Malformed JSON", "Send a body that is JSON."),
    "unauthenticated": ProblemKind(401, "Who are you", "Show credentials: see docs/operations.md of the service."),
    "forbidden": ProblemKind(403, "Not for this caller", "Ask with credentials that have the role."),
    "not-found": ProblemKind(404, "Not found", "Check the address and the id; lists give the ids there are."),
    "method-not-allowed": ProblemKind(405, "Method not allowed", "Use a method that the Allow header names."),
    "conflict": ProblemKind(409, "Conflict", "Read the record again, and mend what stands against the write."),
    "idempotency-in-flight": ProblemKind(409, "Still under way", "Ask again after the time in Retry-After."),
    "idempotency-spent": ProblemKind(409, "Done, and not repeatable", "Look in the list for what was made."),
    "gone": ProblemKind(410, "Withdrawn", "The record was withdrawn; drop your copy of it."),
    "too-old": ProblemKind(410, "No longer known", "Begin a new copy: ask without `since`."),
    "stale": ProblemKind(412, "Changed meanwhile", "Read the record again, and repeat the change on what it is now."),
    "too-large": ProblemKind(413, "Content too large", "Send less."),
    "uri-too-long": ProblemKind(414, "Address too long", "Shorten the query to 8 KiB."),
    "unsupported-media-type": ProblemKind(415, "Not JSON", "Send the body as application/json."),
    "misdirected": ProblemKind(421, "Not this host", "Use a name that this service goes by."),
    "invalid-request": ProblemKind(422, "Invalid request", "Mend what `errors` names."),
    "invalid-cursor": ProblemKind(
        422, "Cursor does not fit", "Start at the first page; keep filters and order while paging."
    ),
    "empty-search": ProblemKind(422, "Nothing to search for", "Use at least one word that is no stop word."),
    "idempotency-mismatch": ProblemKind(422, "Key used for another request", "Use a new Idempotency-Key."),
    "precondition-required": ProblemKind(428, "If-Match is missing", "Send the record's ETag as If-Match."),
    "too-many-requests": ProblemKind(429, "Too many requests", "Ask again after the time in Retry-After."),
    "headers-too-large": ProblemKind(431, "Headers too large", "Send fewer or shorter headers, 16 KiB in all."),
    "internal-error": ProblemKind(500, "Internal error", "Report it with the trace id."),
    "unavailable": ProblemKind(503, "Temporarily unavailable", "Try again after the time in Retry-After."),
    "query-timeout": ProblemKind(503, "The query took too long", "Narrow the filters, or try again."),
}
_BY_STATUS = {
    400: "malformed-json",
    401: "unauthenticated",
    403: "forbidden",
    404: "not-found",
    405: "method-not-allowed",
    409: "conflict",
    413: "too-large",
    415: "unsupported-media-type",
    503: "unavailable",
}
_UNAVAILABLE = {"57P01", "57P02", "57P03", "55P03", "25P03", "40001", "40P01"}
_BY_SQLSTATE = {
    "57014": "query-timeout",
    "23514": "invalid-request",
    "23505": "conflict",
    "23503": "conflict",
    "23P01": "conflict",
}


class FieldError(Out):
    """Validation error of a request: the parameter, or the JSON Pointer into the body, and the message."""

    parameter: Identifier | None
    pointer: Identifier | None
    message: Prose


@dataclass
class ProblemError(Exception):
    """Ends a request with a problem document. `code` is a key of PROBLEMS."""

    code: str
    detail: str
    errors: tuple[FieldError, ...] = ()
    status: int | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    """Additional headers of the response, such as WWW-Authenticate."""

    @property
    def kind(self) -> ProblemKind:
        return PROBLEMS[self.code]


def not_found(what: str, name: str) -> ProblemError:
    return ProblemError("not-found", f"There is no {what} {printable(name)}.")


def invalid(parameter: str, message: str) -> ProblemError:
    return ProblemError(
        "invalid-request",
        f"{parameter}: {message}",
        (FieldError(parameter=parameter, pointer=None, message=message),),
    )


def unfit(pointer: str, message: str) -> ProblemError:
    """Validation error of a member of the body; `pointer` (RFC 6901) locates it."""
    fault = FieldError(parameter=None, pointer=pointer, message=message)
    return ProblemError("invalid-request", f"{pointer}: {message}", (fault,))


def unknown_word(parameter: str, word: str, *, known: Iterable[str]) -> ProblemError:
    """Validation error for an unknown enum value. The message names the nearest values, or all of a short list."""
    return invalid(parameter, f"{printable(word)} is not known; {proposal(word, sorted(known))}")


def code_of_status(status: int) -> str:
    """The problem code for a status that the framework chose."""
    return _BY_STATUS.get(status, "internal-error" if status >= 500 else "invalid-request")  # noqa: PLR2004 - the first server error


def sqlstate_of(error: DBAPIError) -> str | None:
    """The SQLSTATE of a database error; None if the connection failed before the server sent one."""
    state: str | None = getattr(error.orig, "sqlstate", None)
    return state


def can_be_repeated(error: DBAPIError) -> bool:
    """True for a serialization failure or a deadlock: the transaction may succeed when it is retried."""
    return sqlstate_of(error) in {"40001", "40P01"}


def code_of_database(error: DBAPIError | PoolTimeout) -> str:
    """The problem code for a database error, by its SQLSTATE. PostgreSQL's own message is never sent to the client."""
    state = None if isinstance(error, PoolTimeout) else sqlstate_of(error)
    if state is None:
        return _code_without_sqlstate(error)
    if state[:2] in {"08", "53"} or state in _UNAVAILABLE:
        return "unavailable"
    if state in _BY_SQLSTATE:
        return _BY_SQLSTATE[state]
    # 22012 (division by zero) and 22023 (invalid parameter of a function) are defects: no input can cause them.
    return "invalid-request" if state[:2] == "22" and state not in {"22012", "22023"} else "internal-error"


def _code_without_sqlstate(error: DBAPIError | PoolTimeout) -> str:
    """The problem code for an error without SQLSTATE: the connection failed, or the driver rejected a value."""
    if isinstance(error, PoolTimeout | OperationalError | InterfaceError) or error.connection_invalidated:
        return "unavailable"
    return "invalid-request" if isinstance(error, DataError) and "NUL" in str(error.orig) else "internal-error"


def printable(text: str, *, limit: int = 80) -> str:
    """Quotes and truncates text from outside, so that it is safe to echo in JSON and logs."""
    shown = "".join(char if char.isprintable() else "?" for char in text[:limit])
    return f'"{shown}{"..." if len(text) > limit else ""}"'
