"""Persons: one name, however it is spelled and whichever way he comes in; by the same rule in the database."""

from itertools import product

import psycopg
import pytest

from app.core.persons import Realms, parse_realms, same_person

SPELLINGS = {
    "bob": ["bob", "Bob", "BOB", " bob ", "b\u200bob", "\uff22ob", "b\u00f3b", "bob@", "bob\\", "@bob"],
    "bob@ex": ["EX\\bob", "bob@ex", "Bob@EX", "ex\\BOB", "bob@ex."],
    "bob@ex.com": ["bob@ex.com", "BOB@EX.COM", "ex.com\\bob", "EX\\bob@ex.com", "bob@other@ex.com"],
    "ann mary smith": ["Ann  Mary Smith", "ANN\u00a0MARY SMITH"],
    "strasse": ["Stra\u00dfe", "STRASSE"],
}


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
def test_a_map_that_says_nothing_clear_is_refused(setting: str) -> None:
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
        ("bob@corp.ex.com", "bob@ex.com", False),
        ("bob", "bobby", False),
        ("bob@ex", "rob@ex", False),
    ],
)
def test_where_a_domain_is_not_known_the_safe_answer_is_yes(one: str, other: str, *, same: bool) -> None:
    assert same_person(one, other) is same
    assert same_person(other, one) is same


def test_the_database_has_the_same_rule(served_url: str) -> None:
    parts = ["bob", "rob", "bob@ex", "bob@ex.com", "bob@ex.org", "bob@com", "bob@ex.com.cn", "rob@ex", "", "@ex"]
    pairs = list(product(parts, parts))
    with psycopg.connect(served_url) as connection:
        for one, other in pairs:
            found = connection.execute("SELECT person_among(%s, ARRAY['x', %s])", (one, other)).fetchone()
            assert found == (same_person(one, other),), (one, other)
