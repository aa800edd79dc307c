"""Classification marks with lost, added, swapped, foreign, encoded or glued letters, and other text near a mark."""

import base64
import quopri

import pytest

from app.cable_parser.classification import Classification, classify
from app.cable_parser.marks import MarkKind
from tests.fixtures.made_up_cables import CLEAN

CABLE = CLEAN.replace("SERIAL", "907")
PIECES = {
    "page line": "EXAMPLE 00000907 002 OF 002",
    "item": "-- that zqbrighttwo be looked at;",
    "subject": "SUBJECT: A GUILD ZQBRIGHTSUBJECT",
    "order": "E.O. 12958: N/A",
    "security": "ZNR UUUUU ZZH",
}
LEVELS = ["CONFIDENTIAL", "SECRET", "TOP SECRET"]
ORDINARY = {"SECRETS"}


def found_in(piece: str, words: str) -> Classification:
    """Returns the result for the clean cable with one piece replaced."""
    assert CABLE.count(PIECES[piece]) == 1
    return classify(CABLE.replace(PIECES[piece], words))


def lines_of(piece: str, words: str) -> range:
    first = CABLE[: CABLE.index(PIECES[piece])].count("\n") + 1
    return range(first, first + words.count("\n") + 1)


def damaged(level: str) -> list[str]:
    """Returns the level with each of its letters lost, doubled, replaced, or swapped with the next."""
    found = set()
    for at, letter in enumerate(level):
        if letter != " ":
            found |= {f"{level[:at]}{one}{level[at + 1 :]}" for one in ("", f"{letter}{letter}", "X", "Я", "0")}
    for at in range(len(level) - 1):
        if " " not in level[at : at + 2]:
            found.add(f"{level[:at]}{level[at + 1]}{level[at]}{level[at + 2 :]}")
    return sorted(found - set(LEVELS) - ORDINARY)


DAMAGED = [one for level in LEVELS for one in damaged(level)]
FORMS = ["{}", "{} SECTION 02 OF 02 EXAMPLE 000907", "{} EXAMPLE 000907", "{}EXAMPLE 000907"]


def test_the_clean_cable_has_no_mark() -> None:
    assert classify(CABLE) == Classification((), (), "U")


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("spaced", [False, True], ids=["in one word", "spaced out"])
def test_a_level_with_a_letter_wrong_is_a_doubt(form: str, *, spaced: bool) -> None:
    missed = []
    for word in DAMAGED:
        words = form.format(" ".join(word.replace(" ", "")) if spaced else word)
        found = found_in("page line", words)
        if not found.refusals and [mark.line for mark in found.doubts] != list(lines_of("page line", words)):
            missed.append(words)
    assert missed == []


