"""Classification guard: finds marks that refuse a document, doubts, and the document's own marking in its raw text.

It does not rely on the form of a cable, so another form cannot evade it: it checks every line in any position. It never
quotes the marks that it finds.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from app.cable_parser.authorities import authority_marks, broken_authority_marks
from app.cable_parser.encodings import decode_escapes, encoded_lines
from app.cable_parser.marks import (
    CAVEATS,
    OTHER_LINE,
    UNCLASSIFIED,
    Mark,
    MarkKind,
)
from app.cable_parser.normalization import Line, joined_lines_of, lines_of
from app.cable_parser.portions import Portions
from app.cable_parser.resemblance import repairs, resembles_line
from app.cable_parser.sensitivity import is_administrative, is_sensitive_header

U, SBU = "U", "SBU"


@dataclass(frozen=True)
class Classification:
    """Result of the classification guard."""

    refusals: tuple[Mark, ...] = ()
    """Marks of a classified document; one is enough to reject it."""
    doubts: tuple[Mark, ...] = ()
    """Text that resembles such a mark, and that a person has to review."""
    marking: str = SBU
    """Marking of the document: the highest of all lines before its text."""


def _spaced(word: str, gap: str) -> str:
    return gap.join(letter for letter in word if letter != " ")


_WORDS = ("TOP SECRET", "CONFIDENTIAL", "SECRET")
_ANY_GAP = r"[^A-Za-z0-9]{0,6}"
_GLUED = "SECTION|SIPDIS|NOFORN|NODIS|EXDIS|LIMDIS|STADIS"
_PLAIN = re.compile(f"(?:{'|'.join(_spaced(word, _ANY_GAP) for word in _WORDS)})(?:(?![A-Za-z0-9])|(?={_GLUED}))")
_SPACED_OUT = re.compile(
    f"(?:{'|'.join(_spaced(word, '[^A-Za-z0-9]{1,6}') for word in (*_WORDS, 'SECRET', 'CONFIDENTIAL'))})(?![A-Za-z0-9])"
)
_FOLLOWED = re.compile(
    r"[^A-Za-z0-9]{0,8}(?:(?:FINAL )?SECTION\b|S +E +C +T +I +O +N\b|PAGE +[0-9]|(?:" + CAVEATS + r")\b)|"
    r" *//"
)
_POST = re.compile(
    r" +(?:[A-Z][A-Za-z.'-]* +){0,5}(?:(?:0[0-9]{2,6}|[0-9]{5,7})(?![0-9])|"
    r"[0-9]{2,4}(?= *$| +(?:SECTION|SIPDIS|NODIS|EXDIS|LIMDIS|NOFORN|[0-9]{6}Z)\b))"
)
_FIRST = re.compile(r"[^A-Za-z0-9]*(?:TOP SECRET|SECRET|CONFIDENTIAL)(?=(?: [A-Z][A-Za-z.'-]*){0,5}$)")
_POST_FIRST = re.compile(r" +(?:[A-Z][A-Z.'-]* +){1,5}(?:[0-9]{1,4} *$|(?!19|20)[0-9]{4}\b)")
_CELL_ENDS = re.compile(r" ?\||  +(?=[A-Za-z])")
_AFTER_WORD = re.compile(r"[A-Za-z] *$")
_SLASHED = re.compile(r" ?/ ?[A-Z]")
_CAPITALS = re.compile(r"[^A-Za-z0-9]*(?:TOP SECRET|SECRET|CONFIDENTIAL)\b[^a-z]{1,60}")
_NAMED = re.compile(
    r"\b(?:TRADE|BUSINESS|COMPANY|COMMERCIAL|CORPORATE|BANK|OPEN|CLEARANCES?|\w+['\u2019]S)"
    r"[^A-Za-z0-9]{1,4}$"
)
"""Words of names: a following classification word is part of the name."""
_THING = re.compile(
    r" +(?:ACCOUNT|AGENT|BALLOT|BUDGET|CASE|CODE|COURT|DEAL|DOCUMENT|EVIDENCE|FILE|FUND|HOTLINE|INFORMANT|INFORMATION|"
    r"LETTER|LINE|LIST|MEETING|MEMO|MEMORANDUM|NUMBER|ORDER|PHONE|POLICE|PRISON|PROTOCOL|REPORT|SERVICE|SOURCE|TALK|"
    r"TELEPHONE|TREATY|TRIAL|VOTE|WITNESS)(?:E?S)?\b|(?: +[A-Z][A-Z.'-]*){1,5} +(?:19[4-9]|20[0-2])[0-9]$"
)
"""A noun or a year where a post and serial would stand."""
_HYPHENATED = re.compile(r"-+ *")
_REST_OF_WORD = re.compile(r"(?:AR(?:Y|IES|IATS?|IAL)|S|E[DS]?|LY|IONS?|I(?:VE|VELY|NG)|ITY|ITIES)\b")
"""Rest of a word such as `SECRETARY` after a hyphen at the end of a line."""
_CLEARANCE = re.compile(r"[^A-Za-z0-9]*CLEARANCE", re.IGNORECASE)
_DECORATION = re.compile(r"[ */\\|=#<>_~+-]*")
_PUNCTUATION = re.compile(r"[^A-Za-z0-9]*")
_NUMBER = re.compile(r"[^A-Za-z]{0,12}")
"""Number or bullet of a paragraph or an item."""
_ADDRESS = re.compile(r"\bR[A-Z]{3,7}/|WASH(?:INGTON )?DC|^(?:FM|TO|INFO)\b")
_LIKE_LINE = re.compile(
    r"^[^A-Za-z0-9]*(?!TOP SECRET|SECRET|CONFIDENTIAL)(?i:top secret|secret|confidential)(?:[^A-Za-z0-9]*$| *//)|"
    r"(?i:secret|confidential) (?i:section) [0-9]{1,2} (?i:of) [0-9]|"
    r"(?i:classification|marking|level|class)[^A-Za-z0-9]{1,4}(?:C|S|TS)$|"
    r"^[^A-Za-z]{0,8}[0-9][^A-Za-z]{0,4}(?:Top Secret|Secret|Confidential) ?[:\])]"
)
_WRITTEN = "(?:TOP SECRET|SECRET|CONFIDENTIAL)"
_RUNNING = re.compile(
    rf"(?:^|[.!?:;)\]}}>\"*|=-]) {{0,3}}{_WRITTEN} ?(?:[.:;!)\]}}>/|=_\\]|-{{1,3}}(?![A-Za-z]))|"
    rf"(?i:(?<![A-Za-z])(?:BEGIN|START|END|ENDS)[^A-Za-z0-9]{{0,4}}{_WRITTEN}(?![A-Za-z]))|"
    rf"(?<![A-Za-z0-9/(\[{{<])(?:TS|S|C|CONF|(?i:{_WRITTEN})) ?(?:/{{1,2}}|-)"
    r"(?i:NF|NOFORN|SI|REL|OC|ORCON|FGI|TK|HCS|SCI|NODIS|EXDIS|G|FRD|RD|PR|IMC)(?![A-Za-z])|"
    rf"(?<![A-Za-z0-9])[|*#/\\«~^_] ?(?:{_WRITTEN}|TS|C|S) ?[|*#/\\»~^_](?![A-Za-z0-9])|\"{_WRITTEN}\"|"
    r"^[^A-Za-z]{0,6}[A-Za-z][.)]\)? ?(?:TS|S|C) ?(?::|-{1,2} |//)|"
    r"^SUBJ(?:ECT)?: {0,2}(?:TS|S|C|CONF|SECR?) ?(?::|-{1,2} )|"
    r"^[A-Z][^.!?:]{0,50}[:-] ?(?:C|S|TS)$"
)
"""Level inside a line: after a sentence, between signs, with a caveat, after an item's letter, or ending a heading."""
_BEFORE_TEXT = re.compile(rf"(?:^|[.!?:)] {{1,3}}){_WRITTEN}(?= [A-Z]?[a-z])")
"""Level in capitals before text that is not."""
_MISREAD = str.maketrans("015|!", "OISII")
"""Digits that OCR confuses with letters."""
_LEVEL = r"(?:top[ -]?secret|secret|confidential)(?: ?//? ?[A-Za-z]{2,20}| (?:NOFORN|NF))*"
_ROW = re.compile(
    r"\b[0-9]{2,4}[A-Z]{1,40}[0-9]+\b|\b[0-9]{4}-[0-9][0-9]-[0-9][0-9]|\b[0-9]{1,2}/[0-9]{1,2}/[0-9]{2,4}\b"
)
_CELL_BOUNDARY = r"(?:[|\",;\t]| / | - |  )"
_HARD_EDGES = (
    r"(?:\| ?| / | - |  |(?<![^\",;\t])[\",;\t]\"?|(?<=\w)[,;]\"?)",
    r"(?: ?\|| / | - |  |\"?[,;](?! )|\"?$)",
)
_HARD_CELL = re.compile(rf"(?:^|{_HARD_EDGES[0]}){_LEVEL}{_HARD_EDGES[1]}", re.IGNORECASE)
_CELL = re.compile(rf"(?:^|{_CELL_BOUNDARY}) ?{_LEVEL} ?(?:$|{_CELL_BOUNDARY})", re.IGNORECASE)
_ORIGIN = re.compile(
    r"(?<![A-Za-z])(?:TOP SECRET|SECRET|CONFIDENTIAL)(?://[A-Z]+)* (?:Embassy|Consulate|Mission|US|U\.S\.|Secretary|"
    r"American|USUN|USEU|REO|Department)\b"
)
_LABELED_CELL = re.compile(
    rf"\bclassifi(?:cation|ed)\b(?: (?:level|status|marking|code))?[^A-Za-z0-9]{{1,8}}(?:as )?"
    rf"(?:{_LEVEL} ?(?:$|{_CELL_BOUNDARY}|[()\[\]}}>.])|(?:TS|C|S)/{{1,2}}(?:{CAVEATS})\b)",
    re.IGNORECASE,
)
_PARTING = frozenset(":;,-|=")
_SENTENCE_ENDS = frozenset(".!?:;")
_NARROW = 40
"""A line shorter than this may contain the middle of a spaced-out word."""
_AROUND = 300
"""Number of characters checked around a mark; the limit keeps the time linear."""
_TEXT_BEGINS = re.compile(r"(?:REF.{0,200} )?[¶#]*\s*1\s*[.)](?![0-9])|[¶]\s*1\b")


