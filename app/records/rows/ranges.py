"""Column values of text ranges and of parties."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy.dialects.postgresql.ranges import MultiRange
from sqlalchemy.dialects.postgresql.ranges import Range as SqlRange

from app.cable_parser.model import Range
from app.records.schemas.cables import ParticipationEntry, ProposerEntry


def multirange(places: Iterable[Range]) -> MultiRange[int]:
    return MultiRange([SqlRange(place.start, place.end) for place in places])


def party(who: ParticipationEntry | ProposerEntry) -> dict[str, Any]:
    return {
        "person_id": who.person,
        "organization_id": who.organization,
        "on_behalf_of_id": who.on_behalf_of,
        "description": who.description,
    }
