"""Grants: roles with a clearance, which settings assign to groups, and the checks of such grants."""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

ROLES = ("reader", "editor", "reviewer", "auditor", "admin")
CLEARANCES = ("U", "SBU")
"""Clearances from the lowest to the highest."""
CLEARED_ROLES = ("editor", "reviewer", "auditor")
"""Roles that work on text of any marking: below the highest clearance they permit nothing."""
SEPARATORS = re.compile("[,;|]")
"""Separators that proxies use between several groups in one header."""


class Grant(NamedTuple):
    """Roles and clearance of a caller."""

    roles: frozenset[str]
    clearance: str


def check_usable(roles: Iterable[str], clearance: str) -> None:
    """Rejects roles that permit nothing with this clearance. Raises ValueError."""
    useless = [role for role in CLEARED_ROLES if role in roles]
    if useless and clearance != CLEARANCES[-1]:
        named = " and ".join(useless)
        raise ValueError(f"{named} requires the clearance {CLEARANCES[-1]}: with {clearance} it permits nothing")


def check_roles(roles: Iterable[str]) -> None:
    """Rejects unknown roles. Raises ValueError."""
    for one in roles:
        if one not in ROLES:
            raise ValueError(f"{one!r} is not a role; the roles are {', '.join(ROLES)}")


def fold_group(name: str) -> tuple[bool, str]:
    """Folds the case of a group's name. A name with letters outside ASCII never equals an ASCII name.

    Otherwise `regi\u017fter` with a long s, which somebody may choose for a group, would equal `register`. The letters
    count as they were sent: NFC makes `K` of the sign of a kelvin.
    """
    name = name.strip()
    return name.isascii(), unicodedata.normalize("NFC", name).casefold()


@dataclass(frozen=True)
class Groups:
    """Grants by group."""

    grants: Mapping[tuple[bool, str], Grant]

    @classmethod
    def parse(cls, text: str) -> "Groups":
        """Parses a setting such as `editors=reader+editor:SBU; readers=reader:U`. Raises ValueError."""
        grants: dict[tuple[bool, str], Grant] = {}
        for one in (part.strip() for part in text.split(";") if part.strip()):
            name, _, grant = (part.strip() for part in one.rpartition("="))
            words, _, clearance = (part.strip() for part in grant.partition(":"))
            if not name or clearance not in CLEARANCES or SEPARATORS.search(name):
                raise ValueError(f"{one!r} is not a valid grant; write one such as register-editors=reader+editor:SBU")
            roles = frozenset(word.strip() for word in words.split("+"))
            check_roles(sorted(roles))
            check_usable(roles, clearance)
            if fold_group(name) in grants:
                raise ValueError(f"the group {name!r} occurs twice")
            grants[fold_group(name)] = Grant(roles, clearance)
        return cls(grants)

    def grant(self, names: Iterable[str]) -> Grant | None:
        """Combines the grants of these groups: all roles and the highest clearance; None if no group has a grant."""
        found = [self.grants[folded] for folded in map(fold_group, names) if folded in self.grants]
        if not found:
            return None
        roles = frozenset().union(*(one.roles for one in found))
        return Grant(roles, max((one.clearance for one in found), key=CLEARANCES.index))


def split_groups(text: str) -> list[str]:
    """Splits the list of groups in a header, or in a claim that is a string."""
    return SEPARATORS.split(text)