DOUBTED = {
    "page line": [
        "DECL ON 10/24/2017",
        "DECLON: 20171024",
        "Decl. date: 2017",
        "Declassified on: 10/24/2017",
        "DOWNGRADE TO CONFIDENTIAL ON REMOVAL",
        "GROUP-3 DOWNGRADED AT 12 YEAR INTERVALS",
        "CONFIDENTIALEXAMPLE 000907",
        "CONFIDENTALEXAMPLE 000907",
        "EXAMPLECONFIDENTIAL",
        "CLASSIFIED EXAMPLE 000123",
        "CONF EXAMPLE 000123",
        "TS EXAMPLE 000123",
        "C EXAMPLE 000123",
        "NCLAS SECTION 02 OF 02 EXAMPLE",
        "X SECTION 02 OF 02 EXAMPLE",
        "RUEHC/SECSTATE WASHDC E C R E T SECTION 02 OF 02 EXAMPLE",
        "$ECRET",
        "CONFIDENTӀAL",
        "SECЯET",
        "S3CR3T EXAMPLE 000907",
        "Confidental",
        "CLASSIFIED",
        "s e c r e t",
        "secet section 02 of 02 example",
        "RESTRICTED",
        "NATO RESTRICTED",
        "RESTRICTED EXAMPLE 000907",
        "FORMERLY RESTRICTED DATA",
        "EYES ONLY",
        "FOR HIS EYES ONLY FROM THE OFFICE",
        "VERTRAULICH",
        "SECRETO",
        "Confidenciel",
        "СЕКРЕТНО",
        "Секретно",
        "секретно",
        "机密",
        "機密★",
    ],
    "item": [
        *(f"-- {sign} text" for sign in "©®ⓒⒸ🄫🅪Ⓢⓢ🅒🅲🄲Ｃ"),
        *("-- ⓉⓈ text", "-- ©text", "\u200b© text", "\x0b© text", "4.\n\u00a0© text"),
        *(f"2. (U) Summary. {sign} text" for sign in "©Ⓒ"),
        *(f"-- {mark} text" for mark in ("S)", "S:", "C)", "C", "S//NF", "CONF/NF")),
        *(f"-- ({mark}) text" for mark in ("TSC", "SNF", "CNF", "CONFD", "Secr", "Conf'd", "SECRT", "CONFIDENTAL")),
        *(f"-- ({mark}) text" for mark in ("R", "FRD", "秘", "機密", "NATO RESTRICTED", "EYES ONLY", "Vertraulich")),
        "(CNF) text",
        "(CONF) The guild asked.",
        "Comment: (CONF) text",
        "The guild asked the office (C) The office did not answer",
        "-- the rest of it (C",
        "-- the rest of it (S/NF",
        "1. (U) Secret - entire text.",
        "1. Secret - entire text.",
        "1. (U) The entire message is Confidential.",
        "Entire text S",
        "Clasified By: A. Person",
        "Classifed By A. Person",
        "C1assified By: A. Person",
        "C l a s i f i e d  B y: A. Person",
        "The DECL: 02/14/2018",
        "Cl By: A. Person",
        "Classifying Officer: A. Person",
        "Content-Transfer-Encoding: base64",
        *(
            f"{number} {level} text"
            for number in ("2.", "¶2.", "-- 2.")
            for level in ("CONFIDENTIAL:", "SECRET -", "Secret:")
        ),
        *(
            f"-- A thing. {mark}"
            for mark in (
                "TOP SECRET: x",
                "SECRET: x",
                "SECRET. x",
                "CONFIDENTIAL: He said",
                "BEGIN SECRET x",
                "BEGIN CONFIDENTIAL. x",
                "END SECRET. x",
                "TS//SI x",
                "S//NF x",
                "C//REL x",
                "S/NF: x",
                "TS-SCI: x",
                "Secret//Noforn x",
                "*SECRET* x",
                '"SECRET" x',
                "|C| x",
                "<b>SECRET</b> x",
                "SECRET He said",
            )
        ),
        *("a. SECRET: x", "a. C: x", "a. S/NF x", "(a) S//NF x", "(a) SECRET x", "-- BEGIN SECRET x"),
        "2. (U) S//NF",
        "2. (U) BEGIN SECRET text",
        "Outcome: C",
        "Outcome S//NF",
        "SECRET Outcome",
        "Classified pursuant to E.O. 12958",
        "Classified under section 1.4",
        "Per 1.4 (b)",
        "per E.O. 12958, 1.4(b) and (d)",
    ],
    "subject": [
        *(f"SUBJECT: {words}" for words in ("X S//NF", "TS//SI", "C: X", "CONF - X", "TS - X")),
        "SUBJECT: X (CONF)",
        "SUBJECT: C/NF X",
        "SUBJECT: X (C",
        "SUBJECT: X (CONFIDENTAL)",
        "SUBJECT: X (SNF)",
        "SUBJECT: X (RESTRICTED)",
        "SUBJECT: X ©",
        "SUBJECT: © X",
    ],
    "order": [
        "E.O. 12958: 1.4(b)",
        "E.O. 12958: zqdark was asked",
        "E.O. 12958:\n1.4(b)",
        "E.O. 12958 1.4(b)",
        "E.O. 12958: DELC: 02/14/2018",
        "E.O. : DECL: 02/14/2018",
        "EO 13526 = 25X1",
        "E.O. 12958: N/A, 1.4(d)",
        "E.O. 12958\n1.4(b)",
        "SIPDIS E.O. 12958: 02/14/2018",
    ],
    "security": ["ZNR CCCCC ZZH", "ZNV CCCCC ZZH", "znr ccccc zzh", "ZNY CCCCC ZZ", "2NY CCCCC ZZH", "ZMY SSSS ZZH"],
}


