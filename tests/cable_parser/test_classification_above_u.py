"""Marks above U inside a text marked U: wherever they are and however they are written, the text is withheld from U."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.cable_parser.classification import classify
from app.cable_parser.model import ParsedCable
from app.cable_parser.parser import parse_cable
from app.cable_parser.sensitivity import has_sensitive_mark, sensitive_lines
from tests.fixtures.made_up_cables import CLEAN
from tests.fixtures.steps import steps_of

CABLE = CLEAN.replace("SERIAL", "907")
ITEM = "-- that zqbrighttwo be looked at;"
SUBJECT = "SUBJECT: A GUILD ZQBRIGHTSUBJECT"
WORDS = ["SBU", "FOUO", "LOU", "CUI", "LES", "SENSITIVE", "OUO", "FOR OFFICIAL USE ONLY", "LIMITED OFFICIAL USE"]
WORDS += ["SENSITIVE BUT UNCLASSIFIED", "LAW ENFORCEMENT SENSITIVE", "Controlled Unclassified Information"]
FORMS = ["({})", "[{}]", "({}/NF)", "({} - SIPDIS)", "(U//{})", "(U/{})", "(UNCLASSIFIED//{})", "(UNCLAS/{})"]
FORMS += [
    "(NF/{})",
    "(PII/{})",
    "(U - {})",
    "(U, {})",
    "(U {})",
    "(UNCLAS {})",
    "U//{}",
    "UNCLASSIFIED//{}",
    "({}",
    "( {} )",
]
FORMS += ["BEGIN {}.", "BEGIN {}", "[BEGIN {}]", "[END {}]", "--- BEGIN {} ---"]
OTHERS = [
    "(S.B.U.)",
    "(S B U)",
    "(U/S B U)",
    "(5BU)",
    "(sbu)",
    "(u//fouo)",
    "asked. SBU: it",
    "asked. SBU - it",
    "asked. SBU) it",
]
OTHERS += [
    "asked. SENSITIVE: it",
    "asked. Sensitive: it",
    "- SBU -",
    "«SBU»",
    "|SBU|",
    "/SBU/",
    "{SBU}",
    "<SBU>",
    "((SBU))",
]
OTHERS += [
    "（ＳＢＵ）",
    "(S\u200bBU)",
    "(ЅВU)",
    "(SBU only until May, when the office will have published all of it in its gazette)",
]
OTHERS += ["FOUO", "EFTO", "(EXDIS)", "(U/LIMDIS)", "(NF)", "(U//NF)", "SBU/NF", "SBU//NOFORN", "*SBU*"]
OTHERS += [
    "(SBU/\nNF)",
    "(SBU -\nNF)",
    "(U//\nFOUO)",
    "(UNCLASSIFIED//\nFOUO)",
    "(FOR OFFICIAL\nUSE ONLY)",
    "(LIMITED\nOFFICIAL USE)",
]
OTHERS += [
    "(Sensitive But\nUnclassified)",
    "(SB-\nU)",
    "(U//FO-\nUO)",
    "(\nSBU)",
    "(SBU\n)",
    "BEGIN\nSBU",
    "U//\nSBU",
    "for official\nuse only",
]
MARKS = [*(form.format(word) for form in FORMS for word in WORDS), *OTHERS]
OTHERS += [
    "A thing. SBU, there",
    "A thing. SBU! x",
    "SBU\\NF",
    "A thing. SBU_",
    "#SBU x",
    "A thing. sbu: x",
    "A thing. Sbu: x",
    "A thing. lou: x",
    "A thing. fouo: x",
    "F.O.U.O. x",
    "F O U O x",
    "S.B.U. x",
    "S-B-U: x",
    "S/B/U x",
    "A thing. LOU; x",
    "UNCLAS SBU x",
    "UNCLASSIFIED SBU x",
    "A thing. SENSITIVE There",
    "NODIS: x",
    "EXDIS. x",
    "The text is SBU:",
    "a thing—SBU—x",
    "Comment SBU: x",
    "(UNCLASSIFIED BUT SENSITIVE)",
    "(DEA SENSITIVE)",
    "(SENS)",
    "(Sensitive text)",
    "(sbu only)",
    "(limited offical use)",
    "(SBUx)",
    "(SSBU)",
    "(S8U)",
    "<OUO> x",
    "<EFTO>",
    "<exdis> x",
    "<SSI> x",
    "<UCNI> x",
    "<LAW ENFORCEMENT SENSITIVE> x",
    "%28SBU%29 x",
    "=28SBU=29 x",
    "\\u0028SBU\\u0029 x",
]
PLAIN = [
    "the SBU said",
    "a sensitive area",
    "(see U.S. law)",
    "an official (use of it)",
    "(NFIB)",
    "the law (les lois)",
    "BEGIN SUMMARY",
]
PLAIN += [
    "(a) the rule; (b) the case",
    "a book of Lou Reed",
    "for official use",
    "and (NSF)",
    "END COMMENT. It",
    "(Cui Jian)",
    "(cui bono)",
]
PLAIN += ["limited to official users", "(a sensitive matter)", "sensitive: it", "the beginning. Sub it"]


def parsed(old: str, new: str) -> ParsedCable:
    assert CABLE.count(old) == 1
    return parse_cable(CABLE.replace(old, new))


def markings(cable: ParsedCable) -> dict[str, str]:
    return {one.label: one.marking for one in cable.paragraphs}


@pytest.mark.parametrize("mark", MARKS)
def test_a_mark_within_a_line_withholds_its_paragraph(mark: str) -> None:
    cable = parsed(ITEM, f"-- that the office {mark} zqdark be looked at;")
    assert markings(cable) == {"1": "U", "2": "SBU", "3": "U"}
    assert cable.source_marking == cable.marking == "SBU"


@pytest.mark.parametrize("mark", OTHERS)
def test_a_mark_withholds_a_heading(mark: str) -> None:
    cable = parsed("Zqbrightheading of the Guild", mark)
    assert cable.source_marking == "SBU"


def test_a_mark_is_found_over_a_page_line() -> None:
    cable = parsed("Then it went to the\n", "Then it (LIMITED OFFICIAL\n")
    assert markings(cable)["3"] == "U"
    cable = parse_cable(
        CABLE.replace("it went to the\n", "it (LIMITED\n").replace("office, where", "OFFICIAL USE) where")
    )
    assert markings(cable) == {"1": "U", "2": "U", "3": "SBU"}


@pytest.mark.parametrize("words", PLAIN)
def test_prose_stays_readable(words: str) -> None:
    cable = parsed(ITEM, f"-- that the office {words} zqbright be looked at;")
    assert markings(cable) == {"1": "U", "2": "U", "3": "U"}
    assert cable.source_marking == "U"


@pytest.mark.parametrize(
    "words",
    ["(UNCLASSIFIED//FOUO) X", "(UNCLAS/SBU) X", "X - SBU", "X (SENSITIVE)", "SENSITIVE - X", "X, FOUO", "(SBU)\nX"]
    + ["X (NF/SBU)", "LIMITED OFFICIAL USE - X"],
)
def test_a_mark_withholds_the_subject(words: str) -> None:
    cable = parsed(SUBJECT, f"SUBJECT: {words}")
    assert {one.name: one.marking for one in cable.header.fields}["subject"] == "SBU"
    assert cable.marking == "SBU"


@pytest.mark.parametrize(
    "line",
    ["EXAMPLE 00000907 002 OF 002 SENSITIVE", "EXAMPLE 00000907 002.2 OF 002 FOUO", "Classification: SBU", "U//FOUO"]
    + [
        "UNCLASSIFIED//FOUO",
        "Marking: Sensitive",
        "UNCLAS SECTION 02 OF 02 EXAMPLE 000907 SENSITIVE",
        "CLASSIFIED: LOU",
    ]
    + ["It is sensitive but unclassified."],
)
def test_a_line_about_the_document_raises_its_marking(line: str) -> None:
    assert parsed("EXAMPLE 00000907 002 OF 002", line).classification.marking == "SBU"


TEXTS = st.lists(st.sampled_from([*MARKS, *PLAIN, "\n", " ", "(", "U", "SBU", "word.", "¶", "é"]), max_size=12).map(
    " ".join
)


@settings(max_examples=200, deadline=None)
@given(before=TEXTS, mark=st.sampled_from(["(SBU)", "(U//FOUO)", "(UNCLAS/SBU)", "FOUO"]), after=TEXTS)
def test_a_mark_is_reported_at_its_line(before: str, mark: str, after: str) -> None:
    lines = f"{before}\n{mark}\n{after}".split("\n")
    found = sensitive_lines(lines)
    assert all(0 <= at < len(lines) for at in found)
    assert has_sensitive_mark(f"a\n{mark}")
    assert sensitive_lines(["a", mark, "b"]) == {1}
    assert found


@pytest.mark.parametrize(
    "piece", ["(", "(U/", "S ", "SBU", "- ", "U//", "BEGIN ", "LIMITED ", "(FOR OFFICIAL ", "\n(U ", "|", "Ⓢ"]
)
def test_ten_times_the_length_takes_ten_times_the_steps(piece: str) -> None:
    few, many = (steps_of(lambda text: sensitive_lines(text.split("\n")), piece * count) for count in (2_000, 20_000))
    assert many < 14 * few + 2_000


@pytest.mark.parametrize("mark", [*WORDS, "SSI", "UCNI", "EFTO", "LIMDIS", "NODIS", "U//LES"])
def test_a_level_after_a_mark_above_u_refuses_the_document(mark: str) -> None:
    for line in (f"2. ({mark}) (C) It asked.", f"2. (C) ({mark}) It asked.", f"a. ({mark}) Summary: (C) It asked."):
        assert classify(CABLE.replace(ITEM, line)).refusals, line


@pytest.mark.parametrize(
    ("words", "marked"),
    [
        ("The Locally Engaged Staff (LES) asked.", False),
        ("Its locally-employed staff (LES) asked.", False),
        ("The Chinese University Institute (CUI) asked.", False),
        ("(LES) The Locally Engaged Staff asked.", True),
        ("Staff (LES) asked.", True),
        ("Summary: Example Staff (LES) The guild asked.", True),
        ("Law Enforcement Sensitive (LES) text.", True),
        ("Controlled Unclassified Information (CUI) text.", True),
        ("Small Business Unit (SBU) text.", True),
    ],
)
def test_initials_after_their_words_are_no_mark(words: str, *, marked: bool) -> None:
    assert has_sensitive_mark(words) is marked


@pytest.mark.parametrize(
    "words",
    ["S.B.U. X", "S-B-U", "S/B/U", "L-O-U", "F.O.U.O.", "sbu", "fouo", "SBUNF", "OUO", "LIMDIS", "SSI", "NF", "5BU"],
)
def test_a_mark_in_any_form_withholds_the_subject(words: str) -> None:
    cable = parsed(SUBJECT, f"SUBJECT: {words}")
    assert {one.name: one.marking for one in cable.header.fields}["subject"] == "SBU"


@pytest.mark.parametrize(
    "words", ["SBU Outcome", "Outcome SBU", "Outcome, SBU", "SBU Text Follows", "LOU Outcome", "Outcome (Sensitive)"]
)
def test_a_mark_in_any_position_withholds_a_heading(words: str) -> None:
    assert parsed("Zqbrightheading of the Guild", words).source_marking == "SBU"


@pytest.mark.parametrize("item", ["a. SBU The", "(a) SBU The", "- Sbu: The", "* Sensitive The", "a) Sensitive: The"])
def test_a_mark_after_the_letter_of_an_item_withholds_its_paragraph(item: str) -> None:
    assert markings(parsed(ITEM, f"{item} zqdark"))["2"] == "SBU"


@pytest.mark.parametrize(
    "post", ["SENSITIVE EXAMPLE", "SBU EXAMPLE", "FOUO EXAMPLE", "EXAMPLE SENSITIVE", "LIMITED OFFICIAL USE", "NODIS"]
)
def test_a_mark_in_place_of_a_post_raises_the_document(post: str) -> None:
    assert parsed("EXAMPLE 00000907 002 OF 002", f"{post} 00000907 002 OF 002").classification.marking == "SBU"
