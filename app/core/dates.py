"""Dates in requests: checked by pattern first, since a bare year would be read as seconds since 1970."""

import re
from datetime import UTC, date, datetime
from typing import Annotated

from pydantic import BeforeValidator, WithJsonSchema

_PATTERN = re.compile(r"\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d{1,6})?)?(Z|[+-]\d{2}:\d{2}))?")


def parse_instant(text: object) -> datetime:
    """A full date (its midnight, UTC) or an RFC 3339 time with its offset."""
    if isinstance(text, datetime):
        return text
    if not isinstance(text, str) or not _PATTERN.fullmatch(text):
        raise ValueError("give a full date (2007-11-21) or an RFC 3339 time (2007-11-21T06:42:00Z)")
    try:
        if "T" in text:
            return datetime.fromisoformat(text)
        return datetime.combine(date.fromisoformat(text), datetime.min.time(), tzinfo=UTC)
    except ValueError as error:
        raise ValueError(f"this is no date of the calendar: {error}") from None


Instant = Annotated[
    datetime,
    BeforeValidator(parse_instant),
    WithJsonSchema({"type": "string", "maxLength": 40, "examples": ["2007-11-21", "2007-11-21T06:42:00Z"]}),
]
