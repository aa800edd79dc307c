"""Persons: spellings and ways of authentication that mean one person, by the same rule in Python and the database."""

from itertools import combinations, product
from random import Random

import psycopg
import pytest

from app.core.persons import Realms, is_person, parse_realms, same_person

SPELLINGS = {
    "bob": [
        "bob",
        "Bob",
        "BOB",
        " bob ",
        "b\u200bob",
        "\uff22ob",
        "b\u00f3b",
        "bob@",
        "bob\\",
        "@bob",
        "bob@other@ex.com",
    ],
    "bob@ex": ["EX\\bob", "bob@ex", "Bob@EX", "ex\\BOB", "bob@ex."],
    "bob@ex.com": ["bob@ex.com", "BOB@EX.COM", "ex.com\\bob", "EX\\bob@ex.com", "bob+1@ex.com", "bob/admin@EX.COM"],
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
    ("EX+bob", "EX\\bob", "bob@ex", "bob"),
    ("EX+bob", "EX/bob", "ex\uff0bBob", "ex.com+bob", "ex+bob+1", "EX+bob@ex.com", "bob@ex.com"),
    ("EX+bob", "ex", "EX+carol"),
    ("bob_ex.com#EXT#@host.example", "bob@ex.com"),
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


def test_a_domain_of_the_setting_before_a_plus_sign_is_a_domain() -> None:
    realms = Realms(parse_realms("EX=ex.com, HOME=home"))
    names = ["EX+bob", "ex.com+Bob", "EX/bob", "EX+bob+1", "EX+bob@ex.com", "EX\\bob"]
    assert {realms.person(name) for name in names} == {"bob@ex.com"}
    assert realms.person("HOME+bob") == "bob@home"
    assert not same_person(realms.person("EX+bob"), realms.person("EX+carol"))
    assert realms.person("EX+bob@other.com") == "ex@other.com"


@pytest.mark.parametrize("name", ["bob@ex.com@evil", "bob@evil@ex.com", "EVIL\\bob@ex.com", "ex.com\\EVIL\\bob"])
def test_a_name_in_two_domains_may_be_of_either(name: str) -> None:
    for other in ("bob", "bob@ex.com", "bob@evil", "EX\\bob", "EVIL+bob"):
        assert same_person(name, other)
        assert same_person(Realms().person(name), Realms().person(other))
    assert not same_person(name, "carol@ex.com")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("bob+office@ex.com", "carol+office@ex.com"),
        ("bob/admin@EX.COM", "carol/admin@EX.COM"),
        ("https://id.example/users/1", "https://id.example/users/2"),
        ("/C=US/O=Ex/CN=Bob", "/C=US/O=Ex/CN=Carol"),
    ],
)
def test_a_tag_or_a_path_is_no_user(one: str, other: str) -> None:
    assert not same_person(one, other)


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


UNSEEN = [
    "\u3164",
    "---",
    "\u0378",
    "\u0301",
    "\u0941",
    "\ue000",
    "bob\u0378",
    "bob\ue000",
    "bob\u0941",
    "\u0941bob",
    "\u02bc",
]
"""Names without a visible letter or digit, and those that a reader cannot tell from another."""


@pytest.mark.parametrize("name", UNSEEN)
def test_a_person_has_a_name_that_everybody_can_see(name: str) -> None:
    assert not is_person(name)


@pytest.mark.parametrize(
    "name", ["bob", "b\u00f3b", "bo\u0301b", "4711", "\u674e", "\u0915\u0940\u0930\u094d\u0924\u093f", "\u05d0\u05b8"]
)
def test_a_person_may_have_a_name_in_any_script(name: str) -> None:
    assert is_person(name)


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
        *"abB\u0430\u03b1\u00df\u0131 .-_++/\uff0b'\u2019\u2011()<>@@\\\\",
        "_a#Ext#",
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
