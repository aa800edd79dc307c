"""Strict JSON parser for request bodies, so that the stored value is the one that the client meant."""

import json
import math
from decimal import Decimal, InvalidOperation
from typing import Any, NoReturn

from app.core.errors import FieldError, ProblemError
from app.core.folding import FORBIDDEN, REFUSAL, clean_text
from app.core.schemas import EXACT_MOST

MAX_DEPTH = 32
"""Maximum nesting depth of objects and lists."""
MAX_MEMBERS = 200
"""Maximum members of an object. Every schema has fewer than half as many, and each unknown one costs an error."""
INEXACT = f"must be a number from -{EXACT_MOST} to {EXACT_MOST}, with no more digits than a double (IEEE 754) has"


def read_json(raw: bytes) -> Any:
    """Parses a body. Malformed is everything that RFC 8259 and I-JSON forbid: NaN, duplicate keys, other encodings."""
    try:
        value = json.loads(
            raw.decode(),
            object_pairs_hook=_once,
            parse_constant=_no_constant,
            parse_float=_decimal,
            parse_int=_integer,
        )
    except RecursionError:
        raise _invalid("", f"objects and lists are nested more than {MAX_DEPTH} deep") from None
    except ValueError as error:
        detail = str(error) if isinstance(error, _OddError) else "The body is not valid JSON."
        raise ProblemError("malformed-json", detail) from None
    return _cleaned(value)


class _OddError(ValueError):
    """Malformed JSON, with a message that is safe to send to the client."""


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise _OddError("An object in the body has the same key twice.")
    return found


def _no_constant(word: str) -> NoReturn:
    raise _OddError(f"{word} is not valid JSON.")


class _InexactNumber(float):
    """Marker for a number that would be rounded. `_cleaned` rejects it, since it knows the JSON Pointer."""


def _integer(digits: str) -> int | float:
    # Check the length first: Python refuses to parse thousands of digits.
    if len(digits.lstrip("-")) > len(str(EXACT_MOST)) or abs(int(digits)) > EXACT_MOST:
        return _InexactNumber()
    return int(digits)


def _decimal(digits: str) -> float:
    number = float(digits)
    if not math.isfinite(number) or abs(number) > EXACT_MOST:
        return _InexactNumber()
    try:
        is_exact = Decimal(digits) == Decimal(repr(number))
    except InvalidOperation:
        is_exact = False
    return number if is_exact else _InexactNumber()


def _cleaned(value: Any, pointer: str = "", depth: int = 0) -> Any:
    """The value with its strings in NFC. Rejects forbidden characters, inexact numbers, and nesting over the limit."""
    if depth > MAX_DEPTH:
        raise _invalid("", f"objects and lists are nested more than {MAX_DEPTH} deep")
    if isinstance(value, str):
        try:
            return clean_text(value)
        except ValueError as error:
            raise _invalid(pointer, str(error)) from None
    if isinstance(value, _InexactNumber):
        raise _invalid(pointer, INEXACT)
    if isinstance(value, list):
        return [_cleaned(inner, f"{pointer}/{place}", depth + 1) for place, inner in enumerate(value)]
    if isinstance(value, dict):
        if len(value) > MAX_MEMBERS:
            raise _invalid(pointer, f"the object has {len(value)} members; at most {MAX_MEMBERS} are allowed")
        if any(FORBIDDEN.search(name) for name in value):
            raise _invalid(pointer, f"{REFUSAL} in names")
        return {name: _cleaned(inner, f"{pointer}/{escaped(name)}", depth + 1) for name, inner in value.items()}
    return value


def escaped(name: str) -> str:
    """Escapes a name as a part of a JSON Pointer (RFC 6901)."""
    return name.replace("~", "~0").replace("/", "~1")


def _invalid(pointer: str, message: str) -> ProblemError:
    shown = "".join(char if char.isprintable() else "?" for char in pointer[:200])
    fault = FieldError(parameter=None, pointer=shown, message=message)
    return ProblemError("invalid-request", f"{shown or 'body'}: {message}", (fault,))
