"""Classification of arbitrary text: the document's marking and the found marks, in linear time."""

import re

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from app.cable_parser.classification import classify
from tests.fixtures.steps import steps_of

UNCLAS = "UNCLAS EXAMPLE 000123\n\nSIPDIS\n\nSUBJECT: A MADE-UP CABLE\n\nREF: EXAMPLE 1\n"


@pytest.mark.parametrize(
    ("before", "marking"),
    [
        (UNCLAS, "U"),
        ("UNCLASSIFIED EXAMPLE 5055\n", "U"),
        ("U N C L A S EXAMPLE 000123\n", "U"),
        ("RUEHC/SECSTATE WASHDCUNCLAS EXAMPLE 000123\n", "U"),
        ("08EXAMPLE123\nUNCLASSIFIED\nEmbassy Example\n", "U"),
        ("", "SBU"),
        ("SUBJECT: A MADE-UP CABLE\n", "SBU"),
        (UNCLAS.replace("SIPDIS", "SENSITIVE"), "SBU"),
        (UNCLAS.replace("SIPDIS", "SIPDIS SENSITIVE SIPDIS"), "SBU"),
        (UNCLAS + "SENSITIVE BUT UNCLASSIFIED\n", "SBU"),
        (UNCLAS.replace("REF: EXAMPLE 1", "REF: EXAMPLE 1 SENSITIVE BUT UNCLASSIFIED"), "SBU"),
        (UNCLAS + "1) EXAMPLE 2\n2) EXAMPLE 3 SENSITIVE BUT UNCLASSIFIED\n", "SBU"),
        (UNCLAS + "This cable is sensitive, but unclassified.\n", "SBU"),
        (UNCLAS + "(U) For official use only.\n", "SBU"),
        ("LIMITED OFFICIAL USE EXAMPLE 123\n", "SBU"),
        ("UNCLAS LOU EXAMPLE 123\n", "SBU"),
        ("UNCLASSIFIED//FOUO\n", "SBU"),
        ("UNCLASSIFIED//FOR OFFICIAL USE ONLY\n", "SBU"),
        ("UNCLASSIFIED//CUI\n", "SBU"),
        ("UNCLAS SBU EXAMPLE 123\n", "SBU"),
        (UNCLAS + "ＳＥＮＳＩＴＩＶＥ\n", "SBU"),
        (UNCLAS + "S E N S I T I V E\n", "SBU"),
    ],
)
def test_the_marking_of_a_document_is_the_highest_before_its_text(before: str, marking: str) -> None:
    assert classify(f"{before}\n1. The guild met.\n\n2. It asked.\n").marking == marking


def test_a_caption_repeated_on_a_later_page_counts() -> None:
    assert classify(f"{UNCLAS}\n1. The guild met.\n\nSENSITIVE\nSIPDIS\n\n2. It asked.\n").marking == "SBU"


PIECES = st.sampled_from(
    ["4. (C) ", "(c)", "(", ")", "SECRET", "S E C R E T", "C O N F ", "CONFIDENTIAL", "\n", "\r", "\v", " ", "  ", "\t"]
    + [
        "¶",
        "4.",
        "a. ",
        "--",
        "Summary: ",
        "E.O. 12958: ",
        "DECL",
        "ZNY ",
        "Classified ",
        "By",
        "(a) (b) ",
        "é😀",
        "\x00",
    ]
    + ["\ufdfa", "&#67;", "<b>", "UNCLAS", "SENSITIVE", "word ", "Word. ", "2007", "\ud800"]
)


@settings(max_examples=400, deadline=None)
@given(text=st.lists(PIECES | st.text(max_size=8), max_size=40).map("".join))
@example(text="4. (C")
def test_any_text_is_looked_at_and_lines_are_those_of_the_text(text: str) -> None:
    found = classify(text)
    last = len(re.split(r"\r\n|\n|\r", text))
    assert all(1 <= mark.line <= last for mark in (*found.refusals, *found.doubts))
    assert not set(found.refusals) & set(found.doubts)


@settings(max_examples=200, deadline=None)
@given(
    before=st.text(max_size=60),
    after=st.text(max_size=60),
    line=st.sampled_from(["SECRET", "4.  (C) The guild asked.", "ZNY CCCCC ZZH", "Classified By: A. Person"]),
)
def test_nothing_around_a_mark_hides_it(before: str, line: str, after: str) -> None:
    assert classify(f"{before}\n\n{line}\n{after}").refusals


STEEP = [
    "(",
    "(C",
    "4. ",
    "S ",
    "SECRET ",
    "(SBU)",
    "a. ",
    "C O N F I D E N T I A ",
    " ",
    "A ",
    "E.O. 12958: ",
    "ZNY ",
    "<b",
    "(U) (",
    "\n(",
    "© ",
    "The x (C) Y ",
    "E.O. 12958: N/A ",
    "S E C E T A ",
    "CONFIDENTALX ",
    "=43",
    "QUJDREVG",
    "SECTION 01 OF ",
]


@pytest.mark.parametrize("piece", [*STEEP, "\n4. (C) x", "\n(c) y", "\u200b", "ﷺ"])
def test_ten_times_the_length_takes_ten_times_the_steps(piece: str) -> None:
    assert steps_of(classify, piece * 5_000) < 14 * steps_of(classify, piece * 500) + 2_000
