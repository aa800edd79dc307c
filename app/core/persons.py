"""Names of persons: normalizes the spellings of a proxy, a token and a key, so that one person has one name."""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import pairwise, product

from app.core.folding import fold_name, fold_text, has_letter

_SIGNS = re.compile(
    r"[\x01-/:-@\[-`{-\u00a9\u00ab-\u00b1\u00b4\u00b6-\u00b8\u00bb\u00bf\u00d7\u00f7\u02b9-\u02bf\u02c2-\u02df"
    r"\u02e5-\u036f\u0375\u037e\u0384\u0385\u0387\u03f6\u0482-\u0489\u055a-\u055f\u0589-\u05cf\u05f3-\u061f\u0640"
    r"\u064b-\u065f\u066a-\u066d\u06d4\u0700-\u070f\u0964\u0965\u0970\u0e3f\u0e4f\u0e5a\u0e5b\u10fb\u115f\u1160"
    r"\u1360-\u1368\u1400\u166d\u1680\u16eb-\u16ed\u17d4-\u17db\u1800-\u180f\u2000-\u206f\u207a-\u207e\u208a-\u208e"
    r"\u20a0-\u20ff\u2190-\u2bff\u2e00-\u2e7f\u2ff0-\u3004\u3008-\u3020\u302a-\u3030\u303d-\u303f\u3099-\u309c\u30a0"
    r"\u30fb\u3164\ua4fe\ua4ff\ue000-\uf8ff\ufd3e\ufd3f\ufe00-\ufe6f\uffa0\uffe0-\uffff\U0001f000-\U0001faff"
    r"\U000e0000-\U0010ffff]"
)
"""Characters that are neither letters nor digits: people and programs add, omit or replace them."""
_LIKE = str.maketrans(
    "\u0430\u0432\u0435\u0456\u0458\u043a\u04cf\u043c\u043d\u043e\u0440\u0441\u0442\u0443\u04af\u0445\u0455\u04bb"
    "\u0501\u051b\u051d\u03b1\u03b2\u03b5\u03b9\u03ba\u03bc\u03bd\u03bf\u03c1\u03c4\u03c5\u03c7\u03b7\u03f3\u0251"
    "\u0261\u0269\u0237\u0578\u0585\u057d\u0570",
    "abeijklmhopctyyxshdqwabeikmvoptuxnjagijnouh",
)
"""Letters of Cyrillic, Greek and others that look like Latin ones, with their replacement."""

_UNSEEN = frozenset({"Cc", "Cf", "Cn", "Co", "Cs"})
"""Categories of characters without a shape, or without one that is the same everywhere."""


def letters(name: str) -> str:
    """The letters and digits of a name, in which its spellings agree. The four-eyes rule compares these."""
    return _SIGNS.sub("", fold_name(name).translate(_LIKE))


def is_person(name: str) -> bool:
    """True if a name has a visible letter or digit, and no character that makes a second name of the same look."""
    folded = fold_text(name)
    kinds = list(map(unicodedata.category, folded))
    stray = any(
        kind[0] == "M" and (at == 0 or folded[at - 1].isascii() or kinds[at - 1][0] not in "LM")
        for at, kind in enumerate(kinds)
    )
    return not stray and _UNSEEN.isdisjoint(kinds) and has_letter(folded) and letters(name) != ""


def _domain(text: str) -> str:
    return ".".join(label for label in map(letters, text.split(".")) if label)


def _merged(domains: Iterable[str]) -> str:
    """The one domain that fits all of several; empty if they contradict each other."""
    longest = max(domains := [one for one in domains if one], key=len, default="")
    return longest if all(_covers(one, longest) for one in domains) else ""


