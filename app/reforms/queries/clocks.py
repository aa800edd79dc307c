"""The two clocks: what had happened by a day, and what had been said by a day.

`as_of` is the world as it stood at the end of that day, as it is known now: an event that occurred counts once the
last day that its date allows has come. `known_at` leaves out what no source had said by then.
"""

from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Date, and_, bindparam, case, func, literal_column, null, or_

from app.core.dates import today
from app.models import Event
from app.reforms.schemas import ClockQuery
from app.vocabulary import THE_LINE, EventKind, Outcome

AS_OF: ColumnElement[date] = bindparam("as_of", type_=Date)
KNOWN_AT: ColumnElement[date] = bindparam("known_at", type_=Date)
_LINE: ColumnElement[Any] = literal_column(f"ARRAY[{', '.join(repr(stage.value) for stage in THE_LINE)}]")


def clocks(query: ClockQuery) -> dict[str, date]:
    """The days that the clocks stand at; today, in UTC, where none is given."""
    return {"as_of": query.as_of or today(), "known_at": query.known_at or today()}


def rank(event: Any) -> ColumnElement[int | None]:
    """How far along the line a stage is, from 1; null beside the line."""
    return func.array_position(_LINE, event.stage)


def had_occurred(event: type[Event]) -> ColumnElement[bool]:
    """Whether the event counts as having occurred, on both clocks."""
    return and_(event.kind == EventKind.OCCURRED, event.latest <= AS_OF, event.known_from <= KNOWN_AT)


def was_told(event: type[Event]) -> ColumnElement[bool]:
    """Whether the event is seen at all: it had occurred, or someone had said by both days that it was expected."""
    expected = and_(event.kind == EventKind.EXPECTED, event.known_from <= AS_OF, event.known_from <= KNOWN_AT)
    return or_(had_occurred(event), expected)


def outcome(event: type[Event], fulfilling: type[Event]) -> ColumnElement[str | None]:
    """What had become of an expectation; `fulfilling` is its event that had occurred, outer-joined."""
    return case(
        (event.kind == EventKind.OCCURRED, null()),
        (and_(fulfilling.id.is_not(None), event.latest < fulfilling.latest), Outcome.MET_LATE.value),
        (fulfilling.id.is_not(None), Outcome.MET.value),
        (event.latest < AS_OF, Outcome.NOT_MET.value),
        else_=Outcome.PENDING.value,
    )
