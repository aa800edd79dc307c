"""Who asks: a caller, with what it may do and see."""

from dataclasses import dataclass

from app.vocabulary import Marking, Role


@dataclass(frozen=True)
class Caller:
    """Someone who asks. `id` names the way of coming in and who it is, as in `key:4f2a` or `anonymous`."""

    id: str
    name: str
    roles: frozenset[Role]
    clearance: Marking
    """The highest marking that it may see."""


def anonymous(clearance: Marking) -> Caller:
    return Caller("anonymous", "anonymous", frozenset({Role.READER}), clearance)
