"""The classification of a document, from its raw text: marks that refuse it, what resembles a mark, its own marking.

Nothing here knows the form of a cable well enough to be cheated by another form: every line is looked at, wherever it
stands, and nothing that is found is quoted.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from app.ingest.reading.marks import CAPTION, CAVEATS, SENSITIVE, SENSITIVE_ANYWHERE, UNCLASSIFIED, Mark, MarkKind
from app.ingest.reading.normalization import Line, joined_lines_of, lines_of
from app.ingest.reading.portions import Portions

U, SBU = "U", "SBU"


@dataclass(frozen=True)
class Classification:
    """What was found in a document."""

    refusals: tuple[Mark, ...] = ()
    """Marks of a classified document; one is enough."""
    doubts: tuple[Mark, ...] = ()
    """What resembles such a mark. A person has to look."""
    marking: str = SBU
    """The document's own marking: the highest of every line before its text."""


def _spaced(word: str, gap: str) -> str:
    return gap.join(letter for letter in word if letter != " ")


_WORDS = ("TOP SECRET", "CONFIDENTIAL", "SECRET")
_ANY_GAP = r"[^A-Za-z0-9]{0,6}"
_PLAIN = re.compile(f"(?:{'|'.join(_spaced(word, _ANY_GAP) for word in _WORDS)})(?![A-Za-z0-9])")
_SPACED_OUT = re.compile(
    f"(?:{'|'.join(_spaced(word, '[^A-Za-z0-9]{1,6}') for word in (*_WORDS, 'SECRET', 'CONFIDENTIAL'))})(?![A-Za-z0-9])"
)
_FOLLOWED = re.compile(
    r"[^A-Za-z0-9]{0,8}(?:SECTION\b|PAGE +\d|(?:" + CAVEATS + r")\b|(?<=/)[A-Z])|"
    r" *//|"
    r" +(?:[A-Z][A-Z.'-]* +){1,5}(?:0\d{2,6}|\d{5,7})(?!\d)|"
    r" +(?:[A-Z][A-Z.'-]* +){1,5}\d{2,4}(?= *$| +(?:SECTION|SIPDIS|NODIS|EXDIS|LIMDIS|NOFORN|\d{6}Z)\b)"
)
_DECORATION = re.compile(r"[ */\\|=#<>_~+-]*")
_PUNCTUATION = re.compile(r"[^A-Za-z0-9]*")
_ADDRESS = re.compile(r"\bR[A-Z]{3,7}/|WASH(?:INGTON )?DC|^(?:FM|TO|INFO)\b")
_LIKE_LINE = re.compile(
    r"^[^A-Za-z0-9]*(?!TOP SECRET|SECRET|CONFIDENTIAL)(?i:top secret|secret|confidential)(?:[^A-Za-z0-9]*$| *//)|"
    r"(?i:secret|confidential) (?i:section) \d{1,2} (?i:of) \d|(?i:classification)[^A-Za-z0-9]{1,4}(?:C|S|TS)$"
)
_MISREAD = str.maketrans("015|!", "OISII")
"""Figures that a copy made from a picture has for letters."""
_LEVEL = r"(?:top[ -]?secret|secret|confidential)(?: ?//? ?[A-Za-z]{2,20}| (?:NOFORN|NF))*"
_ROW = re.compile(r"\b\d{2,4}[A-Z]{3,}\d+\b|\b\d{4}-\d\d-\d\d|\b\d{1,2}/\d{1,2}/\d{2,4}\b")
_EDGE = r"(?:[|\",;\t]| / |  )"
_CELL = re.compile(rf"(?:^|{_EDGE}) ?{_LEVEL} ?(?:$|{_EDGE})", re.IGNORECASE)
_ORIGIN = re.compile(
    r"(?<![A-Za-z])(?:TOP SECRET|SECRET|CONFIDENTIAL)(?://[A-Z]+)* (?:Embassy|Consulate|Mission|US|U\.S\.|Secretary|"
    r"American|USUN|USEU|REO|Department)\b"
)
_LABELED_CELL = re.compile(
    rf"\bclassifi(?:cation|ed)\b[^A-Za-z0-9]{{1,8}}(?:as )?{_LEVEL} ?(?:$|{_EDGE}|[)\]}}>.])", re.IGNORECASE
)
_AUTHORITY = re.compile(r"(?<![A-Za-z])classified[^A-Za-z0-9]{0,4}by(?![A-Za-z])", re.IGNORECASE)
_AUTHORITY_BROKEN = re.compile(r"(?<![A-Za-z])classified$", re.IGNORECASE)
_AUTHORITY_REST = re.compile(r"by[^A-Za-z0-9]{0,2}:", re.IGNORECASE)
_ZNY = re.compile(r"(?<![A-Z])ZNY[^A-Za-z0-9]{0,4}(?P<level>[A-Z ]{1,12}?)[^A-Za-z0-9]{0,4}ZZH(?![A-Z])")
_ZNR = re.compile(r"(?<![A-Z])ZNR[^A-Za-z0-9]{0,4}(?!UUUUU)[A-Z]{5}[^A-Za-z0-9]{0,4}ZZH(?![A-Z])")
_ZNY_CUT = re.compile(r"(?<![A-Z])ZNY[^A-Za-z0-9]{0,4}(?!UUUUU)[A-Z]{5}[^A-Za-z0-9]*$")
_ORDER = re.compile(r"(?<![A-Za-z])(?:E ?\.? ?O ?\.?|EXECUTIVE ORDER) ?:? ?1[0-9]{4}", re.IGNORECASE)
_INSTRUCTION = re.compile(r"(?<![A-Za-z])(?:DECL|DECLAS|X?GDS)(?![A-Za-z])", re.IGNORECASE)
_INSTRUCTION_FIRST = re.compile(r"[^A-Za-z0-9]*(?:DECL|DECLAS|X?GDS)(?![A-Za-z])", re.IGNORECASE)
_LIKE_INSTRUCTION = re.compile(r"(?<![A-Za-z])(?:RDS|XDS|ADS)(?![A-Za-z])")
_LIKE_AUTHORITY = re.compile(
    r"^(?:[^A-Za-z0-9]*)(?:declassify on|derived from|reasons?(?: for classification)?:? ?1\.[45]|class\.? by|"
    r"decl(?:as)?: ?\d)|(?<![A-Za-z])(?:C|S|TS) ?-+ ?ENTIRE TEXT|(?<![A-Za-z/-])NOFORN(?![A-Za-z])",
    re.IGNORECASE,
)
_ORDER_LENGTH = 80
_AROUND = 300
"""Characters of a line that are looked at around a mark, so that the time stays linear."""
_TEXT_BEGINS = re.compile(r"(?:REF.{0,200} )?[¶#]*\s*1\s*[.)](?!\d)|[¶]\s*1\b")