@pytest.mark.parametrize(("piece", "words"), [(piece, words) for piece in DOUBTED for words in DOUBTED[piece]])
def test_text_near_a_mark_is_a_doubt_at_its_line(piece: str, words: str) -> None:
    found = found_in(piece, words)
    assert found.refusals == ()
    assert found.doubts
    assert {mark.line for mark in found.doubts} <= set(lines_of(piece, words))


REFUSED = {
    "page line": ["SECRETSIPDIS", "S E C R E TSIPDIS", "CONFIDENTIALNOFORN", "SEC=\nRET", "CᎾNFIDENTIAL", "SECRΕT"],
    "order": [
        "E.O. 12958: DECLASSIFY: 2/14/2018",
        "E.O. 12958: DECLASS: 2/14/2018",
        "E.O. 12958: D ECL: 2/14/2018",
        "E.O. 12958: DECI: 2/14/2018",
        "E.O. 12958: DEC1: 2/14/2018",
        "E.O. 12958: D E C L: 2/14/2018",
        "E.O. I2958: DECL: 2/14/2018",
        "E/O 12958: DECL: 2/14/2018",
        "E,O. 12958: DECL: 2/14/2018",
        "E.O. 1295B: DECL: 2/14/2018",
        "E.O. 12958: N/A DECL: 2/14/2018",
    ],
    "security": ["zny ccccc zzh", "ZN Y CCCCC ZZH", "ZNY 5SSSS ZZH", "Z N Y C C C C C Z Z H"],
}


@pytest.mark.parametrize(("piece", "words"), [(piece, words) for piece in REFUSED for words in REFUSED[piece]])
def test_a_mark_in_a_damaged_form_refuses(piece: str, words: str) -> None:
    found = found_in(piece, words)
    assert found.refusals
    assert {mark.line for mark in found.refusals} <= set(lines_of(piece, words))


HIDDEN = [
    "CONFIDENTIAL EXAMPLE 000907",
    "4. (C) The guild asked.",
    "Classified By: A. Person",
    "E.O. 12958: DECL: 1/1/18",
]


@pytest.mark.parametrize("words", HIDDEN)
def test_a_mark_in_a_transfer_encoding_is_a_doubt(words: str) -> None:
    raw = words.encode()
    forms = [
        "".join(f"={byte:02X}" for byte in raw),
        quopri.encodestring(raw, quotetabs=True).decode().replace("C", "=43").strip(),
        "".join(f"%{byte:02x}" for byte in raw),
        "".join(f"\\u{byte:04x}" for byte in raw),
        "".join(f"\\x{byte:02x}" for byte in raw),
        base64.b64encode(raw).decode(),
        base64.b64encode(words.encode("utf-16-le")).decode(),
    ]
    for form in forms:
        found = found_in("item", form)
        assert found.refusals or {mark.line for mark in found.doubts} == set(lines_of("item", form)), form


NOT_REFUSED = [
    "THE SECRET-\nARY OF COMMERCE MET THE GUILD",
    "IT KEPT THE CONFIDENTIAL-\nITY OF THE TALKS",
    "(C) Reuters",
    "(c) Reuters",
    "Photo: (C) Reuters",
    "(C) Example Media 2007",
    "(C) Copyright 2007 X",
    "© Reuters",
    "(C) by Reuters",
    "(C), 2007 Example Media",
    "(C) Copyright, Reuters",
    "(C) Example Copyright 2007",
    "(C) Example/Media, 2007",
    "(C) The Press of Example and the Guild. All rights reserved.",
    "(C) Example Limited 2007. All rights reserved.\n(C) The Example Press. All Rights Reserved\n(C) 2007 Reuters",
    "THE GUILD WENT TO VICTORIA'S SECRET",
    "THE GUILD WENT TO VICTORIA\u2019S SECRET",
    "EO 13526 sets how to declassify on request",
    "CONFIDENTIAL HOTLINE 12345",
    "SECRET BALLOT 2007",
    "SECRET BALLOTS 12345",
    "THE SECRET VOTES 12345",
]


@pytest.mark.parametrize("words", NOT_REFUSED)
def test_prose_and_notices_near_a_mark_do_not_refuse(words: str) -> None:
    assert found_in("item", words).refusals == ()


