"""Classification markings in other printed forms, recognized by their kind, and prose that resembles them."""

import re
import unicodedata
from collections.abc import Iterator

import pytest

from app.cable_parser.classification import classify
from app.cable_parser.sensitivity import has_sensitive_mark
from tests.cable_parser.test_classification import BODY, HEADER, document

SIGNS = ["o", "■", "◦", "‣", "□", "►", "→", "§", "✓", "<li>", "<blockquote>", "1/", "4/", "A.1", "IV", "(aa)", "**4.**"]
WIDE = "TO RUEHC/SECSTATE WASHDC 1520 C O N F I D E N T I A L SECTION 01 OF 02 EXAMPLE 000909"


def wrapped(text: str, width: int) -> str:
    lines = [""]
    for word in text.split():
        if lines[-1] and len(lines[-1]) + 1 + len(word) > width:
            lines.append("")
        lines[-1] = f"{lines[-1]} {word}".strip()
    return "\n".join(lines)


REFUSED = [
    *(f"{sign} (C) The guild asked." for sign in SIGNS),
    "Begin Comment (C) The guild asked.",
    "Comment: (C) 2007 was a year of asking.",
    "CONFIDENTIAL EXAMPLE 7",
    "SECRET EXAMPLE 1234 FOR THE OFFICE",
    "CONFIDENTIAL FINAL SECTION OF 02 EXAMPLE 0009",
    "CONFIDENTIAL Example 000123",
    "CONFIDENTIAL 000123",
    "CONFIDENTIALSECTION 01 OF 02",
    "CONFIDENTIAL S E C T I O N 01 OF 02",
    "<tr><td>08EXAMPLE904</td><td>2008-02-14 09:00</td><td>CONFIDENTIAL</td><td>Embassy Example</td></tr>",
    "<h1>SECRET</h1>",
    "<center>CONFIDENTIAL</center>",
    "<title>SECRET",
    "Classification: Confidential (was Secret)",
    "Classification level: Secret",
    "Classification: S//NF",
    "CONFIDENTIAL | Embassy Example",
    "08X123 - CONFIDENTIAL - Embassy",
    "Classified\nBy Ambassador A. Person",
    "C O N F I D E N\nT I A L SECTION 01 OF 02 EXAMPLE 000909",
    "CONFIDEN-\nTIAL",
    "CONFIDEN-\nTIAL\n4. (U) The guild met.",
    "SEC\nRET",
    "CONFIDENTIAL Example\n000123",
    "4. (CONFIDEN-\nTIAL) The guild asked.",
    "E.O. 12958: AS\nAMENDED DECL: 02/14/2018",
    "ZNY\nCCCCC ZZH",
    "E.O.\n12958: DECL: 02/14/2018",
    *(wrapped(WIDE, width) for width in range(12, 53)),
    "3. (TS-SCI) The guild asked.",
    "4. (S//HCS-P//OC/NF) The guild asked.",
    "4. (TS SCI) The guild asked.",
    "4. 【C】 The guild asked.",
    *(f"4. ({letter}) The guild asked." for letter in "ՏꓢᏚᏟꓚⲤ"),
    "SECRET/CONFIDENTIAL NO FOREIGN DISSEM",
    "E.0. 12958: DECL: 02/14/2018",
    "EO-12958: DECL: 02/14/2018",
    "E.O. 12 958: DECL: 02/14/2018",
    "Exec. Order 12958: DECL 02/14/2018",
    "E.O. 12958: DECLASSIFY ON 02/14/2018",
]


@pytest.mark.parametrize("lines", REFUSED)
def test_a_mark_in_another_form_refuses(lines: str) -> None:
    first = HEADER.count("\n") + BODY.count("\n") + 1
    found = classify(document(lines))
    assert found.refusals
    assert all(first <= mark.line <= first + len(re.split("\n", lines)) for mark in found.refusals)


DOUBTED = [
    "-- IPR (C): the guild asked.",
    "SUBJECT: SOME GUILD (C)",
    "The Asks of the Guild (C)",
    "4. (NATO SECRET) The guild asked.",
    "4. (C-MOD) The guild asked.",
    "4. (NS) The guild asked.",
    "4. (//GBR S) The guild asked.",
    "4. (L/C) The guild asked.",
    "4. (C1) The guild asked.",
    "4. (C of some kind) The guild asked.",
    "4. S//NF The guild asked.",
    "4. C/NF",
    "4. «C» The guild asked.",
    "4. /C/ The guild asked.",
    "4. (Ж) The guild asked.",
    "SECRET SPOKE",
    "TOP SECRET UMBRA",
    "C0NFIDENTIAL",
    "DECL: OADR",
    "SUBJECT: EXAMPLE: DRAFT LAW ON TRADE SECRET",
    "BUSINESS CONFIDENTIAL",
    "CLEARANCE: TOP SECRET",
    "4. (U) MR. PERSON HAS A TOP SECRET\nCLEARANCE",
    "Grade: (C) average",
    "Embassy Example, SECRET, 2008",
    "SECRET, Embassy Example",
    "Marking: S",
    "DECLASSIFY: OADR",
    "4. C The guild asked.",
    "4. C: The guild asked.",
    "4. 'C' The guild asked.",
    "was classified\nby the guild",
    "TAGS (C) KIPR",
    "The guild met. (NS) It asked.",
    '"SECRET" The guild asked.',
    "Mr. Person, SECRET Agent 007",
    "SECRET/BALLOT",
    "COMPANY SECRET/CONFIDENTIAL DATA",
    "E.O. 12866 asks for review of GDS rules",
]