def classify(text: str, *, reviewed: frozenset[int] = frozenset()) -> Classification:
    """Looks at every line. The time taken is linear in the length of the text.

    `reviewed` are the lines of doubts that a person has looked at; a mark that refuses is never among them.
    """
    refusals: set[Mark] = set()
    doubts: set[Mark] = set()
    portions = Portions()
    lines = list(lines_of(text))
    for at, line in enumerate(lines):
        following = lines[at + 1].words if at + 1 < len(lines) else ""
        for kind, refused in _marks_of(line.words, following):
            (refusals if refused else doubts).add(Mark(line.number, kind))
        refused, doubted = portions.look(line.words, following)
        if refused:
            refusals.add(Mark(line.number, MarkKind.PORTION))
        if doubted:
            doubts.add(Mark(line.number, MarkKind.PORTION))
    for line in joined_lines_of(text):
        refusals |= {Mark(line.number, kind) for kind, refused in _marks_of(line.words, "") if refused}
    left = (doubt for doubt in doubts - refusals if doubt.line not in reviewed)
    return Classification(tuple(sorted(refusals)), tuple(sorted(left)), _marking(lines))


def _marks_of(line: str, following: str) -> Iterator[tuple[MarkKind, bool]]:
    """The marks of a line but those in brackets, each with whether it refuses the document or only resembles one."""
    yield from ((MarkKind.LINE, refused) for refused in _classification_lines(line))
    if _LABELED_CELL.search(line) or (_ROW.search(line) and (_CELL.search(line) or _ORIGIN.search(line))):
        yield MarkKind.CELL, True
    if _AUTHORITY.search(line) or (_AUTHORITY_BROKEN.search(line) and _AUTHORITY_REST.match(following)):
        yield MarkKind.AUTHORITY, True
    elif _LIKE_AUTHORITY.search(line):
        yield MarkKind.AUTHORITY, False
    for found in _ZNY.finditer(line):
        if found["level"].replace(" ", "") != "UUUUU":
            yield MarkKind.TRANSMISSION, True
    if _ZNR.search(line) or _ZNY_CUT.search(line):
        yield MarkKind.TRANSMISSION, False
    for found in _ORDER.finditer(line):
        rest = line[found.end() : found.end() + _ORDER_LENGTH]
        broken = found.end() + 12 > len(line) and _INSTRUCTION_FIRST.match(following)
        if _INSTRUCTION.search(rest) or broken:
            yield MarkKind.EXECUTIVE_ORDER, True
        elif _LIKE_INSTRUCTION.search(rest):
            yield MarkKind.EXECUTIVE_ORDER, False


def _classification_lines(line: str) -> Iterator[bool]:
    """Of each classification word in capitals: True where it refuses, False where it only resembles a mark."""
    if _SPACED_OUT.search(line):
        yield True
        return
    for found in _PLAIN.finditer(line):
        before, rest = line[max(0, found.start() - _AROUND) : found.start()], line[found.end() : found.end() + _AROUND]
        if _DECORATION.fullmatch(rest):
            ends = not _glued(before) or _ADDRESS.search(before) is not None
            yield ends and not before.endswith("(")
        elif _FOLLOWED.match(rest) or (_PUNCTUATION.fullmatch(rest) and _PUNCTUATION.fullmatch(before)):
            yield True
        elif not _glued(before) and (
            _PUNCTUATION.fullmatch(rest) or (not before and rest.lstrip(" ")[:1] in {":", "-"})
        ):
            yield False
    if _LIKE_LINE.search(line) or _SPACED_OUT.search(line.translate(_MISREAD)):
        yield False


def _glued(before: str) -> bool:
    return before[-1:].isalnum()


def _marking(lines: list[Line]) -> str:
    """U only where a line before the text says so, and neither one of them nor a caption anywhere says more."""
    unclassified = False
    for line in lines:
        if _TEXT_BEGINS.match(line.words):
            if SENSITIVE.search(line.words[:200]):
                return SBU
            break
        if SENSITIVE.search(line.words):
            return SBU
        unclassified = unclassified or UNCLASSIFIED.search(line.words) is not None
    if any(CAPTION.fullmatch(line.words) or SENSITIVE_ANYWHERE.search(line.words) for line in lines):
        return SBU
    return U if unclassified else SBU
