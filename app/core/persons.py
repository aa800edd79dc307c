"""Names of persons: normalizes the spellings of a proxy, a token and a key, so that one person has one name."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from app.core.folding import fold_name, fold_text

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


def letters(name: str) -> str:
    """The letters and digits of a name, in which its spellings agree. The four-eyes rule compares these."""
    return _SIGNS.sub("", fold_name(name).translate(_LIKE))


def _domain(text: str) -> str:
    return ".".join(label for label in map(letters, text.split(".")) if label)


def _account(name: str) -> tuple[str, str]:
    r"""Splits a name into user and domain: of `<bob@ex.com>` the inside, of `A\EX\bob` the nearest domain."""
    address = folded = fold_text(name)
    inside = re.search("<([^<>]+)", folded)
    if inside and letters(inside[1]):
        address = inside[1]
    bare = re.sub(r"\([^()]*\)", " ", address)
    above, _, rest = (bare if letters(bare) else address).rpartition("\\")
    user, _, domains = rest.partition("@")
    if not letters(user):
        return folded, ""
    # Of `bob+1`, a plus address, the mailbox.
    mailbox = user.partition("+")[0]
    user = mailbox if letters(mailbox) else user
    return user, _domain(domains.rpartition("@")[2]) or _domain(above.rpartition("\\")[2])


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
        r"""Normalizes a name: `bob`, or `bob@ex.com` for each of `EX\Bob`, `bob@EX.COM` and `EX\bob@ex.com`."""
        account, domain = _account(name)
        user = fold_name(" ".join(map(letters, fold_name(account).split(" "))))
        domain = self.aliases.get(domain, domain)
        return f"{user}@{domain}" if domain else user or name.casefold()


def same_person(one: str, other: str) -> bool:
    """True if two names may be one person: a missing domain fits, and so does a parent domain or one label of it.

    A wrong yes only asks for one more colleague; a wrong no lets somebody review himself. The database function
    `person_among` implements the same rule.
    """
    (user, domain), (other_user, other_domain) = _account(one), _account(other)
    return letters(user) == letters(other_user) and (_covers(domain, other_domain) or _covers(other_domain, domain))


def _covers(domain: str, other: str) -> bool:
    """True if a domain is empty, equals the other, is a parent of it, or is one of its labels."""
    return not domain or f".{other}".endswith(f".{domain}") or domain in other.split(".")


def person_among(person: str, persons: Iterable[str]) -> bool:
    """True if a person may be one of several persons."""
    return any(same_person(person, one) for one in persons)
