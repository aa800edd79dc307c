"""How what is written gets published: the moves there are, who may make them, and from where to where. Pure."""

from collections.abc import Iterable
from enum import StrEnum

from app.access.schemas import Caller
from app.core.errors import ProblemError
from app.vocabulary import Publication, Role


class Move(StrEnum):
    """What can be done with something written."""

    SUBMIT = "submit"
    PUBLISH = "publish"
    RETURN = "return"
    WITHDRAW = "withdraw"


OPEN = frozenset({Publication.DRAFT, Publication.IN_REVIEW, Publication.RETURNED})
"""States in which it is not decided yet."""
CHANGEABLE = frozenset({Publication.DRAFT, Publication.RETURNED})
"""States in which its author may still change it."""
MOVES: dict[tuple[Publication, Move], Publication] = {
    (Publication.DRAFT, Move.SUBMIT): Publication.IN_REVIEW,
    (Publication.RETURNED, Move.SUBMIT): Publication.IN_REVIEW,
    (Publication.IN_REVIEW, Move.PUBLISH): Publication.PUBLISHED,
    (Publication.IN_REVIEW, Move.RETURN): Publication.RETURNED,
    **{(state, Move.WITHDRAW): Publication.WITHDRAWN for state in OPEN},
}


def moved(state: Publication, move: Move) -> Publication:
    """Where a move leads from a state; a conflict where there is no such move."""
    if (state, move) not in MOVES:
        names = " or ".join(sorted(one for one, other in MOVES if other is move))
        raise ProblemError("conflict", f"It is {state}, and only what is {names} can be given this move: {move}.")
    return MOVES[state, move]


def check_reviewer(reviewer: str, *, authors: Iterable[str]) -> None:
    """Refuses a decision on something that one has written on."""
    if reviewer in authors:
        raise ProblemError("conflict", "Someone else has to review this: it is your own.")


def check_withdrawer(by: Caller, *, authors: Iterable[str]) -> None:
    """Refuses an editor who takes back what is another's; a reviewer may."""
    if by.id not in authors and Role.REVIEWER not in by.roles:
        raise ProblemError("forbidden", "It is another's: ask its author or a reviewer to withdraw it.")


def check_changeable(state: Publication, *, withdraws: bool = False) -> None:
    """Refuses a change to a draft that its author has handed in, or that only proposes to withdraw a record."""
    if state not in CHANGEABLE:
        raise ProblemError("conflict", "It is in review: have it returned, or withdraw it, and change it then.")
    if withdraws:
        raise ProblemError("conflict", "It proposes to withdraw the record: withdraw the draft, then change that.")
