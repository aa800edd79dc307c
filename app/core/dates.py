"""Dates of requests: parses days and times by ASCII patterns, with our own messages. `edtf` has uncertain dates."""

import re
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, Field, WithJsonSchema

from app.core.edtf import edtf_bounds
from app.core.errors import invalid_parameter

_DAY = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})")
_TIME_OF_DAY = r"([0-9]{2}):([0-9]{2}):([0-9]{2})(?:\.([0-9]{1,9}))?([Zz]|[+-][0-9]{2}:[0-9]{2})"
_INSTANT = re.compile(rf"{_DAY.pattern}(?:[Tt]{_TIME_OF_DAY})?")
_LOST_PLUS = re.compile(r"[0-9-]{10}[Tt][0-9:.]+ [0-9]{2}:[0-9]{2}")
LEAP_SECOND = 60
FURTHEST_AHEAD = timedelta(hours=14)
"""Largest UTC offset in use."""


def parse_instant(text: object) -> datetime:
    """Parses a full date (midnight UTC) or an RFC 3339 time with an offset. Returns UTC, or raises ValueError."""
    if isinstance(text, datetime):
        return text
    found = _INSTANT.fullmatch(text) if isinstance(text, str) else None
    if found is None:
        if isinstance(text, str) and _LOST_PLUS.fullmatch(text):
            raise ValueError("`+` in a query string means a blank: write it as %2B, or send the time in UTC with a Z")
        raise ValueError("must be a full date (2007-11-21) or an RFC 3339 time (2007-11-21T06:42:00Z)")
    day, (hour, minute, second, fraction, offset) = _day_of(*found.groups()[:3]), found.groups()[3:]
    if hour is None:
        return datetime(day.year, day.month, day.day, tzinfo=UTC)
    zone = _zone_of(offset)
    is_leap = int(second) == LEAP_SECOND
    try:
        # PostgreSQL does not store digits beyond microseconds. They are cut: a search from this time still includes it.
        microsecond = int((fraction or "").ljust(6, "0")[:6])
        moment = datetime(
            day.year, day.month, day.day, int(hour), int(minute), int(second) - is_leap, microsecond, tzinfo=zone
        )
    except ValueError:
        raise ValueError(f"{hour}:{minute}:{second} is not a valid time of day") from None
    try:
        moment = moment.astimezone(UTC) + timedelta(seconds=is_leap)
    except OverflowError:
        raise ValueError("the time is outside of the years 0001 to 9999 in UTC") from None
    if is_leap and (moment.hour, moment.minute, moment.second) != (0, 0, 0):
        raise ValueError("second 60 is valid only at the end of a day in UTC")
    return moment


def _zone_of(offset: str) -> timezone:
    if offset in {"Z", "z"}:
        return UTC
    hours, minutes = int(offset[1:3]), int(offset[4:6])
    if hours >= 24 or minutes >= 60:  # noqa: PLR2004 - hours of a day, minutes of an hour
        raise ValueError(f"{offset} is not a valid offset: hours go to 23, minutes to 59")
    return timezone(timedelta(hours=hours, minutes=minutes) * (-1 if offset[0] == "-" else 1))


def _day_of(year: str, month: str, day: str) -> date:
    try:
        return date(int(year), int(month), int(day))
    except ValueError:
        reason = "years go from 0001 to 9999" if year == "0000" else "the calendar has no such day"
        raise ValueError(f"{year}-{month}-{day} is not a valid date: {reason}") from None


def rfc3339(moment: datetime) -> str:
    """Formats a time as in all responses: in UTC, with a `Z`, and with a fraction only where it has one."""
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def parse_day(text: object) -> date:
    """Parses a full date. Raises ValueError for anything else, or for a day that the calendar does not have."""
    if isinstance(text, date):
        return text
    found = _DAY.fullmatch(text) if isinstance(text, str) else None
    if found is None:
        raise ValueError("must be a full date, such as 2007-11-21")
    return _day_of(*found.groups())


def _check_past(day: date) -> date:
    if day > (datetime.now(UTC) + FURTHEST_AHEAD).date():
        raise ValueError(f"{day} is in the future: send the day on which it happened")
    return day


_DAY_SCHEMA = WithJsonSchema({"type": "string", "format": "date", "maxLength": 10, "examples": ["2007-11-21"]})
Day = Annotated[date, BeforeValidator(parse_day), _DAY_SCHEMA]
PastDay = Annotated[date, BeforeValidator(parse_day), AfterValidator(_check_past), _DAY_SCHEMA]
"""A day on which something was done: at the latest today, anywhere on earth."""


def check_order(first: date | None, last: date | None) -> None:
    """Rejects a range of days that ends before it starts."""
    if first is not None and last is not None and last < first:
        raise invalid_parameter("to", "must not be before `from`")


def today() -> date:
    """The current day in UTC."""
    return datetime.now(UTC).date()


def parse_edtf_date(text: str) -> str:
    """Validates an EDTF level 1 date and returns it unchanged. Raises ValueError if it names no day."""
    edtf_bounds(text)
    return text


def _check_past_edtf(text: str) -> str:
    first, last = edtf_bounds(text)
    _check_past(first or edtf_bounds(text.partition("/")[2])[0] or last or date.min)
    return text


_EDTF_FIELD = Field(json_schema_extra={"minLength": 4, "maxLength": 40, "pattern": r"^[0-9X~?%./-]+$"})
EdtfDate = Annotated[str, AfterValidator(parse_edtf_date), _EDTF_FIELD]
"""An uncertain date from a client."""
PastEdtfDate = Annotated[str, AfterValidator(parse_edtf_date), AfterValidator(_check_past_edtf), _EDTF_FIELD]
"""An uncertain date of a past event: its first day is not in the future."""
Instant = Annotated[
    datetime,
    BeforeValidator(parse_instant),
    WithJsonSchema(
        {
            "type": "string",
            "maxLength": 40,
            "pattern": f"^{_INSTANT.pattern.replace('(?:', '(')}$",
            "examples": ["2007-11-21", "2007-11-21T06:42:00Z"],
        }
    ),
]