@pytest.mark.parametrize("lines", DOUBTED)
def test_unknown_forms_of_a_marking_are_doubts(lines: str) -> None:
    found = classify(document(lines))
    assert found.refusals == ()
    assert found.doubts


PROSE = [
    "2. (U) They met on 2007-05-01, secret, and signed.",
    'They spoke of it on 5/1/2007, "confidential", on it',
    '"L.A. Confidential", "Top Secret", "Secret" were sold on 2007-05-01',
    "Under article 61\n(c) of the law",
    "It rests on 17 U.S.C. 512\n(c) for the guild",
    "Section\n512(c) for the guild",
    "It was the ship\n(s) were late",
    "2.(a) train;\n2.(b) publish;\n2.(c) repeal the rule.",
    "They ask for 2.(a) work, 2.(b) rest, 2.(c) sleep.",
    "(a.) train;\n(b.) publish;\n(c.) repeal the rule.",
    "(a) train;\n(b) publish what is in paragraph\n5. of the law;\n(c) repeal the rule.",
    "A SECRET ORDER NO. 12345",
    "HE HAS SECRET CLEARANCE 123456",
]


@pytest.mark.parametrize("lines", PROSE)
def test_prose_that_resembles_a_mark_is_not_refused(lines: str) -> None:
    assert classify(document(lines)).refusals == ()


@pytest.mark.parametrize(
    "lines",
    [
        "It falls under\n501(c)(3) of the code",
        "501(c)(3) of the code",
        "4. (U) In the hall it was some\n40 (C) that day",
        "They kept it\nconfidential.",
        "4. C. Person met S. Person.",
        "4. C-class ships met.",
        "4. (U) The guild met A/S Person (A/S for short).",
    ],
)
def test_prose_raises_no_doubt(lines: str) -> None:
    found = classify(document(lines))
    assert (found.refusals, found.doubts) == ((), ())


def alphabets() -> Iterator[tuple[str, dict[str, str]]]:
    """Yields sets of characters that are named after Latin letters, such as those in squares, with their letters."""
    kinds: dict[str, dict[str, str]] = {}
    for character in map(chr, range(0x80, 0x20000)):
        name = unicodedata.name(character, "")
        found = re.fullmatch(r"(.*?(?:LETTER|SYMBOL LETTER|CAPITAL|SMALL|CIRCLED)) ([A-Z])", name)
        if found and not re.search(
            "COMBINING|TURNED|REVERSED|INVERTED|SIDEWAYS|TAG |BOPOMOFO|LYDIAN|MEDEFAIDRIN", name
        ):
            kinds.setdefault(found[1], {})[found[2]] = character
    yield from ((kind, letters) for kind, letters in kinds.items() if {*"CEFIORT"} <= letters.keys())


ALPHABETS = dict(alphabets())


@pytest.mark.parametrize("kind", ALPHABETS)
def test_letters_of_any_form_are_letters(kind: str) -> None:
    """Letters in circles, in squares, of flags, small capitals and the like. Some of these sets have no Q, S or X."""
    letters = ALPHABETS[kind]

    def written(text: str) -> str:
        return "".join(letters.get(one, one) for one in text)

    marks = classify(document(f"2. ({written('C')}) The guild asked."))
    assert marks.refusals or marks.doubts
    line = classify(document(written("CONFIDENTIAL")))
    assert line.refusals or line.doubts
    assert classify(document(written("SECRET"))).refusals or classify(document(written("SECRET"))).doubts
    for mark in ("SBU", "FOUO", "LES"):
        assert has_sensitive_mark(f"2. ({written(mark)}) The guild asked."), mark


@pytest.mark.parametrize("kind", [kind for kind in ALPHABETS if "CAPITAL" in kind and "MODIFIER" not in kind])
def test_capitals_of_any_form_refuse(kind: str) -> None:
    letters = ALPHABETS[kind]
    for line in ("CONFIDENTIAL", "SECRET"):
        assert classify(document("".join(letters.get(one, one) for one in line))).refusals
    assert classify(document(f"2. ({letters['C']}) The guild asked.")).refusals
