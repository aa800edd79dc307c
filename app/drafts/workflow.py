"""Review workflow: the transitions between publication states, and the callers who may make them. Pure."""

from collections.abc import Iterable
from enum import StrEnum
from typing import Any, Protocol

from app.auth.schemas import Caller
from app.core.errors import ProblemError
from app.core.persons import person_among
from app.vocabulary import Publication, Role


class Transition(StrEnum):
    """Transitions of a draft."""

    SUBMIT = "submit"
    PUBLISH = "publish"
    RETURN = "return"
    WITHDRAW = "withdraw"


OPEN_STATES = frozenset({Publication.DRAFT, Publication.IN_REVIEW, Publication.RETURNED})
"""States of a revision that is not decided yet."""
WRITTEN_STATES = OPEN_STATES | {Publication.PUBLISHED}
"""States of the revisions whose authors must not withdraw the record."""
CHANGEABLE_STATES = frozenset({Publication.DRAFT, Publication.RETURNED})
"""States in which the author may change the draft."""
TRANSITIONS: dict[tuple[Publication, Transition], Publication] = {
    (Publication.DRAFT, Transition.SUBMIT): Publication.IN_REVIEW,
    (Publication.RETURNED, Transition.SUBMIT): Publication.IN_REVIEW,
    (Publication.IN_REVIEW, Transition.PUBLISH): Publication.PUBLISHED,
    (Publication.IN_REVIEW, Transition.RETURN): Publication.RETURNED,
    **{(state, Transition.WITHDRAW): Publication.WITHDRAWN for state in OPEN_STATES},
}


def next_state(state: Publication, move: Transition) -> Publication:
    """Returns the state after a transition. Raises a conflict if the transition is not allowed from this state."""
    if (state, move) not in TRANSITIONS:
        names = " or ".join(sorted(one for one, other in TRANSITIONS if other is move))
        raise ProblemError("conflict", f"The draft is {state}. To {move} it, it must be {names}.")
    return TRANSITIONS[state, move]


class Authored(Protocol):
    """Revision with all its authors: ids of callers, and the persons behind them."""

    @property
    def authors(self) -> list[str]: ...
    @property
    def persons(self) -> list[str]: ...


def authored(by: Caller, revision: Authored | None = None) -> dict[str, Any]:
    """Returns the author columns of a revision after a write by the caller; of a new revision if none is given."""
    authors, persons = (revision.authors, revision.persons) if revision is not None else ([], [])
    return {
        "authors": authors if by.id in authors else [*authors, by.id],
        "persons": persons if by.person in persons else [*persons, by.person],
    }


def reviewed(by: Caller) -> dict[str, Any]:
    """Returns the reviewer columns of a revision."""
    return {"reviewer": by.id, "reviewer_person": by.person}


def is_author(by: Caller, revision: Authored) -> bool:
    """True if the caller, or the person behind it, is an author of the revision, with whatever credentials."""
    return by.id in revision.authors or person_among(by.person, revision.persons)


def check_reviewer(by: Caller, *, of: Iterable[Authored]) -> None:
    """Rejects a decision by a person who is an author of one of the revisions."""
    if any(is_author(by, revision) for revision in of):
        raise ProblemError("conflict", f"Another person must review this: you ({by.person}) are one of its authors.")


def check_withdrawer(by: Caller, *, of: Authored) -> None:
    """Rejects an editor who withdraws the draft of another; reviewers may."""
    if not is_author(by, of) and Role.REVIEWER not in by.roles:
        raise ProblemError(
            "forbidden", "You are not an author of this draft. Ask one of its authors or a reviewer to withdraw it."
        )


def check_changeable(state: Publication, *, withdraws: bool = False) -> None:
    """Rejects a change to a draft that is in review, or that only proposes to withdraw a record."""
    if state not in CHANGEABLE_STATES:
        raise ProblemError(
            "conflict", "The draft is in review. Have it returned, or withdraw it, before you change it."
        )
    if withdraws:
        raise ProblemError(
            "conflict", "The draft proposes to withdraw the record. Withdraw the draft before you change the record."
        )