@pytest.mark.parametrize(
    "words", ["(C) Reuters/Jane Person", "(C) The Example City Times Company.", "(C) Example Press"]
)
def test_a_notice_between_empty_lines_does_not_refuse(words: str) -> None:
    assert found_in("item", f"\n{words}\n").refusals == ()


@pytest.mark.parametrize(
    "words",
    [
        "(C) Reuters said so.",
        "(C) Summary",
        "4. (C) Reuters",
        "(C) The Guild Met\nthe office.",
        "(C) Visit of the Minister of Trade",
        "(C) Example Company\nThe guild met its owner.",
        "(C) The guild said that all rights reserved to it count.",
        "4. (C) Example Press. All rights reserved.",
    ],
)
def test_a_portion_that_resembles_a_notice_refuses(words: str) -> None:
    assert found_in("item", words).refusals


PLAIN = {
    "item": [
        "THE SECRET-\nARY OF COMMERCE MET THE GUILD",
        "THE SECRETARY AND THE SECRETARIAT KEPT ALL SECRETS",
        "DECRETO LEI 1234",
        "Confidently",
        "Viagra® tablets were made",
        "It is a trademark (R) of the guild",
        "It asked. Sen. Person (R) met it.",
        "ⓐ one\nⓑ two\nⓒ three",
        "-- A: one\n-- B: two\n-- C: three",
        "Photo: ©Example/A. Person",
        "© Example Media",
        "Copyright © 2007 Example Media",
        "http://example.example/?story_id=20071108&page=%20a",
        "It spoke of E.O. 13224 and of\nE.O. 13224 designations",
        "The RESTRICTED area and a restricted list were named.",
        "INTERNATIONALIZATION AND INSTITUTIONALIZATION",
        "The classes were clarified by the guild.",
        "The entire text is unclassified.",
        "It was 40 degrees (C) In the shade it was less.",
        "It was 40 (C) at noon.",
        "It was 40(C), and 12 (C) by night.",
        "It reached -40.5 (C).",
        "It was 104 (F), that is 40 (C); then it rained.",
        "It was 40\u00b0 (C) in the hall.",
        "Temperature: 40 (C)",
        "Temperature (C): 40",
        "High: 38 (C), low: 12 (C)",
    ],
    "order": [
        *(f"E.O. 12958: {value}" for value in ("NA", "N.A.", "N/A.", "n/a", "NOT APPLICABLE", "N/A TAGS: KIPR")),
        *("E.O. 12958:", "E.O. 12958:\nN/A", "EO 12958 N/A", "E.O. 12958: AS AMENDED; DECLASSIFIED JUNE 21, 2006"),
    ],
    "page line": [
        "UNCLASSIFIED SECTION 02 OF 02 EXAMPLE",
        "UNCLAS EXAMPLE 000907",
        "U N C L A S SECTION 02 OF 02 EXAMPLE",
    ],
    "subject": ["SUBJECT: A GUILD, SECTION 1 OF 2", "REF: A EXAMPLE 000100\nB EXAMPLE 000101\nC EXAMPLE 000102"],
}


@pytest.mark.parametrize(("piece", "words"), [(piece, words) for piece in PLAIN for words in PLAIN[piece]])
def test_text_far_from_a_mark_raises_no_doubt(piece: str, words: str) -> None:
    found = found_in(piece, words)
    assert (found.refusals, found.doubts) == ((), ())


@pytest.mark.parametrize(
    "words",
    [
        "It met the guild. 40 (C) The guild asked.",
        "40 (C) The guild asked.",
        "40 (C)",
        "4. (U) It met the guild.\n40 (C) the guild asked.",
        "4. (U) The stakes are high (C)",
        "It was 40 (C) The guild asked.",
    ],
)
def test_a_mark_after_a_number_that_is_no_measure_is_not_lost(words: str) -> None:
    found = found_in("item", words)
    assert found.refusals or found.doubts


def test_the_doubts_of_one_line_have_one_kind_each() -> None:
    found = found_in("page line", "CONFIDENTAL SECTION 02 OF 02 EXAMPLE")
    assert [mark.kind for mark in found.doubts] == [MarkKind.LINE]
