"""Grants: roles with a clearance, as settings give them to groups, and what makes one of no use."""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

ROLES = ("reader", "editor", "reviewer", "auditor", "admin")
CLEARANCES = ("U", "SBU")
"""From the lowest to the highest."""
CLEARED_ROLES = ("editor", "reviewer", "auditor")
"""Roles that work on words of any marking: below the highest clearance, they open nothing."""
SEPARATORS = re.compile("[,;|]")
"""What proxies put between several groups in one header."""


class Grant(NamedTuple):
    """What a caller may do, and up to which marking he may see."""

    roles: frozenset[str]
    clearance: str


def check_usable(roles: Iterable[str], clearance: str) -> None:
    """Refuses roles that open nothing with this clearance."""
    useless = [role for role in CLEARED_ROLES if role in roles]
    if useless and clearance != CLEARANCES[-1]:
        named = " and ".join(useless)
        raise ValueError(f"{named} needs the clearance {CLEARANCES[-1]}: with {clearance} it opens nothing")


def check_roles(roles: Iterable[str]) -> None:
    """Refuses what is no role."""
    for one in roles:
        if one not in ROLES:
            raise ValueError(f"{one!r} is no role; the roles are {', '.join(ROLES)}")


def fold_group(name: str) -> tuple[bool, str]:
    """A group's name without regard to case. One of other letters than ASCII's is never one of ASCII's.

    Else `regi\u017fter` with a long s, which somebody may name a group of his own, would be `register`.
    """
    name = unicodedata.normalize("NFC", name.strip())
    return name.isascii(), name.casefold()


@dataclass(frozen=True)
class Groups:
    """What members of each group are granted."""

    grants: Mapping[tuple[bool, str], Grant]

    @classmethod
    def parse(cls, text: str) -> "Groups":
        """Of a setting such as `register-editors=reader+editor:SBU; register-readers=reader:U`."""
        grants: dict[tuple[bool, str], Grant] = {}
        for one in (part.strip() for part in text.split(";") if part.strip()):
            name, _, grant = (part.strip() for part in one.rpartition("="))
            words, _, clearance = (part.strip() for part in grant.partition(":"))
            if not name or clearance not in CLEARANCES or SEPARATORS.search(name):
                raise ValueError(f"{one!r} is no grant; give such as register-editors=reader+editor:SBU")
            roles = frozenset(word.strip() for word in words.split("+"))
            check_roles(sorted(roles))
            check_usable(roles, clearance)
            if fold_group(name) in grants:
                raise ValueError(f"the group {name!r} is given twice")
            grants[fold_group(name)] = Grant(roles, clearance)
        return cls(grants)

    def grant(self, names: Iterable[str]) -> Grant | None:
        """All that the groups of these names give together; None where none of them gives anything."""
        found = [self.grants[folded] for folded in map(fold_group, names) if folded in self.grants]
        if not found:
            return None
        roles = frozenset().union(*(one.roles for one in found))
        return Grant(roles, max((one.clearance for one in found), key=CLEARANCES.index))


def split_groups(text: str) -> list[str]:
    """The groups that a header, or a claim that is a text, lists."""
    return SEPARATORS.split(text)
