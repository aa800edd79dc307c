"""Persons: spellings and ways of authentication that mean one person, by the same rule in Python and the database."""

from itertools import combinations, product
from random import Random

import psycopg
import pytest

from app.core.persons import Realms, parse_realms, same_person

SPELLINGS = {
    "bob": ["bob", "Bob", "BOB", " bob ", "b\u200bob", "\uff22ob", "b\u00f3b", "bob@", "bob\\", "@bob"],
    "bob@ex": ["EX\\bob", "bob@ex", "Bob@EX", "ex\\BOB", "bob@ex."],
    "bob@ex.com": ["bob@ex.com", "BOB@EX.COM", "ex.com\\bob", "EX\\bob@ex.com", "bob@other@ex.com", "bob+1@ex.com"],
    "ann mary smith": ["Ann  Mary Smith", "ANN\u00a0MARY SMITH"],
    "strasse": ["Stra\u00dfe", "STRASSE"],
}
ONE_FOR_FOUR_EYES = [
    ("Jean-Paul", "Jean\u2011Paul", "Jean\u2013Paul", "Jean Paul", "jean_paul"),
    ("O'Neil", "O\u2019Neil", "ONeil"),
    ("Carol", "C\u0430rol", "carol\u00b7", "car\u03bfl", "Carol <carol@ex.com>", "carol@ex.com", "carol (office)"),
    ("C. Person", "C.Person", "c person"),
    ("i\u0307lker", "\u0131lker", "Ilker"),
    ("bob.", "bob", "EX\\bob", "A\\EX\\bob"),
    ("bob@ex.com", "bob@mail.ex.com", "EX\\bob"),
    ("bob@mail.ex.com", "EX\\bob"),
    ("bob+1@ex.com", "bob+two+3@ex.com", "bob@ex.com", "Bob <bob\uff0bx@ex.com>", "EX\\bob+1", "bob+"),
]
"""Spellings of which any two may be one person."""


@pytest.mark.parametrize("person", SPELLINGS)
def test_spellings_of_a_name_are_one_person(person: str) -> None:
    assert {Realms().person(name) for name in SPELLINGS[person]} == {person}


def test_domains_go_by_the_names_that_the_setting_gives() -> None:
    realms = Realms(parse_realms("EX=ex.com, corp.ex.com=EX.COM"))
    names = ["EX\\bob", "bob@ex", "bob@EX.COM", "Bob@corp.ex.com"]
    assert {realms.person(name) for name in names} == {"bob@ex.com"}
    assert realms.person("bob@ex.org") == "bob@ex.org"


@pytest.mark.parametrize(
    "setting", ["EX", "EX=", "=ex.com", "EX=a b", "EX=a,EX=b", "EX=a,ex=b", "A=b,B=c", "EX:ex.com"]
)
def test_an_ambiguous_mapping_is_refused(setting: str) -> None:
    with pytest.raises(ValueError, match=r"such as EX=ex.com|given twice|itself another name"):
        parse_realms(setting)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("bob", "bob", True),
        ("bob", "bob@ex.com", True),
        ("bob@ex", "bob@ex.com", True),
        ("bob@ex.com", "bob@ex.org", False),
        ("bob@ex", "bob@ex2", False),
        ("bob@corp.ex.com", "bob@ex.com", True),
        ("bob@corp.ex.com", "bob@mail.ex.com", False),
        ("bob@notex.com", "bob@ex.com", False),
        ("bob", "bobby", False),
        ("bob@ex", "rob@ex", False),
    ],
)
def test_an_unknown_domain_matches_every_domain(one: str, other: str, *, same: bool) -> None:
    assert same_person(one, other) is same
    assert same_person(other, one) is same


@pytest.mark.parametrize("names", ONE_FOR_FOUR_EYES)
def test_spellings_may_be_one_person(names: tuple[str, ...]) -> None:
    realms = Realms()
    for one, other in combinations(names, 2):
        assert same_person(one, other), (one, other)
        assert same_person(realms.person(one), realms.person(other)), (one, other)


def made_up_names(count: int) -> list[str]:
    """Returns names of few letters and many punctuation marks, so that some of them are equivalent."""
    random = Random(7)  # noqa: S311 - the same ones each time
    parts = [
        *"abB\u0430\u03b1\u00df\u0131 .-_+\uff0b'\u2019\u2011()<>@@\\",
        "ex",
        "ex.com",
        "\u00b7",
        "\u00e1",
        "\u674e",
    ]
    names = ["".join(random.choices(parts, k=random.randint(0, 9))) for _ in range(count)]
    return [*names, *("".join(map(chr, random.choices(range(1, 0x3000), k=4))) for _ in range(count))]


def test_a_person_is_the_same_when_it_is_folded_again() -> None:
    for name in made_up_names(2_000):
        person = Realms().person(name)
        assert Realms().person(person) == person, name
        assert same_person(person, name), name


def test_the_database_has_the_same_rule(served_url: str) -> None:
    parts = ["bob", "rob", "bob@ex", "bob@ex.com", "bob@ex.org", "bob@com", "bob@ex.com.cn", "rob@ex", "", "@ex"]
    pairs = list(product(parts, parts))
    pairs += [pair for names in ONE_FOR_FOUR_EYES for pair in combinations(names, 2)]
    made_up = made_up_names(150)
    pairs += [(one, other) for one in made_up[:20] for other in made_up]
    with psycopg.connect(served_url) as connection:
        ones, others = map(list, zip(*pairs, strict=True))
        asked = connection.execute(
            "SELECT person_among(a, ARRAY['x1', b]) FROM unnest(%s::text[], %s::text[]) WITH ORDINALITY x(a, b, n) "
            "ORDER BY n",
            (ones, others),
        )
        found = [same for (same,) in asked]
    assert [pair for pair, same in zip(pairs, found, strict=True) if same != same_person(*pair)] == []
    assert 0 < found.count(True) < len(found)
