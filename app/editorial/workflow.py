"""How what is written gets published: the moves there are, who may make them, and from where to where. Pure."""

from collections.abc import Iterable
from enum import StrEnum
from typing import Any, Protocol

from app.access.schemas import Caller
from app.core.errors import ProblemError
from app.core.persons import person_among
from app.vocabulary import Publication, Role


class Move(StrEnum):
    """What can be done with something written."""

    SUBMIT = "submit"
    PUBLISH = "publish"
    RETURN = "return"
    WITHDRAW = "withdraw"


OPEN = frozenset({Publication.DRAFT, Publication.IN_REVIEW, Publication.RETURNED})
"""States in which it is not decided yet."""
WRITTEN = OPEN | {Publication.PUBLISHED}
"""States of what counts as written, for those who may not withdraw it."""
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


class Authored(Protocol):
    """A revision, with everyone who wrote in it: ids of callers, and the persons behind them."""

    @property
    def authors(self) -> list[str]: ...
    @property
    def persons(self) -> list[str]: ...


def authored(by: Caller, revision: Authored | None = None) -> dict[str, Any]:
    """The columns of a revision's authors, once the caller has written in it; of a new one where there is none."""
    authors, persons = (revision.authors, revision.persons) if revision is not None else ([], [])
    return {
        "authors": authors if by.id in authors else [*authors, by.id],
        "persons": persons if by.person in persons else [*persons, by.person],
    }


def reviewed(by: Caller) -> dict[str, Any]:
    """The columns of a revision's reviewer."""
    return {"reviewer": by.id, "reviewer_person": by.person}


def is_author(by: Caller, revision: Authored) -> bool:
    """True where the caller, or the person behind it, wrote in the revision, whatever way he came in then."""
    return by.id in revision.authors or person_among(by.person, revision.persons)


def check_reviewer(by: Caller, *, of: Iterable[Authored]) -> None:
    """Refuses a decision on something that the same person has written in."""
    if any(is_author(by, revision) for revision in of):
        raise ProblemError("conflict", f"Someone else has to review this: it is your own, as you are {by.person}.")


def check_withdrawer(by: Caller, *, of: Authored) -> None:
    """Refuses an editor who takes back what is another's; a reviewer may."""
    if not is_author(by, of) and Role.REVIEWER not in by.roles:
        raise ProblemError("forbidden", "It is another's: ask its author or a reviewer to withdraw it.")


def check_changeable(state: Publication, *, withdraws: bool = False) -> None:
    """Refuses a change to a draft that its author has handed in, or that only proposes to withdraw a record."""
    if state not in CHANGEABLE:
        raise ProblemError("conflict", "It is in review: have it returned, or withdraw it, and change it then.")
    if withdraws:
        raise ProblemError("conflict", "It proposes to withdraw the record: withdraw the draft, then change that.")
