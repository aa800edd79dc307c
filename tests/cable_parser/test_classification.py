"""Classification guard: classified documents are rejected for every printed form of a marking, and no others are."""

import re

import pytest

from app.cable_parser.classification import Classification, classify
from app.cable_parser.marks import MarkKind
from app.ingest.fingerprint import DATA

HEADER = """\
VZCZCXRO0001
PP RUEHC
DE RUEHXX #0123/01 0450900
ZNR UUUUU ZZH
P 140900Z FEB 08
FM AMEMBASSY EXAMPLE
TO RUEHC/SECSTATE WASHDC 1520
UNCLAS SECTION 01 OF 02 EXAMPLE 000123

SIPDIS

E.O. 12958: N/A
TAGS: KIPR ETRD
SUBJECT: A MADE-UP CABLE

REF: A. EXAMPLE 100

"""
BODY = "1. (U) The office met the guild on Monday.\n\n"


def document(line: str, *, before: str = "", after: str = "") -> str:
    return f"{HEADER}{BODY}{before}{line}\n{after}"


CLASSIFICATION_LINES = [
    "CONFIDENTIAL",
    "SECRET",
    "TOP SECRET",
    "  SECRET  ",
    "*** SECRET ***",
    "CONFIDENTIAL SECTION 01 OF 02 EXAMPLE 000123",
    "SECRET SECTION 01 OF 02 EXAMPLE 000123",
    "C O N F I D E N T I A L SECTION 01 OF 02 EXAMPLE 000123",
    "C O N F I D E N T I A L",
    "S E C R E T",
    "T O P  S E C R E T",
    "T O P   S E C R E T   EXAMPLE 000123",
    "TOP S E C R E T",
    "S\tE\tC\tR\tE\tT",
    "C  O  N  F  I  D  E  N  T  I  A  L",
    "C.O.N.F.I.D.E.N.T.I.A.L",
    "S-E-C-R-E-T",
    "C O N F I D E N T I A L SAN EXAMPLE 000123",
    "S E C R E T PORT OF EXAMPLE 001234 SIPDIS",
    "CONFIDENTIAL EXAMPLE 5055",
    "CONFIDENTIAL EXAMPLE 000123 STATE FOR ABC",
    "CONFIDENTIAL PAGE 01 EXAMPLE 05055",
    "SECRET//NOFORN",
    "SECRET//NOFORN EXAMPLE 000123",
    "SECRET/NOFORN",
    "SECRET NOFORN",
    "SECRET - NODIS",
    "CONFIDENTIAL SIPDIS",
    "CONFIDENTIAL EXDIS EXAMPLE 000123",
    "CONFIDENTIAL REL TO USA, GBR",
    "WASHDCC O N F I D E N T I A L SECTION 01 OF 02 EXAMPLE 000123",
    "RUEHC/SECSTATE WASHDCC O N F I D E N T I A L",
    "RUEHC/SECSTATE WASHDC 1520C O N F I D E N T I A L EXAMPLE 000123",
    "RUEHC/SECSTATE WASHDCS E C R E T",
    "RUEHC/SECSTATE WASHDCCONFIDENTIAL SECTION 01 OF 02 EXAMPLE 000123",
    "RUEHC/SECSTATE WASHDCSECRET",
    "RUEHC/SECSTATE WASHDC 1520SECRET EXAMPLE 000123",
    "This page is TOP SECRET",
    "A page about cables, CONFIDENTIAL",
    "THE CLASSIFICATION OF THIS IS SECRET",
    "ＣＯＮＦＩＤＥＮＴＩＡＬ",
    "ＳＥＣＲＥＴ ＳＥＣＴＩＯＮ 01 OF 02",
    "C\u00a0O\u00a0N\u00a0F\u00a0I\u00a0D\u00a0E\u00a0N\u00a0T\u00a0I\u00a0A\u00a0L",
    "S\u2003E\u2003C\u2003R\u2003E\u2003T",
    "SEC\u200bRET",
    "CON\u00adFIDEN\u200dTIAL",
    "\ufeffSECRET",
    "S\x00E\x00C\x00R\x00E\x00T\x00",
    "S\u0332E\u0332C\u0332R\u0332E\u0332T\u0332",
    "𝐒𝐄𝐂𝐑𝐄𝐓",
    "Ⓢⓔⓒⓡⓔⓣ ⓈⒺⒸⓇⒺⓉ",
    "🅂🄴🄲🅁🄴🅃",
    "ЅЕСRЕТ",
    "S\u200a\u2009E C R E T EXAMPLE 000123",
    "S&nbsp;E&nbsp;C&nbsp;R&nbsp;E&nbsp;T",
    "<b>SECRET</b>",
    "S\vE\vC\vR\vE\vT",
]
ROWS = [
    "08EXAMPLE123 | 2008-02-14 09:00 | 2011-08-30 01:44 | CONFIDENTIAL | Embassy Example",
    "08EXAMPLE123\t2008-02-14 09:00\tSECRET\tEmbassy Example",
    "08EXAMPLE123 2008-02-14 09:00 2011-08-30 01:44 CONFIDENTIAL Embassy Example",
    "08EXAMPLE123 2008-02-14 09:00 SECRET//NOFORN Embassy Example",
    '"51304","2/14/2008 9:00","08EXAMPLE123","Embassy Example","CONFIDENTIAL","08EXAMPLE1","text"',
    "51304 / 2008-02-14 / 08EXAMPLE123 / Embassy Example / Confidential",
    "Classification: CONFIDENTIAL",
    "Classification: Secret",
    "Classified: Secret",
    "CLASSIFICATION  |  Confidential//Noforn",
    "Original Classification: CONFIDENTIAL",
    '{"id": "08EXAMPLE123", "classification": "SECRET", "origin": "Embassy Example"}',
]
AUTHORITIES = [
    "Classified By: A. Person, Deputy, for reasons 1.4 (b)",
    "CLASSIFIED BY A. PERSON",
    "classified by: somebody",
    "(U) Classified  By: A. Person",
    "Classified\u00a0By: A. Person",
    "Ｃlassified By: A. Person",
    "Text before. Classified By: A. Person",
    "Classified\nBy: A. Person",
]
TRANSMISSIONS = [
    "ZNY CCCCC ZZH",
    "ZNY SSSSS ZZH",
    "ZNY TTTTT ZZH",
    "ZNY EEEEE ZZH",
    "ZNY  CCCCC  ZZH",
    "ZNY CCCCC ZZH ZFD",
]
ORDERS = [
    "E.O. 12958: DECL: 02/14/2018",
    "E.O. 12958: DECL 02/14/2018",
    "EO 12958 DECL: 02/14/2018",
    "E. O. 12958: DECL: 02/14/2018",
    "e.o. 13526: decl: 2018/02/14",
    "E.O. 11652: GDS",
    "E.O. 11652: XGDS-1",
    "E.O. 12065: GDS 10/3/85 (PERSON, A.) OR-M",
    "SIPDIS E.O. 12958: DECL: 02/14/2018 TAGS: KIPR",
    "E.O. 12958:\nDECL: 02/14/2018",
    "Ｅ.Ｏ. 12958: DECL: 02/14/2018",
]
LEVELS = ["C", "S", "TS", "CONFIDENTIAL", "SECRET", "TOP SECRET", "c", "ts", "Confidential"]
CAVEATS = [
    "C/NF",
    "S/NF",
    "S//NF",
    "S//NOFORN",
    "C-NF",
    "C - NF",
    "C/NOFORN",
    "TS//SI",
    "TS//SI//REL TO USA, GBR",
    "C REL TO USA",
]
CAVEATS += [
    "S NF",
    "S//REL TO USA",
    "SECRET//NOFORN",
    "c//nf",
    "C - ENTIRE TEXT",
    "CONFIDENTIAL - ENTIRE TEXT",
    "S/ABC",
    "C, NF",
]
NUMBERS = [
    "4. ",
    "4.  ",
    "4.",
    "4.\t",
    "¶4. ",
    "¶4.  ",
    "¶4 ",
    "4) ",
    "4 ",
    "(4) ",
    "4 - ",
    "4: ",
    "4.- ",
    "#4. ",
    "Para 4. ",
]
NUMBERS += [
    "Paragraph 4 ",
    "IV. ",
    "4.1 ",
    "4.a. ",
    "4a. ",
    "",
    "    4. ",
    "§ 4. ",
    "４． ",
    "4\u00a0. ",
    "4.\u200b ",
    "No. 4. ",
]
ITEMS = ["a. ", "A. ", "a) ", "(a) ", "(1) ", "-- ", "--", "- ", "* ", "• ", "—", "(iv) ", "i. ", "> ", "o) "]
LABELS = [
    "2. Summary: ",
    "2. Summary. ",
    "2. SUMMARY: ",
    "2. (U) Summary: ",
    "Comment: ",
    "2. Summary -- ",
    "2. Summary ",
    "COMMENT ",
]
LABELS += [
    "4. (SBU) a. ",
    "4. (U) -- ",
    "4. (SBU) ",
    "4. Action request for the office: ",
    "(U) ",
    "A page of cables: ",
]
FORMS = ["({})", "( {} )", "[{}]", "{{{}}}", "（{}）", "({}.)"]
PORTIONS = [
    *(f"{number}({level}) The guild asked." for number in NUMBERS for level in LEVELS),
    *(f"{number}({mark}) The guild asked." for number in ("4. ", "4.", "¶4. ", "") for mark in CAVEATS),
    *(f"{item}({mark}) The guild asked." for item in ITEMS for mark in ("C", "S//NF", "SECRET")),
    *(f"{label}({mark}) The guild asked." for label in LABELS for mark in ("C", "TS", "S/NF", "Secret")),
    *(f"4. {form.format(level)} The guild asked." for form in FORMS for level in ("C", "TS", "SECRET")),
    "4. (C)The guild asked.",
    "4. [(C)] The guild asked.",
    "4. ((C)) The guild asked.",
    "4. \u201c(C)\u201d The guild asked.",
    "1000. (C) The guild asked.",
    "4. (C)",
    "4.(C)",
    "4. (T S) The guild asked.",
    "4. (C O N F I D E N T I A L) The guild asked.",
    "4. (\u200bC\u200b) The guild asked.",
    "4. (Ｃ) The guild asked.",
    "4. ⒞ The guild asked.",
    "4. 🄒 The guild asked.",
    "4. (С) The guild asked.",
    "4. (<b>C</b>) The guild asked.",
    "4. (&#67;) The guild asked.",
    "4. (\nC) The guild asked.",
    "4.\n(C) The guild asked.",
    "REF: STATE 1 4. (C) The guild asked.",
    "The guild met. 4. (C) It asked.",
    "The guild met. ¶4. (C) It asked.",
    "4. (SBU) The guild met. -- (S) It asked.",
    "EXAMPLE 00000123 002 OF 002\n(C) The guild asked.",
    "EXAMPLE 00000123 002 OF 002 (C) The guild asked.",
    "SUBHEADING\n----------\n(S) The guild asked.",
    "Subheading\n(C) The guild asked.",
    "4. (C) 2007 was a year of asking.",
    "2. Summary: (C) 2007 was a year of asking.",
    "(a) first;\n(b) second;\n5. (C) The guild asked.",
    "(a) first;\n(b) second;\n(C) The guild asked.",
]
REFUSED = [
    *((line, MarkKind.LINE) for line in CLASSIFICATION_LINES),
    *((line, MarkKind.CELL) for line in ROWS),
    *((line, MarkKind.AUTHORITY) for line in AUTHORITIES),
    *((line, MarkKind.TRANSMISSION) for line in TRANSMISSIONS),
    *((line, MarkKind.EXECUTIVE_ORDER) for line in ORDERS),
    *((line, MarkKind.PORTION) for line in PORTIONS),
]


