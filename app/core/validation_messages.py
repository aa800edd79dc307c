"""Validation messages: one of our own sentences for each error type of Pydantic, never Pydantic's text.

A test sends invalid values to every parameter and member, and checks every message.
"""

import re
from collections.abc import Sequence
from typing import Any

from pydantic import BaseModel

from app.core.errors import FieldError, ProblemError, safe_repr
from app.core.literals import scalar_of
from app.core.nearest import proposal
from app.core.strict_json import escaped

MOST_ERRORS = 100
"""Maximum number of validation errors in a response."""
OWN_ERROR_TYPES = {"value_error", "spelling", "form"}
"""Error types whose messages are our own already."""
MESSAGES = {
    "bool_parsing": "must be true or false",
    "bool_type": "must be true or false, without quotes",
    "date_type": "must be a full date, such as 2007-11-21",
    "dict_type": "must be an object",
    "finite_number": "must be a finite number",
    "float_parsing": "must be a number",
    "float_type": "must be a number, without quotes",
    "greater_than": "must be more than {gt}",
    "greater_than_equal": "must be {ge} or more",
    "int_from_float": "must be a whole number",
    "int_parsing": "must be a whole number",
    "int_parsing_size": "must be a smaller number",
    "int_type": "must be a whole number, without quotes",
    "json_invalid": "is not valid JSON",
    "less_than": "must be less than {lt}",
    "less_than_equal": "must be {le} or less",
    "list_type": "must be a list",
    "missing": "is required",
    "model_attributes_type": "must be an object",
    "model_type": "must be an object",
    "string_pattern_mismatch": "does not have the format in its description",
    "string_too_long": "must have at most {max_length} characters",
    "string_too_short": "must have {min_length} or more characters",
    "string_type": "must be text",
    "string_unicode": "must be valid Unicode text",
    "too_long": "must have at most {max_length} items",
    "too_short": "must have {min_length} or more items",
}
"""Messages by error type; the limits come from the error's context."""
FALLBACK_MESSAGE = "does not match its description"
_EXPECTED = re.compile("'([^']*)'")


def invalid_request(faults: Sequence[Any], *, body: Any = None) -> ProblemError:
    """Builds the problem for these errors: at most a hundred, and the number of further ones. `body` is the schema."""
    fields = [_field_error(fault, body) for fault in faults[:MOST_ERRORS]]
    more = len(faults) - MOST_ERRORS
    if more > 0:
        last = FieldError(parameter=None, pointer=None, message=f"{more + 1} more errors are not listed")
        fields = [*fields[:-1], last]
    first, others = fields[0], len(faults) - 1
    place = first.parameter or first.pointer or "body"
    rest = f"; and {others} more {'errors' if others > 1 else 'error'}: see `errors`" if others else ""
    return ProblemError("invalid-request", f"{place}: {first.message}{rest}", tuple(fields))


def _field_error(fault: dict[str, Any], body: Any) -> FieldError:
    place, *rest = fault["loc"]
    if place == "body":
        # The name of a member is arbitrary, and may be as long as a body.
        pointer = "".join(f"/{_plain(escaped(str(part)))}" for part in rest)
        return FieldError(parameter=None, pointer=pointer[:200], message=_message(fault, rest, body))
    name = _plain(str(rest[0] if rest else place))
    return FieldError(parameter=name, pointer=None, message=_message(fault, rest, None))


def _plain(name: str) -> str:
    return safe_repr(name)[1:-1]


def setting_message(fault: Any) -> str:
    """Returns the message for an invalid setting, option or curated field."""
    if fault["type"] == "extra_forbidden":
        return "unknown key"
    if fault["type"] in {"enum", "literal_error"}:
        return f"must be one of {', '.join(_EXPECTED.findall(fault['ctx']['expected']))}"
    return _message(fault, [], None)


def _message(fault: dict[str, Any], place: list[Any], body: Any) -> str:
    kind, context = fault["type"], fault.get("ctx", {})
    if kind in OWN_ERROR_TYPES:
        return str(fault["msg"].removeprefix("Value error, "))
    if kind in {"enum", "literal_error"}:
        return _enum_message(fault, place, in_query=fault["loc"][0] == "query")
    if kind == "extra_forbidden":
        name = str(place[-1])
        return f"unknown member; {proposal(name, _members(body, place[:-1]))}"
    try:
        return MESSAGES.get(kind, FALLBACK_MESSAGE).format(**context)
    except KeyError:
        return FALLBACK_MESSAGE


def _enum_message(fault: dict[str, Any], place: list[Any], *, in_query: bool) -> str:
    """Returns the message for an unknown enum value: the nearest values, and the known ones."""
    words, value = sorted(_EXPECTED.findall(fault["ctx"]["expected"])), fault["input"]
    if not isinstance(value, str):
        return f"must be one of {proposal('', words).removeprefix('known are ')}"
    parts = [part.strip().lower() for part in value.split(",")]
    if in_query and len(parts) > 1 and set(parts) <= set(words):
        name = place[0]
        return f"repeat the parameter for each value: {'&'.join(f'{name}={part}' for part in parts[:3])}"
    return f"{safe_repr(value)} is not known; {proposal(value, words)}"


def _members(shape: Any, place: list[Any]) -> list[str]:
    """Returns the members of the object at a position in a body."""
    for part in [None, *place]:
        if isinstance(part, int):
            continue
        if part is not None:
            field = next((one for name, one in shape.model_fields.items() if part in {name, one.alias}), None)
            shape = field.annotation if field is not None else None
        shape = scalar_of(shape)
        if not (isinstance(shape, type) and issubclass(shape, BaseModel)):
            return []
    return [field.alias or name for name, field in shape.model_fields.items()]
