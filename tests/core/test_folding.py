"""Folding of names and of searched text: database and Python agree, and spellings of one name fold to one text."""

from collections.abc import Iterator

import psycopg
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.core.folding import FORBIDDEN, fold_name

SPELLINGS = {
    "Nike, Inc.": ["Nike Inc", "NIKE INC.", "Nike\u00a0Inc", "\uff2e\uff49\uff4b\uff45 Inc", "  Nike ,  Inc"],
    "O'Melveny & Myers": ["O\u2019Melveny & Myers", "O\u02bcMelveny & Myers", "o`melveny & myers"],
    "Clark T. Randt, Jr.": ["Clark T. Randt Jr.", "Clark T Randt Jr"],
    "U.S. Food and Drug Administration": ["US Food and Drug Administration", "U. S. Food and Drug Administration"],
    "Anheuser-Busch": ["Anheuser\u2013Busch", "Anheuser\u2010Busch", "Anheuser\u2212Busch"],
    "Jos\u00e9 \u0141ukasz Stra\u00dfe": ["jose\u0301 \u0142ukasz strasse", "JOSE LUKASZ STRASSE"],
    "J. P. Morgan": ["J.P. Morgan", "JP Morgan", "j p morgan"],
    "Soft\u00adware": ["Software", "Soft\u200bware"],
    "\u041c\u043e\u0441\u043a\u0432\u0430": ["\u041c\u041e\u0421\u041a\u0412\u0410"],
}
DIFFERENT = [("Nike", "Nikes"), ("Chang", "Zhang"), ("WTO", "WCO"), ("Eli Lilly", "Elililly")]
LETTERS = st.sampled_from(
    "aAzZ .,-'\"&\u2019\u00e9\u0301\u00df\u0141\uff21\ufb01\u00ad\u200b\u0391\u03c2\u0416\u4e13\uac00\u304c\u00bd"
)
TEXTS = st.text(st.one_of(LETTERS, st.characters(max_codepoint=0x2FFF, blacklist_categories=["Cs", "Cn"])), max_size=40)


@pytest.fixture(scope="module")
def database(served_url: str) -> Iterator[psycopg.Connection[tuple[str]]]:
    with psycopg.connect(served_url, autocommit=True) as connection:
        yield connection


def folded(database: psycopg.Connection[tuple[str]], *texts: str) -> list[str]:
    rows = database.execute(
        "SELECT public.fold_name(t) FROM unnest(%s::text[]) WITH ORDINALITY x(t, n) ORDER BY n", [list(texts)]
    )
    return [row[0] for row in rows]


@pytest.mark.parametrize("name", SPELLINGS)
def test_spellings_of_a_name_are_one(database: psycopg.Connection[tuple[str]], name: str) -> None:
    assert set(folded(database, name, *SPELLINGS[name])) == {fold_name(name)}
    assert {fold_name(spelling) for spelling in SPELLINGS[name]} == {fold_name(name)}


@pytest.mark.parametrize(("one", "other"), DIFFERENT)
def test_other_names_stay_apart(one: str, other: str) -> None:
    assert fold_name(one) != fold_name(other)


@settings(max_examples=300, deadline=None)
@given(st.lists(TEXTS, min_size=1, max_size=40))
def test_python_folds_as_the_database_does(database: psycopg.Connection[tuple[str]], texts: list[str]) -> None:
    texts = [text.replace("\0", "") for text in texts]
    assert folded(database, *texts) == [fold_name(text) for text in texts]


@settings(max_examples=200, deadline=None)
@given(TEXTS)
def test_folding_is_idempotent(text: str) -> None:
    assert fold_name(fold_name(text)) == fold_name(text)


def test_forbidden_characters_are_matched() -> None:
    bad = [*range(0x20), 0x7F, *range(0x80, 0xA0), 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A)]
    bad += [0x2028, 0x2029, 0xD800, 0xDFFF, *range(0xFDD0, 0xFDF0), 0xFFFE, 0xFFFF, 0x1FFFE, 0x10FFFF]
    assert {one for one in bad if not FORBIDDEN.search(chr(one))} == {ord("\t"), ord("\n")}
    for fine in "a\u00e9\u4e13\u200d\u200b\u00ad\U0001f600\ufffd":
        assert not FORBIDDEN.search(fine)
