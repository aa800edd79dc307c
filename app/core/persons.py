"""Names of persons: folded, so that one person is one name, however a proxy, a token or a key spells it."""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

IGNORED = ("Mn", "Cc", "Cf", "Cn", "Co", "Cs")
"""Categories of characters that make no other person: accents, and what is not seen."""


def fold(name: str) -> str:
    """A name in one form: compatible letters, case, accents, invisible characters and runs of blanks are folded."""
    decomposed = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", name).casefold())
    visible = "".join(char for char in decomposed if char.isspace() or unicodedata.category(char) not in IGNORED)
    return unicodedata.normalize("NFKC", " ".join(visible.split()))


def parse_realms(text: str) -> dict[str, str]:
    """Domains by their other names, of a setting such as `EX=ex.com, OFFICE=ex.com`; both folded."""
    realms: dict[str, str] = {}
    for one in (part.strip() for part in text.split(",") if part.strip()):
        if not re.fullmatch(r"[A-Za-z0-9._-]+ *= *[A-Za-z0-9._-]+", one):
            raise ValueError(f"{one!r} is no name of a domain; give such as EX=ex.com, with commas between several")
        alias, domain = (fold(part).strip(".") for part in one.split("="))
        if alias in realms:
            raise ValueError(f"{alias!r} is given twice")
        realms[alias] = domain
    chained = next((domain for alias, domain in realms.items() if realms.get(domain, domain) != domain), None)
    if chained:
        raise ValueError(f"{chained!r} is itself another name; give the name of the domain for each")
    return realms


@dataclass(frozen=True)
class Realms:
    """The domains that users sign on in, and the other names of each."""

    aliases: Mapping[str, str] = field(default_factory=dict)

    def person(self, name: str) -> str:
        r"""The person behind a name: `bob`, or `bob@ex.com` for each of `EX\Bob`, `bob@EX.COM` and `EX\bob@ex.com`."""
        folded = fold(name)
        down_level, _, rest = folded.rpartition("\\")
        user, _, domains = rest.partition("@")
        domain = (domains.rpartition("@")[2] or down_level.partition("\\")[0]).strip(". ")
        user = user.strip()
        if not user:
            return re.sub(r"[@\\]", " ", folded).strip() or name.casefold()
        domain = self.aliases.get(domain, domain)
        return f"{user}@{domain}" if domain else user


def same_person(one: str, other: str) -> bool:
    """True where two folded names may be one person: a domain that is missing, or a first label alone, fits any.

    A wrong yes asks for one more colleague; a wrong no lets somebody review himself. The database's `person_among` is
    the same rule.
    """
    (user, _, domain), (other_user, _, other_domain) = one.partition("@"), other.partition("@")
    return user == other_user and (
        not domain
        or not other_domain
        or domain in {other_domain, other_domain.partition(".")[0]}
        or other_domain == domain.partition(".")[0]
    )


def person_among(person: str, persons: Iterable[str]) -> bool:
    """True where a person is, or may be, one of several."""
    return any(same_person(person, one) for one in persons)
