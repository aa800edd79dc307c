"""Numbers, booleans and words of closed lists as a query spells them: one reading for every parameter.

Numbers and booleans are spelled as in JSON, so that `5_0`, `+5`, `yes` and digits of other scripts are refused. Words
of closed lists are read in any case, as people write them; from here on, the word of the list stands for them.
"""

import re
from collections.abc import Callable
from enum import StrEnum
from functools import cache
from types import NoneType
from typing import Annotated, Any, get_args, get_origin

from pydantic import BeforeValidator
from pydantic.fields import FieldInfo
from pydantic_core import PydanticCustomError

Reader = Callable[[str], Any]

_WHOLE = re.compile("-?(0|[1-9][0-9]*)")
MOST_DIGITS = 30
"""How many digits are read; a number of more is beyond every bound."""
TRUTH = {"true": True, "false": False}
_BETWEEN = re.compile(r"(?<=\w)[-\s](?=\w)", re.ASCII)


def read_value(value: Any, field: FieldInfo) -> Any:
    """The value of a parameter, read as its field needs it; what is no text was read before."""
    reader = _reader_of(scalar_of(field.annotation))
    if reader is None:
        return value
    try:
        return [_read(reader, one) for one in value] if isinstance(value, list) else _read(reader, value)
    except _NotSpelledError as error:
        raise PydanticCustomError("spelling", "{words}", {"words": f"give {error} such as {_example(field)}"}) from None


class _NotSpelledError(ValueError):
    """A spelling that is not that of JSON; the text names what is expected."""


def _read(reader: Reader, value: Any) -> Any:
    return reader(value) if isinstance(value, str) else value


def _example(field: FieldInfo) -> str:
    first = (field.examples or [1])[0]
    one = first[0] if isinstance(first, list) else first
    return str(one).lower() if isinstance(one, bool) else str(one)


def whole(text: str) -> int:
    """A whole number as JSON spells it."""
    if not _WHOLE.fullmatch(text):
        raise _NotSpelledError("a whole number")
    return int(text) if len(text) <= MOST_DIGITS else int(f"{text[:1]}{'9' * MOST_DIGITS}")


def _truth(text: str) -> bool:
    if text not in TRUTH:
        raise _NotSpelledError("true or false,")
    return TRUTH[text]


WholeInPath = BeforeValidator(lambda value: _read(whole, value))
"""Reads a whole number in a path."""


@cache
def _reader_of(kind: Any) -> Reader | None:
    if kind is bool:
        return _truth
    if kind is int:
        return whole
    if isinstance(kind, type) and issubclass(kind, StrEnum):
        words = {_folded(word.value): word.value for word in kind}
        return lambda text: words.get(_folded(text), text)
    return None


def _folded(word: str) -> str:
    """A word without its case, and with `_` where people write a blank or a hyphen inside."""
    return _BETWEEN.sub("_", word.lower()) if word.isascii() else word


def scalar_of(annotation: Any) -> Any:
    """What a field has one or many of, without `None` and what is annotated."""
    while True:
        if get_origin(annotation) is Annotated:
            annotation = get_args(annotation)[0]
            continue
        inner = [one for one in get_args(annotation) if one is not NoneType]
        if len(inner) != 1:
            return annotation
        annotation = inner[0]
