"""Suggestions for an unknown name: the nearest known names. Distant ones would mislead and are not suggested."""

import re
from collections.abc import Iterable, Sequence
from difflib import SequenceMatcher

CUTOFF = 0.6
"""Minimum similarity of two names, from 0 to 1."""
CONTAINED = 0.5
"""Similarity of two names of which one contains the other, below the cutoff."""
SHORTEST_PART = 4
"""Minimum length, in characters, of a name that is suggested because one name contains the other."""
MOST_LISTED = 20
MOST_NEAR = 3
LONGEST = 100
"""Maximum length of a name from outside that is compared, in characters."""
_SIGNS = re.compile(r"[\W_]+")


def nearest(name: str, known: Iterable[str], *, most: int = 1) -> list[str]:
    """The nearest known names, the best first. Ignores case, blanks and punctuation.

    Names that are as near as the last one are added, up to `MOST_NEAR`: to name one of them alone would mislead.
    """
    asked = _folded(name[:LONGEST])
    by_folded: dict[str, list[str]] = {}
    for one in known:
        by_folded.setdefault(_folded(one), []).append(one)
    scores = {folded: score for folded in by_folded if (score := _score(asked, folded))}
    ordered = sorted(scores, key=lambda folded: -scores[folded])
    near = [one for one in ordered[: max(most, MOST_NEAR)] if scores[one] >= scores[ordered[:most][-1]]]
    # Of names that differ in signs only, such as `updated_at` and `-updated_at`, the one in the signs of the name.
    return [max(by_folded[one], key=lambda known_name: _ratio(name[:LONGEST], known_name)) for one in near]


def _score(asked: str, folded: str) -> float:
    """Similarity of two folded names; 0 if one neither resembles nor contains the other."""
    ratio = _ratio(asked, folded)
    if ratio >= CUTOFF:
        return ratio
    contains = min(len(folded), len(asked)) >= SHORTEST_PART and (folded in asked or asked in folded)
    return CONTAINED if contains else 0.0


def _ratio(one: str, other: str) -> float:
    matcher = SequenceMatcher(None, one, other)
    return matcher.ratio() if min(matcher.real_quick_ratio(), matcher.quick_ratio()) > 0 else 0.0


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
