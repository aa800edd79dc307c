"""Classification authority lines: `Classified By`, transmission security and E.O. lines, in any spelling."""

import re
from collections.abc import Iterator

from app.cable_parser.marks import MarkKind
from app.cable_parser.resemblance import near

_AUTHORITY = re.compile(r"(?<![A-Za-z])classified[^A-Za-z0-9]{0,4}by(?![A-Za-z])", re.IGNORECASE)
_AUTHORITY_BROKEN = re.compile(r"(?<![A-Za-z])classified$", re.IGNORECASE)
_AUTHORITY_REST = re.compile(r"(?i:by)[^A-Za-z0-9]{0,2}:|B[yY] +[A-Z]")
_BY = re.compile(r"by\b", re.IGNORECASE)
_BY_WHOM = re.compile(r"[Bb8] ?[Yy] ?[:;]|(?<![A-Za-z])B[Yy] +[A-Z]")
_NEAR_CLASSIFIED = re.compile(
    rf"(?:^|.*[^A-Z])(?!CLARIFIED|CLASSIFIE[SR]){near('CLASSIFIED', errors=2).replace('I', '[I1L]')}"
)
_GAPS = re.compile(r"[^A-Za-z0-9]+")
_LONGEST_WORD = 30
_LIKE_AUTHORITY = re.compile(
    r"^(?:[^A-Za-z0-9]*)(?:decl(?:ass?(?:if(?:y|ied|ication))?)?\.? ?(?:on|date)(?![A-Za-z])|derived from|"
    r"downgraded? (?:to|at)(?![A-Za-z])|group ?-? ?[1-4] downgraded|reasons?(?: for classification)?:? ?1\.[45]|"
    r"class\.? by|cl(?:as?s?)?\.? ?by ?:|classifying (?:officer|official|authority)|"
    r"decl(?:as|assify)?:? ?[0-9])|"
    r"(?<![A-Za-z])classified (?:pursuant to|under|per|iaw|in accordance with)[^A-Za-z]{0,4}"
    r"(?:e[./]? ?o\b|exec|sec|para|[0-9])|"
    r"(?<![A-Za-z])(?:per|pursuant to|under|iaw) (?:e[./]? ?o[. ]{0,2}[0-9]{5}[^A-Za-z]{1,4})?"
    r"(?:sec(?:tions?|s?\.)? ?)?1\.[3-6] ?\(?[a-h]\)|"
    r"(?<![A-Za-z])OADR(?![A-Za-z])|(?<![A-Za-z])DECL(?:AS|ASS|ASSIFY)? ?:|"
    r"(?<![A-Za-z/-])NOFORN(?![A-Za-z])",
    re.IGNORECASE,
)
_GAP = r"[^A-Za-z0-9]{0,4}"
_END = r"Z ?Z ?H(?![A-Z])"
_TRANSMITTED = re.compile(
    rf"(?<![A-Z])Z ?N ?(?P<code>[A-Z]){_GAP}(?P<level>[A-Z0-9 ]{{1,12}}?){_GAP}{_END}", re.IGNORECASE
)
_TRANSMITTED_CUT = re.compile(
    rf"(?<![A-Z])ZN[YR]{_GAP}(?:(?!UUUUU)[A-Z0-9]{{5}}[^A-Za-z0-9]*$|([A-TV-Z0-9])\1{{3}})|"
    rf"([A-TV-Z0-9])\2{{3,4}}{_GAP}{_END}"
)
_UNCLASSIFIED = "UUUUU"
_DIGIT = "[0-9OoIlBSZGQ|]"
_ORDER = re.compile(
    r"(?<![A-Za-z])(?:E[ .,/-]{0,3}[O0Q]|EXEC(?:UTIVE|\.)? {0,2}ORDER(?: NO)?)[ .:,#-]{0,4}"
    rf"(?P<number>[1Il|](?: ?[0-9]|{_DIGIT}){{3,4}})(?![0-9])",
    re.IGNORECASE,
)
_DIGITS = 3
"""A number with fewer digits is a word that resembles one."""
_SPELLED = r"D ?[E3] ?C ?[LI1|!](?: ?A ?S(?: ?S)?(?: ?I ?F ?Y(?: ?O ?N)?|IFICATION)?)?(?![A-Za-z])"
_INSTRUCTION = re.compile(rf"(?<![A-Za-z]){_SPELLED}", re.IGNORECASE)
_DATED = re.compile(r" ?(?:ON)? ?(?:[:;=]|[0-9]|OADR)|$", re.IGNORECASE)
_INSTRUCTION_FIRST = re.compile(rf"[^A-Za-z0-9]*(?:{_SPELLED}|X?GDS(?![A-Za-z]))", re.IGNORECASE)
_LIKE_INSTRUCTION = re.compile(r"(?<![A-Za-z])(?:RDS|XDS|ADS|X?GDS|(?i:declassify|declassification))(?![A-Za-z])")
_VALUE = re.compile(r"\)? ?[:;=] *")
_NOT_APPLICABLE = re.compile(
    r"[^A-Za-z0-9]*(?:N ?[/.\\|-]? ?/?A[./)]*|NOT APPLICABLE|NONE|NIL|UNCLAS(?:SIFIED)?|DNA|(?:AS AMENDED[;:,]? *)?"
    r"DECLASSIFIED)(?![A-Za-z0-9])|[^A-Za-z0-9]*$",
    re.IGNORECASE,
)
_NEXT_FIELD = re.compile(r"(?:TAGS|SUBJ|REF)", re.IGNORECASE)
_REASON = re.compile(r"[^A-Za-z0-9]*(?:1 ?\. ?[3-6](?![0-9])|reason|[0-9]{1,2}/[0-9]{1,2}/[0-9])", re.IGNORECASE)
_REASONED = re.compile(r"(?<![0-9.])1 ?\. ?[3-6] ?\(?[A-Ha-h]?\)?(?![A-Za-z0-9])")
_OPENS = re.compile(r"[^A-Za-z]*(?:[A-Z]{1,12}[^A-Za-z]+){0,3}")
_BEFORE_FIELD = re.compile(r"(?:SIPDIS|SENSITIVE|NOFORN|[0-9]{4,6})[^A-Za-z0-9]*$")
"""Text before the E.O. field in a copy that has the header on one line."""
_ORDER_LENGTH = 80


