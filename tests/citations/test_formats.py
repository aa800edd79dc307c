"""Citation formats for cables and pages unlike the ones in the register."""

import json
from dataclasses import replace
from datetime import date
from typing import Any

import bibtexparser.entrypoint
import pytest
from bibtexparser.middlewares import LatexDecodingMiddleware
from hypothesis import given
from hypothesis import strategies as st

from app.citations.formats import FORMATS
from app.citations.formats.latex import escaped
from app.citations.schemas import Cited, CitedCable, CitedPage, CitedParagraph, Form

BARE = CitedCable(
    record_id="09HANOI31",
    cable_id="09HANOI31",
    sent_on=date(2009, 1, 5),
    post="HANOI",
    sender="FM AMEMBASSY HANOI",
    subject="SUBJECT: Customs talks",
    publisher="An archive",
    address="https://example.org/09HANOI31",
    paragraph=None,
    quote=None,
)
PAGE = CitedPage(
    record_id="patent-law-E07",
    title="A page",
    url="https://example.org/",
    published_on=None,
    retrieved=date(2026, 1, 2),
)


def memo(cited: Cited) -> str:
    return FORMATS[Form.TEXT](cited)


def csl(cited: Cited) -> dict[str, Any]:
    (item,) = json.loads(FORMATS[Form.CSL_JSON](cited))
    return dict(item)


def bibtex(cited: Cited, *, decoded: bool = False) -> dict[str, str]:
    added = [LatexDecodingMiddleware()] if decoded else []
    library = bibtexparser.entrypoint.parse_string(FORMATS[Form.BIBTEX](cited), append_middleware=added)
    assert not library.failed_blocks
    (entry,) = library.entries
    return {field.key: str(field.value) for field in entry.fields}


@pytest.mark.parametrize(
    ("line", "sender"),
    [
        ("FM AMEMBASSY HANOI", "US Embassy Hanoi"),
        ("FM AMEMBASSY PORT OF SPAIN", "US Embassy Port of Spain"),
        ("FM AMEMBASSY DAR ES SALAAM", "US Embassy Dar es Salaam"),
        ("FM AMCONSUL HONG KONG", "US Consulate Hong Kong"),
        ("FM USMISSION GENEVA", "US Mission Geneva"),
        ("FM USMISSION USUN NEW YORK", "US Mission USUN New York"),
        ("FM AIT TAIPEI", "American Institute in Taiwan, Taipei"),
        ("FM SECSTATE WASHDC", "SECSTATE WASHDC"),
        ("FM AMEMBASSY", "AMEMBASSY"),
        (None, "US diplomatic post, Hanoi"),
    ],
)
def test_the_sender_is_the_post_of_the_from_line(line: str | None, sender: str) -> None:
    cited = replace(BARE, sender=line)
    assert memo(cited).startswith(f'{sender}, "Customs talks," cable 09HANOI31, 5 January 2009; https://example.org/')
    assert csl(cited)["author"] == [{"literal": sender}]
    assert bibtex(cited)["author"] == f"{{{sender}}}"


def test_without_a_subject_the_cable_stands_by_its_number() -> None:
    cited = replace(BARE, subject=None)
    assert memo(cited).startswith("US Embassy Hanoi, cable 09HANOI31, 5 January 2009;")
    assert csl(cited)["title"] == bibtex(cited, decoded=True)["title"] == "Cable 09HANOI31"


@pytest.mark.parametrize(
    ("subject", "shown"),
    [
        ('SUBJ: THE "SPECIAL 301" LIST', '''"THE 'SPECIAL 301' LIST,"'''),
        ('SUBJECT: WHAT IS "FAIR"?', '''"WHAT IS 'FAIR'?,"'''),
        ("SUBJECT: TALKS,", '"TALKS,"'),
    ],
)
def test_a_title_that_quotes(subject: str, shown: str) -> None:
    assert f"US Embassy Hanoi, {shown} cable" in memo(replace(BARE, subject=subject))


@pytest.mark.parametrize(("turn", "said"), [(1, "first"), (3, "third"), (6, "no. 6")])
def test_paragraphs_with_the_same_number_are_cited_by_position(turn: int, said: str) -> None:
    cited = replace(BARE, paragraph=CitedParagraph(f"4-{turn}", turn=turn, turns=6))
    assert f"2009, para. 4-{turn} (the {said} so numbered);" in memo(cited)


def test_a_page_with_marks_of_all_sorts() -> None:
    cited = replace(PAGE, title="“A” & 100% of \\{b_c}~^", url="https://example.org/a{b}\\ü ?q=1&r=%7B#s_t")
    assert memo(cited).startswith('"‘A’ & 100% of \\{b_c}~^," https://example.org/a{b}')  # noqa: RUF001 - curled marks
    assert csl(cited)["title"] == cited.title
    read = bibtex(cited)
    assert read["url"] == "https://example.org/a%7Bb%7D%5C%C3%BC%20?q=1&r=%7B#s_t"
    written = r"{``A'' \& 100\% of \textbackslash{}\textbraceleft{}b\_c\textbraceright{}\textasciitilde{}"
    assert read["title"] == written + r"\textasciicircum{}}"


@pytest.mark.parametrize(
    ("plain", "latex"),
    [
        ("& % $ # _", r"\& \% \$ \# \_"),
        ("a < b > c | `d`", r"a \textless{} b \textgreater{} c \textbar{} \textasciigrave{}d\textasciigrave{}"),
        ("unbalanced } {", r"unbalanced \textbraceright{} \textbraceleft{}"),
        ("café, Škoda, ǚ, ñ", r"caf{\'{e}}, {\v{S}}koda, {\v{\"{u}}}, {\~{n}}"),
        ("Straße, Øre, n°", r"Stra{\ss}e, {\O}re, n\textdegree{}"),
        ("1999–2001 — so…", r"1999--2001 --- so\ldots{}"),  # noqa: RUF001 - an en dash is meant
        ("a -- b --- c", "a -{}- b -{}-{}- c"),
        ("专利法", "专利法"),
        (""""it's" ('so')""", "``it's'' (`so')"),
        ('''"'a' b"''', "``{}`a' b''"),
        ('''"a 'b'"''', "``a `b'{}''"),
        ("two\nlines\t of", "two lines of"),
    ],
)
def test_text_as_latex(plain: str, latex: str) -> None:
    assert escaped(plain) == latex


@given(st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"])))
def test_no_text_breaks_an_entry(words: str) -> None:
    read = bibtex(replace(BARE, subject=f"x{words}", paragraph=CitedParagraph("1", turn=1, turns=1), quote=words))
    assert set(read) >= {"author", "title", "url", "note"}
    depth = 0
    for char in escaped(words):
        depth += {"{": 1, "}": -1}.get(char, 0)
        assert depth >= 0
    assert depth == 0
