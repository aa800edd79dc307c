"""Bodies of requests: JSON read strictly, so that what is stored is what the client meant."""

import json
import math
import re
from typing import Any, NoReturn

from app.core.errors import FieldError, ProblemError

DEEPEST = 32
"""How many objects and lists may stand inside each other."""
MOST_MEMBERS = 200
"""How many members one object may have; no shape has half as many, and each that is not known costs a fault."""
UNPRINTABLE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")
"""What no text may hold: control characters but for tab and line feed, and halves of pairs."""


def read_json(raw: bytes) -> Any:
    """The value of a body. Malformed is what RFC 8259 and I-JSON do not allow: NaN, a key twice, other encodings."""
    try:
        value = json.loads(raw.decode(), object_pairs_hook=_once, parse_constant=_no_constant, parse_float=_finite)
    except RecursionError:
        raise _invalid("", f"objects and lists stand more than {DEEPEST} deep") from None
    except ValueError as error:
        told = str(error) if isinstance(error, _OddError) else "The body is not JSON."
        raise ProblemError("malformed-json", told) from None
    _check(value)
    return value


class _OddError(ValueError):
    """What is wrong, in words that may leave the service."""


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise _OddError("The body has a key twice in one object.")
    return found


def _no_constant(word: str) -> NoReturn:
    raise _OddError(f"{word} is no JSON.")


def _finite(digits: str) -> float:
    number = float(digits)
    if not math.isfinite(number):
        raise _OddError("The body has a number that is too large.")
    return number


def _check(value: Any) -> None:
    """Refuses text that no column can hold, and what is nested too deep."""
    waiting: list[tuple[str, int, Any]] = [("", 0, value)]
    while waiting:
        pointer, depth, part = waiting.pop()
        if depth > DEEPEST:
            raise _invalid("", f"objects and lists stand more than {DEEPEST} deep")
        if isinstance(part, str) and UNPRINTABLE.search(part):
            raise _invalid(pointer, "control characters and lone surrogates are not taken")
        if isinstance(part, dict):
            if len(part) > MOST_MEMBERS:
                raise _invalid(pointer, f"the object has {len(part)} members; at most {MOST_MEMBERS} are taken")
            for name, inner in part.items():
                if UNPRINTABLE.search(name):
                    raise _invalid(pointer, "control characters and lone surrogates are not taken in names")
                waiting.append((f"{pointer}/{escaped(name)}", depth + 1, inner))
        elif isinstance(part, list):
            waiting += [(f"{pointer}/{place}", depth + 1, inner) for place, inner in enumerate(part)]


def escaped(name: str) -> str:
    """A name as a part of a JSON Pointer (RFC 6901)."""
    return name.replace("~", "~0").replace("/", "~1")


def _invalid(pointer: str, message: str) -> ProblemError:
    shown = "".join(char if char.isprintable() else "?" for char in pointer[:200])
    fault = FieldError(parameter=None, pointer=shown, message=message)
    return ProblemError("invalid-request", f"{shown or 'body'}: {message}", (fault,))
