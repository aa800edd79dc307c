"""Bitemporal conditions on events: valid time (`as_of`) and knowledge time (`known_at`).

`as_of` is the state of the world at the end of that day, as known now: an occurred event counts from the last day that
its date allows. `known_at` excludes what no source had stated by then.
"""

from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Date, and_, bindparam, case, func, literal_column, null, or_

from app.core.dates import today
from app.models import Event
from app.reforms.schemas import ClockQuery
from app.vocabulary import STAGE_LINE, EventKind, Outcome

AS_OF: ColumnElement[date] = bindparam("as_of", type_=Date)
KNOWN_AT: ColumnElement[date] = bindparam("known_at", type_=Date)
_LINE: ColumnElement[Any] = literal_column(f"ARRAY[{', '.join(repr(stage.value) for stage in STAGE_LINE)}]")


def as_of_params(query: ClockQuery) -> dict[str, date]:
    """Values of the two clocks; each defaults to today, in UTC."""
    return {"as_of": query.as_of or today(), "known_at": query.known_at or today()}


def rank(event: Any) -> ColumnElement[int | None]:
    """Position of a stage on the line, from 1; null beside the line."""
    return func.array_position(_LINE, event.stage)


def had_occurred(event: type[Event]) -> ColumnElement[bool]:
    """Condition that the event counts as having occurred, on both clocks."""
    return and_(event.kind == EventKind.OCCURRED, event.latest <= AS_OF, event.known_from <= KNOWN_AT)


def visible_as_of(event: type[Event]) -> ColumnElement[bool]:
    """Condition that the event is visible: it had occurred, or a source had stated it as expected by both days."""
    expected = and_(event.kind == EventKind.EXPECTED, event.known_from <= AS_OF, event.known_from <= KNOWN_AT)
    return or_(had_occurred(event), expected)


def outcome(event: type[Event], fulfilling: type[Event]) -> ColumnElement[str | None]:
    """Outcome of an expectation; `fulfilling` is the event that fulfilled it, outer-joined if it had occurred."""
    return case(
        (event.kind == EventKind.OCCURRED, null()),
        (and_(fulfilling.id.is_not(None), event.latest < fulfilling.latest), Outcome.MET_LATE.value),
        (fulfilling.id.is_not(None), Outcome.MET.value),
        (event.latest < AS_OF, Outcome.NOT_MET.value),
        else_=Outcome.PENDING.value,
    )