@pytest.mark.parametrize(("line", "kind"), REFUSED)
def test_a_mark_refuses_the_document_by_line_and_kind(line: str, kind: MarkKind) -> None:
    found = classify(document(line))
    at = HEADER.count("\n") + BODY.count("\n") + 1
    lines = range(at, at + len(re.split(r"\n", line)))
    assert any(mark.kind is kind and mark.line in lines for mark in found.refusals), found


@pytest.mark.parametrize("line", ["SECRET", "4.(C) The guild asked.", "Classified By: A. Person", "ZNY CCCCC ZZH"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r", "\v", "\f", "\x85", "\u2028", "\u2029"])
def test_a_mark_is_found_wherever_it_stands_and_whatever_ends_lines(line: str, end: str) -> None:
    whole = f"{HEADER}{BODY}"
    for text in (f"{line}\n{whole}", f"Page: {line}\n{whole}" if "(C)" in line else f"{line}\n{whole}", whole + line):
        assert classify(text.replace("\n", end)).refusals, (text, end)
    chrome = f"{whole}© A page\nMore of the page\n\n{line}\nAnd more\n"
    assert classify(chrome.replace("\n", end)).refusals


def test_a_mark_in_the_title_of_the_page_refuses() -> None:
    for title in ("Cables: (C) The guild", "The guild, CONFIDENTIAL", "S E C R E T - the guild | A page"):
        assert classify(f"{title}\n\n{HEADER}{BODY}").refusals, title


NOT_REFUSED = [
    "4. (U) The office asked them to:\n(a) train;\n(b) publish;\n(c) repeal the rule.",
    "4. (U) The office asked them to (a) train; (b) publish; and\n(c) repeal the rule.",
    "4. (U) They asked to:\n\n(A) train;\n\n(B) publish;\n\n(C) repeal the rule.",
    "(C) 2007 Example Media",
    "(c) 2009, a page",
    "Copyright (C) 2007 Example Media",
    "4. (U) The page says (C) 2007 Example Media.",
    "4. (U) It was over 40 degrees (C) in the shade of the guild.",
    "4. (U) It was over forty degrees in the long shade of the guild (in degrees\n(C) in the shade).",
    "4. (U) The Secretary met the secretaries in secret.",
    "4. (U) MR. PERSON HAS A TOP SECRET CLEARANCE; PASSPORT NO. 1.",
    "4. (U) The SECRET SERVICE and a CONFIDENTIAL MEMORANDUM were named.",
    "4. (U) The guild sent a confidential letter on trade secrets.",
    "STATE PASS USTR M.PERSON/K.LEZNY",
    "Visit the Classified Website: http://example.example",
    "9.Visit the office's classified website: http://example.example",
    "ZNR UUUUU ZZH",
    "ZNY UUUUU ZZH",
    "E.O. 12958: N/A",
    "E.O. 12958: AS AMENDED; DECLASSIFIED JUNE 21, 2006",
    "08EXAMPLE123 | 2008-02-14 09:00 | UNCLASSIFIED//FOR OFFICIAL USE ONLY | Embassy Example",
    "Classification: UNCLASSIFIED",
    "A) EXAMPLE 100\nB) EXAMPLE 101\nC) EXAMPLE 102",
    "¶B. EXAMPLE 101\n¶C. EXAMPLE 102",
    "4. (U) The U.S. (US) and the person(s) named.",
    "4. (SBU/NF) The guild asked.",
    "4. (U) The law's Article 4(c) was named.",
    "4. (U) See paragraph 3 (C).",
    "4. (U) It spoke of the security (SEC) of 15 guilds.",
]


@pytest.mark.parametrize("lines", NOT_REFUSED)
def test_text_without_a_marking_is_accepted_without_a_doubt(lines: str) -> None:
    found = classify(document(lines))
    assert found.refusals == ()
    assert found.doubts == ()


DOUBTS = [
    "4. (U) The guild asked for an answer. (C) It asked again.",
    "4. (U) The guild (CONFIDENTIAL) asked.",
    "4. (U) The guild asked for (S/NF) answers.",
    "4. (U/C) The guild asked.",
    "4. (CONF) The guild asked.",
    "ZNY CCCCC",
    "C 0 N F I D E N T I A L EXAMPLE 000123",
    "Secret section 01 of 02 Example 123",
    "Classification: C",
    "CONFIDENTIAL - the guild asked",
    "4. (C The guild asked.",
    "4. C) The guild asked.",
    "Confidential",
    "SECRET: the guild asked.",
    "E.O. 12065: RDS-1",
    "ZNR CCCCC ZZH",
    "Declassify on: 02/14/2018",
    "NOFORN",
    "4. C - ENTIRE TEXT.",
    "(C) 2007 was a year of asking.",
    "ALL THAT THE GUILD SAID WAS SECRET.",
]


@pytest.mark.parametrize("line", DOUBTS)
def test_text_that_resembles_a_marking_is_a_doubt(line: str) -> None:
    found = classify(document(line))
    assert found.refusals == ()
    assert [mark.line for mark in found.doubts] == [HEADER.count("\n") + BODY.count("\n") + 1]


def test_the_cable_in_the_register_has_no_mark() -> None:
    text = (DATA / "sources/07BEIJING7192/cable.txt").read_text(encoding="utf-8")
    assert classify(text) == Classification((), (), "SBU")
