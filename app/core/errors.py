"""Problems (RFC 9457): the errors of the service, each with a stable code. `http` sends them as responses."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from sqlalchemy.exc import DataError, DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from app.core.nearest import proposal
from app.core.problem_kinds import PROBLEMS, ProblemKind
from app.core.schemas import Identifier, LongText, ResponseModel

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


class FieldError(ResponseModel):
    """Validation error of a request: the parameter, or the JSON Pointer into the body, and the message."""

    parameter: Identifier | None
    pointer: Identifier | None
    message: LongText


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
    return ProblemError("not-found", f"There is no {what} {safe_repr(name)}.")


def invalid_parameter(parameter: str, message: str) -> ProblemError:
    return ProblemError(
        "invalid-request",
        f"{parameter}: {message}",
        (FieldError(parameter=parameter, pointer=None, message=message),),
    )


def invalid_body_field(pointer: str, message: str) -> ProblemError:
    """Validation error of a member of the body; `pointer` (RFC 6901) locates it."""
    fault = FieldError(parameter=None, pointer=pointer, message=message)
    return ProblemError("invalid-request", f"{pointer}: {message}", (fault,))


def unknown_enum_value(parameter: str, word: str, *, known: Iterable[str]) -> ProblemError:
    """Validation error for an unknown enum value. The message names the nearest values, or all of a short list."""
    return invalid_parameter(parameter, f"{safe_repr(word)} is not known; {proposal(word, sorted(known))}")


def code_of_status(status: int) -> str:
    """The problem code for a status that the framework chose."""
    return _BY_STATUS.get(status, "internal-error" if status >= 500 else "invalid-request")  # noqa: PLR2004 - the first server error


def sqlstate_of(error: DBAPIError) -> str | None:
    """The SQLSTATE of a database error; None if the connection failed before the server sent one."""
    state: str | None = getattr(error.orig, "sqlstate", None)
    return state


def is_serialization_failure(error: DBAPIError) -> bool:
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


def safe_repr(text: str, *, limit: int = 80) -> str:
    """Quotes and truncates text from outside, so that it is safe to echo in JSON and logs."""
    shown = "".join(char if char.isprintable() else "?" for char in text[:limit])
    return f'"{shown}{"..." if len(text) > limit else ""}"'
