"""Suggestions for an unknown name: the nearest known names. Distant ones would mislead and are not suggested."""

import re
from collections.abc import Iterable, Sequence
from difflib import get_close_matches

CUTOFF = 0.6
"""Minimum similarity of two names, from 0 to 1."""
SHORTEST_PART = 4
"""Minimum length, in characters, of a name that is suggested because one name contains the other."""
MOST_LISTED = 20
MOST_NEAR = 3
LONGEST = 100
"""Maximum length of a name from outside that is compared, in characters."""
_SIGNS = re.compile(r"[\W_]+")


def nearest(name: str, known: Iterable[str], *, most: int = 1) -> list[str]:
    """The nearest known names, the best first. Ignores case, blanks and punctuation."""
    folded: dict[str, str] = {}
    for one in known:
        folded.setdefault(_folded(one), one)
    asked = _folded(name[:LONGEST])
    near = get_close_matches(asked, folded, n=most, cutoff=CUTOFF)
    parts = [one for one in folded if min(len(one), len(asked)) >= SHORTEST_PART and (one in asked or asked in one)]
    return [folded[one] for one in dict.fromkeys([*near, *parts])][:most]


def _folded(name: str) -> str:
    return _SIGNS.sub("", name.casefold())


def named(names: Sequence[str]) -> str:
    """Joins at most twenty names with commas, and adds how many more there are."""
    more = len(names) - MOST_LISTED
    return ", ".join(names[:MOST_LISTED]) + (f" and {more} more" if more > 0 else "")


def proposal(name: str, known: Iterable[str]) -> str:
    """The suggestion in an error message for an unknown name: the nearest names, or all names of a short list."""
    names = list(known)
    near = nearest(name, names, most=MOST_NEAR if len(names) > MOST_LISTED else 1)
    parts = [f"the nearest known {'ones are' if len(near) > 1 else 'one is'} {', '.join(near)}"] if near else []
    if not near or len(names) <= MOST_LISTED:
        parts.append(f"known are {named(names)}")
    return "; ".join(parts) if names else "none is known"