def classify(text: str, *, reviewed: frozenset[int] = frozenset()) -> Classification:
    """Checks every line, in time linear in the length of the text.

    `reviewed` are the lines of doubts that a person has reviewed; they never suppress a mark that refuses.
    """
    lines = list(lines_of(text))
    refusals, doubts = _scan(lines)
    for line in joined_lines_of(text):
        refusals |= {Mark(line.number, kind) for kind, refused in _marks_of(line.words, "") if refused}
    doubts |= {Mark(number, MarkKind.ENCODED) for number in encoded_lines(text)}
    plain = decode_escapes(text)
    if plain != text:
        doubts |= set().union(*_scan(list(lines_of(plain))))
    left = (doubt for doubt in doubts - refusals if doubt.line not in reviewed)
    return Classification(tuple(sorted(refusals)), tuple(sorted(left)), _marking(lines))


def _scan(lines: list[Line]) -> tuple[set[Mark], set[Mark]]:
    """Returns the marks that refuse, and the doubts."""
    refusals: set[Mark] = set()
    doubts: set[Mark] = set()
    portions = Portions()
    previous = ""
    for at, line in enumerate(lines):
        next_line = lines[at + 1].words if at + 1 < len(lines) else ""
        after = lines[at + 2].words if at + 2 < len(lines) else ""
        refusals |= {Mark(line.number, kind) for kind in _broken_marks(line.words, next_line, after)}
        for kind, refused in _marks_of(line.words, next_line, previous):
            (refusals if refused else doubts).add(Mark(line.number, kind))
        previous = line.words
        refused, doubted = portions.look(line.words, next_line)
        if refused:
            refusals.add(Mark(line.number, MarkKind.PORTION))
        if doubted:
            doubts.add(Mark(line.number, MarkKind.PORTION))
    return refusals, doubts