def _split(name: str, aliases: Mapping[str, str]) -> tuple[list[str], str]:
    r"""Splits a name into the parts of its user, between `+` signs, and its domain.

    Of `<bob@ex.com>` the inside counts, and a guest's `bob_ex.com#EXT#@host` is `bob@ex.com`.
    """
    address = folded = fold_text(name)
    inside = re.search("<([^<>]+)", folded)
    if inside and letters(inside[1]):
        address = inside[1]
    bare = re.sub(r"\([^()]*\)", " ", address)
    *above, rest = (bare if letters(bare) else address).split("\\")
    user, *below = re.sub("(?s)_([^_@]+)#[Ee][Xx][Tt]#.*", r"@\1", rest, count=1).split("@")
    # One slash separates, too: `EX/bob`, or `bob/admin` of Kerberos. More than one are a path, such as a URL.
    parts = [part for part in (user.replace("/", "+") if user.count("/") == 1 else user).split("+") if letters(part)]
    if not parts:
        return [folded], ""
    domains = (aliases.get(domain, domain) for domain in map(_domain, (*above, *below)))
    return parts, _merged(domains)


def _accounts(name: str) -> list[tuple[str, str]]:
    """Users that a name may mean, each with its domain.

    `a+b` is the mailbox `a` with a tag, or the user `b` of the domain `a`, as Winbind writes it. With a domain that is
    not `a`, it is only the mailbox.
    """
    parts, domain = _split(name, {})
    accounts = [(letters(parts[0]), domain)]
    if not domain or _covers(_domain(parts[0]), domain):
        accounts += [(letters(user), domain or _domain(above)) for above, user in pairwise(parts)]
    return accounts


def parse_realms(text: str) -> dict[str, str]:
    """Parses aliases of domains, such as `EX=ex.com, OFFICE=ex.com`, into a folded mapping. Raises ValueError."""
    realms: dict[str, str] = {}
    for one in (part.strip() for part in text.split(",") if part.strip()):
        if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]* *= *[A-Za-z0-9][A-Za-z0-9._-]*", one):
            raise ValueError(f"{one!r} is no name of a domain; give such as EX=ex.com, with commas between several")
        alias, domain = (_domain(part) for part in one.split("="))
        if alias in realms:
            raise ValueError(f"{alias!r} is given twice")
        realms[alias] = domain
    chained = next((domain for alias, domain in realms.items() if realms.get(domain, domain) != domain), None)
    if chained:
        raise ValueError(f"{chained!r} is itself another name; give the name of the domain for each")
    return realms


@dataclass(frozen=True)
class Realms:
    """Domains that users sign on in, and their aliases."""

    aliases: Mapping[str, str] = field(default_factory=dict)

    def person(self, name: str) -> str:
        r"""Normalizes a name: `bob`, or `bob@ex.com` for each of `EX\Bob`, `bob@EX.COM` and `EX\bob@ex.com`.

        `EX+bob` stays ambiguous, unless `EX` is a domain of the setting.
        """
        parts, domain = _split(name, self.aliases)
        first = _domain(parts[0])
        realm = self.aliases.get(first, first)
        if len(parts) > 1 and realm in self.aliases.values() and domain in {"", realm}:
            parts, domain = parts[1:2], realm
        elif domain and not _covers(first, domain):
            parts = parts[:1]
        *above, user = parts
        user = "+".join([*map(_domain, above), fold_name(" ".join(map(letters, user.split(" "))))])
        return f"{user}@{domain}" if domain else user or name.casefold()


def same_person(one: str, other: str) -> bool:
    """True if two names may be one person: a missing domain fits, and so does a parent domain or one label of it.

    A wrong yes only asks for one more colleague; a wrong no lets somebody review himself. The database function
    `person_among` implements the same rule.
    """
    return any(
        user == other_user and (_covers(domain, other_domain) or _covers(other_domain, domain))
        for (user, domain), (other_user, other_domain) in product(_accounts(one), _accounts(other))
    )


def _covers(domain: str, other: str) -> bool:
    """True if a domain is empty, equals the other, is a parent of it, or is one of its labels."""
    return not domain or f".{other}".endswith(f".{domain}") or domain in other.split(".")


def person_among(person: str, persons: Iterable[str]) -> bool:
    """True if a person may be one of several persons."""
    return any(same_person(person, one) for one in persons)
