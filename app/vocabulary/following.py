"""The closed lists of what follows a recommendation: how it is assessed, what is done about it."""

from enum import StrEnum

from app.vocabulary.words import Implementation, Position, State


class Aspect(StrEnum):
    """What is assessed of a recommendation; each has a history of its own."""

    POSITION = "position"
    IMPLEMENTATION = "implementation"
    STATE = "state"


UNASSESSED: dict[Aspect, StrEnum] = {
    Aspect.POSITION: Position.NONE,
    Aspect.IMPLEMENTATION: Implementation.UNKNOWN,
    Aspect.STATE: State.OPEN_UNRESOLVED,
}
"""What an aspect is where nobody has said anything."""


class Recurrence(StrEnum):
    """How often an action is to be done again."""

    MONTHLY = "monthly"
    QUARTERLY = "quarterly"
    YEARLY = "yearly"


class ActionStatus(StrEnum):
    """How an action stands on a day; derived, never typed in."""

    OPEN = "open"
    DONE = "done"
    OVERDUE = "overdue"


class HistoryKind(StrEnum):
    """What an entry of a recommendation's history tells of."""

    ASSESSMENT = "assessment"
    VERSION = "version"
    ACTION = "action"
    PROGRESS_REPORT = "progress_report"