def _broken_marks(line: str, next_line: str, after: str) -> Iterator[MarkKind]:
    """Yields marks that begin in a line and end in one of the next two, with or without a blank or a hyphen between."""
    if not (line and next_line):
        return
    start = line[-_AROUND:]
    end = f"{next_line} {after}"[:_AROUND] if len(next_line) < _NARROW else next_line[:_AROUND]
    joined = f"{start} {end}"
    if any(found.start() < len(start) < found.end() for found in _SPACED_OUT.finditer(joined)):
        yield MarkKind.LINE
    cut = start.rstrip("-= ")
    whole = f"{cut}{next_line[:_AROUND]}"
    for found in _PLAIN.finditer(whole):
        if found.start() < len(cut) < found.end() and cut[found.start() :] != "TOP" and _refuses(whole, found):
            yield MarkKind.LINE
    level = _FIRST.match(start) if len(line) < _NARROW else None
    if level and _POST.match(joined[level.end() :]):
        yield MarkKind.LINE
    yield from broken_authority_marks(joined, len(start))


def _marks_of(line: str, next_line: str, previous: str = "") -> Iterator[tuple[MarkKind, bool]]:
    """Yields the marks of a line, except those in brackets; each with true if it refuses, false if it is a doubt."""
    yield from ((MarkKind.LINE, refused) for refused in _classification_lines(line, next_line, previous))
    row = _ROW.search(line)
    if _LABELED_CELL.search(line) or (row and (_HARD_CELL.search(line) or _ORIGIN.search(line))):
        yield MarkKind.CELL, True
    elif row and _CELL.search(line):
        yield MarkKind.CELL, False
    yield from authority_marks(line, next_line)


