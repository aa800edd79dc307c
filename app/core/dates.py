"""Dates: in requests checked by pattern first, since a bare year would pass as seconds since 1970; in data by EDTF."""

import re
from datetime import UTC, date, datetime
from functools import cache
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field, WithJsonSchema

from app.core.errors import invalid

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
    except ValueError:
        raise ValueError("this is no date of the calendar") from None


_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


def parse_day(text: object) -> date:
    """A full date of the calendar, and nothing less."""
    if isinstance(text, date):
        return text
    if not isinstance(text, str) or not _DAY.fullmatch(text):
        raise ValueError("give a full date, such as 2007-11-21")
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ValueError("this is no date of the calendar") from None


Day = Annotated[
    date,
    BeforeValidator(parse_day),
    WithJsonSchema({"type": "string", "format": "date", "maxLength": 10, "examples": ["2007-11-21"]}),
]


def check_order(first: date | None, last: date | None) -> None:
    """Refuses a range of days that ends before it starts."""
    if first is not None and last is not None and last < first:
        raise invalid("to", "it is before `from`")


def today() -> date:
    """The day it is, in UTC."""
    return datetime.now(UTC).date()


@cache
def edtf_bounds(text: str) -> tuple[date | None, date | None]:
    """The first and last day that an EDTF level 1 date allows; None where it is open. `~` and `?` do not widen."""
    if _DAY.fullmatch(text):
        day = parse_day(text)
        return day, day
    from edtf import EDTFParseException, parse_edtf  # noqa: PLC0415 - slow to import, and only loading needs it

    try:
        parsed = parse_edtf(text)
    except EDTFParseException as error:
        raise ValueError(f"{text} is no EDTF date") from error
    if "/" not in text:
        return _day(parsed.lower_strict()), _day(parsed.upper_strict())
    start, end = text.split("/")
    return (
        None if start == ".." else _day(parse_edtf(start).lower_strict()),
        None if end == ".." else _day(parse_edtf(end).upper_strict()),
    )


def parse_edtf_date(text: str) -> str:
    """An EDTF level 1 date, as it is; refused where it names no day."""
    try:
        first, last = edtf_bounds(text)
    except Exception as error:
        raise ValueError("give a date in EDTF level 1 (ISO 8601-2), such as 2008-06, 2008~ or ../2008-12") from error
    if (first is None and last is None) or (first is not None and last is not None and last < first):
        raise ValueError("this date has no first and last day in that order")
    return text


def _day(parts: Any) -> date:
    return date(parts.tm_year, parts.tm_mon, parts.tm_mday)


EdtfDate = Annotated[
    str, AfterValidator(parse_edtf_date), Field(min_length=4, max_length=40, pattern=r"^[0-9X~?%./-]+$")
]
"""An uncertain date that a client gives."""
Instant = Annotated[
    datetime,
    BeforeValidator(parse_instant),
    WithJsonSchema(
        {
            "type": "string",
            "maxLength": 40,
            "pattern": f"^{_PATTERN.pattern}$",
            "examples": ["2007-11-21", "2007-11-21T06:42:00Z"],
        }
    ),
]
