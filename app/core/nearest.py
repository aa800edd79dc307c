"""Names near to one that is not known, for what a refusal proposes; far ones mislead, so they are not proposed."""

import re
from collections.abc import Iterable, Sequence
from difflib import get_close_matches

CUTOFF = 0.6
"""How much of two names has to agree, from 0 to 1."""
SHORTEST_PART = 4
"""How long a name is, in characters, that is proposed since it is a part of the other."""
MOST_LISTED = 20
MOST_NEAR = 3
LONGEST = 100
"""How much of a name from outside is compared, in characters."""
_SIGNS = re.compile(r"[\W_]+")


def nearest(name: str, known: Iterable[str], *, most: int = 1) -> list[str]:
    """The known names that are near, the nearest first. Case, blanks and other signs do not count."""
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
    """Names in a row: twenty at most, and how many more there are."""
    more = len(names) - MOST_LISTED
    return ", ".join(names[:MOST_LISTED]) + (f" and {more} more" if more > 0 else "")


def proposal(name: str, known: Iterable[str]) -> str:
    """What to say behind a name that is not known: the nearest ones, and of a short list all."""
    names = list(known)
    near = nearest(name, names, most=MOST_NEAR if len(names) > MOST_LISTED else 1)
    told = [f"the nearest known {'ones are' if len(near) > 1 else 'one is'} {', '.join(near)}"] if near else []
    if not near or len(names) <= MOST_LISTED:
        told.append(f"known are {named(names)}")
    return "; ".join(told) if names else "none is known"
