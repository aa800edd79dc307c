"""Multiranges: the column values of positions in a text."""

from collections.abc import Iterable

from sqlalchemy.dialects.postgresql.ranges import MultiRange
from sqlalchemy.dialects.postgresql.ranges import Range as SqlRange

from app.cable_parser.model import Range


def multirange(places: Iterable[Range]) -> MultiRange[int]:
    return MultiRange([SqlRange(place.start, place.end) for place in places])
