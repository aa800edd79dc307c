"""Parser of EDTF level 1 (ISO 8601-2): uncertain dates, and the first and last day that each allows.

The library `edtf` also accepts level 2, logs input that it does not understand, and fails on open intervals.
"""

import re
from datetime import date, timedelta
from functools import lru_cache

Bounds = tuple[date | None, date | None]
LONGEST = 40
FORM = "must be a date in EDTF level 1 (ISO 8601-2), such as 2008-06, 2008~, 2008-XX, 2008-21 or ../2008-12"
YEARS = "years go from 0001 to 9999"
_PART = re.compile(r"([0-9]{4})(?:-([0-9]{2})(?:-([0-9]{2}))?)?[?~%]?")
_UNSPECIFIED = re.compile(r"([0-9]{3}X|[0-9]{2}XX)|([0-9]{4})-XX(?:-XX)?|([0-9]{4})-([0-9]{2})-XX")
"""Unspecified digits, from the right. Level 1 allows them outside intervals, and without a qualifier."""
_LONG_YEAR = re.compile(r"Y-?[0-9]+|-[0-9]{4}.*")
_SEASONS = {21: 3, 22: 6, 23: 9, 24: 12}
"""First month of each northern season: spring, summer, autumn, and the winter into the next year."""


@lru_cache(maxsize=4_096)
def edtf_bounds(text: str) -> Bounds:
    """The first and last day that an EDTF level 1 date allows; None where it is open or unknown.

    `~`, `?` and `%` do not widen the range. Raises ValueError for a date that names no day or ends before it starts.
    """
    if len(text) > LONGEST or text.count("/") > 1:
        raise ValueError(FORM)
    if "/" not in text:
        return _unspecified(text) or _part(text)
    start, end = text.split("/")
    first = None if start in {"", ".."} else _part(start)[0]
    last = None if end in {"", ".."} else _part(end)[1]
    if first is None and last is None:
        raise ValueError("the date must have a first or a last day")
    if first is not None and last is not None and last < first:
        raise ValueError("the date ends before it starts")
    return first, last


def _part(text: str) -> tuple[date, date]:
    """The bounds of a date with all its digits: a year, a month, a season or a day."""
    found = _PART.fullmatch(text)
    if found is None:
        raise ValueError(f"{YEARS}; {FORM}" if _LONG_YEAR.fullmatch(text) else FORM)
    year, month, day = (int(digits) if digits is not None else None for digits in found.groups())
    if year is None or year == 0:
        raise ValueError(YEARS)
    if day is not None:
        try:
            exact = date(year, month or 0, day)
        except ValueError:
            raise ValueError(f"{text} is not a day of the calendar") from None
        return exact, exact
    if month is None:
        return date(year, 1, 1), date(year, 12, 31)
    if month in _SEASONS:
        return _months(year, _SEASONS[month], count=3)
    return _months(year, month, count=1)


def _unspecified(text: str) -> tuple[date, date] | None:
    found = _UNSPECIFIED.fullmatch(text)
    if found is None:
        return None
    years, year, of_month, month = found.groups()
    if years is not None:
        return _part(years.replace("X", "0"))[0], _part(years.replace("X", "9"))[1]
    if year is not None:
        return _part(year)
    if int(month) in _SEASONS:
        raise ValueError("a season has no days")
    return _part(f"{of_month}-{month}")


def _months(year: int, month: int, *, count: int) -> tuple[date, date]:
    try:
        first = date(year, month, 1)
    except ValueError:
        raise ValueError("in EDTF level 1 months go from 01 to 12, and seasons from 21 to 24") from None
    after = year * 12 + month - 1 + count
    if after > date.max.year * 12 + 11:
        if count == 1:
            return first, date.max
        raise ValueError(YEARS)
    return first, date(after // 12, after % 12 + 1, 1) - timedelta(days=1)