def _classification_lines(line: str, next_line: str, previous: str) -> Iterator[bool]:
    """Yields, for each classification word in capitals, true if it refuses and false if it is a doubt."""
    if _SPACED_OUT.search(line):
        yield True
        return
    for found in _PLAIN.finditer(line):
        refuses = _refuses(line, found)
        if refuses and _THING.match(line, found.end()):
            refuses = False
        if refuses and found.end() == len(line) and _CLEARANCE.match(next_line):
            refuses = False
        if _HYPHENATED.fullmatch(line, found.end()) and _REST_OF_WORD.match(next_line):
            refuses = None
        if refuses is not None:
            yield refuses
    goes_on = line[:1].islower() and previous != "" and previous[-1:] not in _SENTENCE_ENDS
    if (_LIKE_LINE.search(line) and not goes_on) or _CAPITALS.fullmatch(line):
        yield False
    misread = line.translate(_MISREAD)
    if misread != line and (
        _SPACED_OUT.search(misread)
        or any(found[0] != line[found.start() : found.end()] for found in _PLAIN.finditer(misread))
    ):
        yield False
    if _resembles(line, previous) or _runs(line) or (not goes_on and OTHER_LINE.match(line[:_AROUND])):
        yield False


def _runs(line: str) -> bool:
    """True if a level is inside a line in a form that prose does not have."""
    return _RUNNING.search(line) is not None or (not line.isupper() and _BEFORE_TEXT.search(line) is not None)


def _resembles(line: str, previous: str) -> bool:
    """True if the line would refuse with a damaged word repaired, or has the form of a classification line."""
    repaired = any(_refuses(one, found) for one in repairs(line) for found in _PLAIN.finditer(one))
    return repaired or any(resembles_line(line, previous))


def _refuses(line: str, found: re.Match[str]) -> bool | None:
    """Returns true if a classification word in capitals refuses, false if it is a doubt, None if it is prose."""
    before, rest = line[max(0, found.start() - _AROUND) : found.start()], line[found.end() : found.end() + _AROUND]
    first = _PUNCTUATION.fullmatch(before) is not None
    if _DECORATION.fullmatch(rest):
        ends = not _glued(before) or _ADDRESS.search(before) is not None
        return ends and not before.endswith("(") and not _NAMED.search(before)
    if _FOLLOWED.match(rest) or (_PUNCTUATION.fullmatch(rest) and first):
        return True
    post = _POST.match(rest)
    if post:
        return first or _ADDRESS.search(before) is not None or (post[0].isupper() and not _AFTER_WORD.search(before))
    if first and (_POST_FIRST.match(rest) or _CELL_ENDS.match(rest)):
        return True
    likely = (
        _SLASHED.match(rest)
        or _CELL_ENDS.match(rest)
        or _PUNCTUATION.fullmatch(rest)
        or (
            (first or _NUMBER.fullmatch(before) or before.rstrip(" ")[-1:] in _PARTING)
            and rest.lstrip(" ")[:1] in _PARTING
        )
    )
    return False if likely and not _glued(before) else None


def _glued(before: str) -> bool:
    return before[-1:].isalnum()


def _marking(lines: list[Line]) -> str:
    """Returns the document's own marking.

    It is U only if a line before the text is marked U, and neither these lines nor any caption, page line or metadata
    row has a higher marking.
    """
    unclassified = False
    for line in lines:
        if _TEXT_BEGINS.match(line.words):
            if is_sensitive_header(line.words[:200]):
                return SBU
            break
        if is_sensitive_header(line.words):
            return SBU
        unclassified = unclassified or UNCLASSIFIED.search(line.words) is not None
    if any(is_administrative(line.words) for line in lines):
        return SBU
    return U if unclassified else SBU
