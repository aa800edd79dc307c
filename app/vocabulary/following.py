"""Enums of the follow-up of recommendations: assessments, actions and history."""

from enum import StrEnum

from app.vocabulary.words import Implementation, Position, State


class Aspect(StrEnum):
    """Aspect of a recommendation that is assessed; each has its own history."""

    POSITION = "position"
    IMPLEMENTATION = "implementation"
    STATE = "state"


UNASSESSED: dict[Aspect, StrEnum] = {
    Aspect.POSITION: Position.NONE,
    Aspect.IMPLEMENTATION: Implementation.UNKNOWN,
    Aspect.STATE: State.OPEN_UNRESOLVED,
}
"""Default value of each aspect, without any assessment."""


class Recurrence(StrEnum):
    """Recurrence of an action."""

    MONTHLY = "monthly"
    QUARTERLY = "quarterly"
    YEARLY = "yearly"


class ActionStatus(StrEnum):
    """Status of an action on a day; derived, never entered."""

    OPEN = "open"
    DONE = "done"
    OVERDUE = "overdue"


class HistoryKind(StrEnum):
    """Kind of an entry in a recommendation's history."""

    ASSESSMENT = "assessment"
    VERSION = "version"
    ACTION = "action"
    PROGRESS_REPORT = "progress_report"