def authority_marks(line: str, next_line: str) -> Iterator[tuple[MarkKind, bool]]:
    """Yields the marks of these kinds in a line; each with true if it refuses, false if it is a doubt."""
    yield from ((MarkKind.AUTHORITY, refused) for refused in _authorities(line, next_line))
    for found in _TRANSMITTED.finditer(line):
        if _level(found) != _UNCLASSIFIED:
            yield MarkKind.TRANSMISSION, found["code"] in "Yy"
    if _TRANSMITTED_CUT.search(line):
        yield MarkKind.TRANSMISSION, False
    for found in _orders(line):
        verdict = _ordered(line, found, next_line)
        if verdict is not None:
            yield MarkKind.EXECUTIVE_ORDER, verdict


def broken_authority_marks(joined: str, cut: int) -> Iterator[MarkKind]:
    """Yields the marks in two joined lines that start before the cut and end behind it."""
    if any(
        one.start() < cut < one.end() and _level(one) != _UNCLASSIFIED and one["code"] in "Yy"
        for one in _TRANSMITTED.finditer(joined)
    ):
        yield MarkKind.TRANSMISSION
    if any(one.start() < cut and _instructs(joined, one) for one in _orders(joined)):
        yield MarkKind.EXECUTIVE_ORDER


def _level(found: re.Match[str]) -> str:
    return found["level"].replace(" ", "").upper()


def _authorities(line: str, next_line: str) -> Iterator[bool]:
    broken = _AUTHORITY_BROKEN.search(line)
    if _AUTHORITY.search(line) or (broken and _AUTHORITY_REST.match(next_line)):
        yield True
    elif _LIKE_AUTHORITY.search(line) or (broken and _BY.match(next_line)) or _is_near_authority(line):
        yield False


def _is_near_authority(line: str) -> bool:
    by = _BY_WHOM.search(line)
    if by is None:
        return False
    letters = line[max(0, by.start() - _LONGEST_WORD) : by.start()]
    spaced = _GAPS.sub("", letters).upper()
    return any(_NEAR_CLASSIFIED.fullmatch(one) for one in (_GAPS.sub(" ", letters).strip(" ").upper(), spaced))


def _orders(line: str) -> Iterator[re.Match[str]]:
    return (one for one in _ORDER.finditer(line) if sum(map(str.isdigit, one["number"])) >= _DIGITS)


def _instructs(line: str, found: re.Match[str]) -> bool:
    """True if an instruction to declassify follows the number: at once, with a date, or as the value of a field."""
    rest = line[found.end() : found.end() + _ORDER_LENGTH]
    if _INSTRUCTION_FIRST.match(rest):
        return True
    is_field = _is_field(line, found)
    return any(is_field or _DATED.match(rest, one.end()) for one in _INSTRUCTION.finditer(rest))


def _is_field(line: str, found: re.Match[str]) -> bool:
    before = line[max(0, found.start() - _ORDER_LENGTH) : found.start()]
    opens = _OPENS.fullmatch(before) if len(before) < _ORDER_LENGTH else None
    return (opens or _BEFORE_FIELD.search(before)) is not None and _VALUE.match(line, found.end()) is not None


def _ordered(line: str, found: re.Match[str], next_line: str) -> bool | None:
    """Returns the verdict on an E.O.: any value of a field but `N/A` is at least a doubt."""
    rest = line[found.end() : found.end() + _ORDER_LENGTH]
    if _instructs(line, found) or (len(rest) < len("12 signs end") and _INSTRUCTION_FIRST.match(next_line)):
        return True
    if _LIKE_INSTRUCTION.search(rest) or _REASON.match(rest) or (not rest and _REASON.match(next_line)):
        return False
    if not _is_field(line, found):
        return None
    value = _VALUE.sub("", rest, count=1).strip(" ") or next_line
    if _REASONED.search(value):
        return False
    return None if _NOT_APPLICABLE.match(value) or _NEXT_FIELD.match(value) else False
