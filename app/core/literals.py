"""Parsing of query parameters and settings: numbers, booleans and enum values, with one parser for all.

Numbers and booleans use the spelling of JSON, so `5_0`, `+5`, `yes` and digits of other scripts are rejected. Enum
values are matched in any case and replaced by the spelling of the enum.
"""

import re
from collections.abc import Callable
from enum import StrEnum
from functools import cache
from types import NoneType
from typing import Annotated, Any, get_args, get_origin

from pydantic import BaseModel, BeforeValidator, ValidationInfo
from pydantic.fields import FieldInfo
from pydantic_core import PydanticCustomError

Reader = Callable[[str], Any]

_WHOLE = re.compile("-?(0|[1-9][0-9]*)")
_NUMBER = re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?")
MOST_DIGITS = 30
"""Maximum number of digits parsed; a number with more digits is beyond every bound."""
TRUTH = {"true": True, "false": False}
_BETWEEN = re.compile(r"(?<=\w)[-\s](?=\w)", re.ASCII)


def read_value(cls: type[BaseModel], value: Any, info: ValidationInfo) -> Any:
    """Parses the value of each field, as a validator of a model. A value that is not a string is returned unchanged."""
    field = cls.model_fields[info.field_name or ""]
    reader = _reader_of(scalar_of(field.annotation))
    if reader is None:
        return value
    try:
        return [_read(reader, one) for one in value] if isinstance(value, list) else _read(reader, value)
    except _NotSpelledError as error:
        raise PydanticCustomError(
            "spelling", "{words}", {"words": f"must be {error} such as {_example(field)}"}
        ) from None


class _NotSpelledError(ValueError):
    """Raised for a value that is not in JSON spelling; the text names the expected type."""


def _read(reader: Reader, value: Any) -> Any:
    return reader(value) if isinstance(value, str) else value


def _example(field: FieldInfo) -> str:
    first = (field.examples or [1])[0]
    one = first[0] if isinstance(first, list) else first
    return str(one).lower() if isinstance(one, bool) else str(one)


def whole(text: str) -> int:
    """Parses a whole number in JSON spelling."""
    if not _WHOLE.fullmatch(text):
        raise _NotSpelledError("a whole number")
    return int(text) if len(text) <= MOST_DIGITS else int(f"{text[:1]}{'9' * MOST_DIGITS}")


def _number(text: str) -> float:
    """Parses a number in JSON spelling."""
    if not _NUMBER.fullmatch(text):
        raise _NotSpelledError("a number")
    return float(text)


def _truth(text: str) -> bool:
    if text not in TRUTH:
        raise _NotSpelledError("true or false,")
    return TRUTH[text]


WholeInPath = BeforeValidator(lambda value: _read(whole, value))
"""Validator that parses a whole number in a path."""


@cache
def _reader_of(kind: Any) -> Reader | None:
    if kind is bool:
        return _truth
    if kind is int:
        return whole
    if kind is float:
        return _number
    if isinstance(kind, type) and issubclass(kind, StrEnum):
        words = {_folded(word.value): word.value for word in kind}
        return lambda text: words.get(_folded(text), text)
    return None


def _folded(word: str) -> str:
    """Folds a word for comparison: lower case, and `_` for a blank or hyphen inside. ASCII words only."""
    return _BETWEEN.sub("_", word.lower()) if word.isascii() else word


def scalar_of(annotation: Any) -> Any:
    """Returns the scalar type of an annotation, without `Annotated`, `None` and the list around it."""
    while True:
        if get_origin(annotation) is Annotated:
            annotation = get_args(annotation)[0]
            continue
        inner = [one for one in get_args(annotation) if one is not NoneType]
        if len(inner) != 1:
            return annotation
        annotation = inner[0]
