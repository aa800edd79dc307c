"""Review workflow: the transitions between publication states, and the callers who may make them. Pure."""

from collections.abc import Callable
from enum import StrEnum
from typing import Any, NamedTuple, Protocol

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
IN_REVIEW = frozenset({Publication.IN_REVIEW})


class Revision(Protocol):
    """Row of a draft, open or decided: its state, the ids of its authors, and the persons behind them."""

    @property
    def publication(self) -> str: ...
    @property
    def authors(self) -> list[str]: ...
    @property
    def persons(self) -> list[str]: ...


def authored(by: Caller, revision: Revision | None = None) -> dict[str, Any]:
    """Returns the author columns of a revision after a write by the caller; of a new revision if none is given."""
    authors, persons = (revision.authors, revision.persons) if revision is not None else ([], [])
    return {
        "authors": authors if by.id in authors else [*authors, by.id],
        "persons": persons if by.person in persons else [*persons, by.person],
    }


def reviewed(by: Caller) -> dict[str, Any]:
    """Returns the reviewer columns of a revision."""
    return {"reviewer": by.id, "reviewer_person": by.person}


def is_author(by: Caller, revision: Revision) -> bool:
    """True if the caller, or the person behind it, is an author of the revision, with whatever credentials."""
    return by.id in revision.authors or person_among(by.person, revision.persons)


def check_reviewer(by: Caller, *revisions: Revision) -> None:
    """Rejects a decision by a person who is an author of one of the revisions."""
    if any(is_author(by, revision) for revision in revisions):
        raise ProblemError("conflict", f"Another person must review this: you ({by.person}) are one of its authors.")


def check_withdrawer(by: Caller, revision: Revision) -> None:
    """Rejects an editor who withdraws the draft of another; reviewers may."""
    if not is_author(by, revision) and Role.REVIEWER not in by.roles:
        raise ProblemError(
            "forbidden", "You are not an author of this draft. Ask one of its authors or a reviewer to withdraw it."
        )


def check_changeable(revision: Revision, *, withdraws: bool = False) -> None:
    """Rejects a change to a draft that is in review, or that only proposes to withdraw a record."""
    if revision.publication not in CHANGEABLE_STATES:
        raise ProblemError(
            "conflict", "The draft is in review. Have it returned, or withdraw it, before you change it."
        )
    if withdraws:
        raise ProblemError(
            "conflict", "The draft proposes to withdraw the record. Withdraw the draft before you change the record."
        )


class Rule(NamedTuple):
    """Rule of a transition: the states that it starts from, the state that it leads to, and the callers allowed."""

    sources: frozenset[Publication]
    target: Publication
    roles: tuple[Role, ...]
    """A caller needs one of these roles."""
    check: Callable[[Caller, Revision], None] | None = None
    """Check of the caller against the authors of the draft."""


TRANSITIONS: dict[Transition, Rule] = {
    Transition.SUBMIT: Rule(CHANGEABLE_STATES, Publication.IN_REVIEW, (Role.EDITOR,)),
    Transition.PUBLISH: Rule(IN_REVIEW, Publication.PUBLISHED, (Role.REVIEWER,), check_reviewer),
    Transition.RETURN: Rule(IN_REVIEW, Publication.RETURNED, (Role.REVIEWER,), check_reviewer),
    Transition.WITHDRAW: Rule(OPEN_STATES, Publication.WITHDRAWN, (Role.EDITOR, Role.REVIEWER), check_withdrawer),
}


class Decision(NamedTuple):
    """Transition that a caller asks for."""

    move: Transition
    by: Caller
    note: str | None = None
    """Note of the reviewer on returning a draft."""

    def state_after(self, revision: Revision) -> Publication:
        """Returns the state after the transition. Raises if this state or this caller does not allow it."""
        state, rule = Publication(revision.publication), TRANSITIONS[self.move]
        if state not in rule.sources:
            names = " or ".join(sorted(rule.sources))
            raise ProblemError("conflict", f"The draft is {state}. To {self.move} it, it must be {names}.")
        if rule.check is not None:
            rule.check(self.by, revision)
        return rule.target
