"""Marks above U that do not classify a document: SBU, FOUO, LOU and the like, in brackets, lines and running text.

A match only withholds text from readers of U. So the forms are wide: a wrong match costs less than a missed one.
"""

import re
from collections.abc import Iterable, Iterator
from itertools import accumulate

from app.cable_parser.encodings import decode_escapes
from app.cable_parser.normalization import normalize

_LETTERS = (
    r"S?[S5$] ?[B8] ?[UV]|L ?O ?U|F ?O ?U ?O|O ?U ?O|C ?U ?I|L ?E ?S|E ?F ?T ?O|S ?S ?I|UCNI|SENS|"
    r"NOFORN|LIMDIS|EXDIS|NODIS|STADIS"
)
_PHRASES = (
    r"LIMITED ?OFF?ICI?AL ?USE(?: ?ONLY)?|(?:FOR ?)?OFFICIAL ?USE ?ONLY|SENSITIVE ?BUT ?UNCLAS(?:SIFIED)?|"
    r"CONTROLLED ?UNCLAS(?:SIFIED)?(?: ?INFORMATION)?|LAW ?ENFORCEMENT ?SENSITIVE"
)
_WORDS = rf"(?:{_LETTERS}|SENSITIVE|{_PHRASES})"
_UNCLASSIFIED_FIRST = r"(?:UNCLAS(?:SIFIED)?|U)"
_INNER = re.compile(r"[(\[{<]([^()\[\]{}<>]{1,100})(?:[)\]}>]|$)")
_SEPARATORS = re.compile(r"[^A-Za-z0-9$ ]+")
_PART = re.compile(rf"{_UNCLASSIFIED_FIRST}? ?{_WORDS}(?: ?(?:NF|NOFORN))?|NF", re.IGNORECASE)
_WHOLE = re.compile(rf"{_UNCLASSIFIED_FIRST}?(?:{_WORDS.replace(' ?', '')})(?:NF|NOFORN)?", re.IGNORECASE)
_CAPITALS = re.compile(r"(?<![A-Za-z])(?:SBU|LOU|FOUO|OUO|CUI|EFTO|NOFORN|SENSITIVE)(?![A-Z])")
"""Word in capitals anywhere in the brackets."""
_FIRST = re.compile(rf" ?(?:SBU|FOUO|OUO|EFTO|SENSITIVE|{_PHRASES})(?![A-Za-z])", re.IGNORECASE)
"""Word in any case at the start of the brackets, with text after it."""
_NOT_ALPHANUMERIC = re.compile(r"[^A-Za-z0-9$]+")
_ABBREVIATIONS = r"(?:S ?B ?U|L ?O ?U|FOUO|OUO|CUI|LES|EFTO|SENSITIVE)"
_PARTED = "|".join(r"[ ./-]{1,2}".join(word) for word in ("SBU", "LOU", "FOUO", "OUO", "EFTO"))
"""Word with a sign or blank after each letter."""
_OPENED = re.compile(rf"[(\[{{<] ?(?:U ?(?:/+|-) ?)?(?:{_ABBREVIATIONS}|(?i:{_PHRASES}))(?![A-Za-z])")
"""Bracket with the word first, also without its end."""
_RUNNING = re.compile(
    rf"(?<![A-Za-z])(?:FOUO|EFTO|NOFORN|NODIS|EXDIS|LIMDIS|STADIS|(?i:fouo)(?= ?:)|{_PARTED}\.?)(?![A-Za-z])|"
    rf"(?i:(?<![A-Za-z])(?:BEGIN|START|END|ENDS)[^A-Za-z0-9]{{0,4}}(?:U ?/+ ?)?{_WORDS}(?![A-Za-z]))|"
    rf"(?i:(?<![A-Za-z]){_UNCLASSIFIED_FIRST} ?(?:[/\\,;|=]+|-{{1,2}}) ?{_WORDS}(?![A-Za-z]))|"
    rf"(?<![A-Za-z])UNCLAS(?:SIFIED)? {_ABBREVIATIONS}(?![A-Za-z])|"
    rf"(?:^|[.!?:;)\]}}>\"'*|=-]) {{0,3}}{_ABBREVIATIONS} ?(?:[.,:;!)\]}}>/|=_\\-])|"
    rf"(?:^|[.!?:;)\]}}>*|=-]) {{0,3}}(?i:{_ABBREVIATIONS}) ?[:)\]]|"
    r"(?<![A-Za-z])(?:S ?B ?U|L ?O ?U|OUO|CUI) ?(?::|[\\_])|#(?:SBU|LOU|OUO|CUI|SENSITIVE)(?![A-Za-z])|"
    r"[.!?:] {1,3}SENSITIVE(?= [A-Z][a-z])|"
    rf"(?<![A-Za-z0-9]){_ABBREVIATIONS} ?/+ ?[A-Z]{{2,}}|"
    rf"[^\sA-Za-z0-9.,;:&-] ?{_ABBREVIATIONS} ?[^\sA-Za-z0-9.,;:&'-](?![A-Za-z])|"
    rf"(?i:(?<![A-Za-z])(?:SENSITIVE[ ,/-]{{1,3}}BUT[ ,/-]{{1,3}}UNCLAS|OFFICIAL[ -]{{1,3}}USE[ -]{{1,3}}ONLY|"
    r"LIMITED[ -]{1,3}OFFICIAL[ -]{1,3}USE|CONTROLLED[ -]{1,3}UNCLAS|LAW[ -]{1,3}ENFORCEMENT[ -]{1,3}SENSITIVE))"
)
"""Mark without brackets inside a text: after a sentence, after `BEGIN` or `U//`, or between signs."""
_EXPANDED = re.compile(
    "|".join(
        rf"\b{'[ -]'.join(f'{letter}[A-Za-z]+' for letter in word)} (?=\({word}\))" for word in ("LES", "SSI", "CUI")
    ),
    re.IGNORECASE,
)
"""Words that introduce their initials, such as `Locally Engaged Staff (LES)`. A mark in words counts by its words."""
LEADING = re.compile(
    r"[^A-Za-z]{0,12}(?:[A-Za-z][.)]\)? ?[^A-Za-z]{0,4})?(?:"
    r"(?:(?:TOP SECRET|SECRET|CONFIDENTIAL|[S5]\W{0,3}B\W{0,3}[UV]|LOU|FOUO|OUO|CUI|LES|LIMDIS|SENSITIVE|"
    r"LIMITED OFFICIAL USE|(?:FOR )?OFFICIAL USE ONLY)(?![A-Za-z'])|"
    r"(?:Top Secret|Secret|Confidential|Sensitive|Sbu|Lou|Fouo) ?[.:/)\]-]|(?:Sensitive|Sbu|Fouo)(?= [A-Z])|"
    r"(?:TS|C|S) ?(?::|-{1,2} |/{1,2}[A-Z]{2}))"
    r")"
)
"""Mark without its brackets at the start of a line, with one of them, or damaged: the part is not U."""
_FIELD = re.compile(
    r"(?i:(?<![A-Za-z])(?:[S5$] ?B ?U|L ?O ?U|F ?O ?U ?O|OUO|CUI|EFTO|SBUNF|LIMDIS|NODIS|EXDIS|"
    rf"{_PARTED})(?![A-Za-z]))|"
    r"\bSENSITIVE\b|\bLES\b|\bSSI\b|\bNF\b|\bNOFORN\b|"
    r"S E N S I T I V E|(?i:LIMITED +OFFICIAL +USE|OFFICIAL +USE +ONLY|CONTROLLED +UNCLASSIFIED)"
)
"""Word that marks a line before the text, in any position: there it is no prose."""
_CAPTION = re.compile(rf"\(?(?:{_LETTERS}|SENSITIVE|{_PHRASES})\)?[ .,/-]*(?:SIPDIS|NOFORN)?", re.IGNORECASE)
_ADMINISTRATIVE = re.compile(
    rf"[^A-Za-z0-9]*(?:{_UNCLASSIFIED_FIRST}[^A-Za-z0-9]+{_WORDS}[^A-Za-z0-9]*$|UNCLAS.{{0,80}}\bSENSITIVE\b)|"
    rf"(?=.{{0,80}}\b[0-9]{{3}}(?:\.[0-9])? OF [0-9]{{3}}\b).{{0,100}}\b{_WORDS}\b|"
    rf"(?i:[^A-Za-z0-9]*(?:original )?(?:classification|classified|marking|caption|handling)s?\b.{{0,24}}\b{_WORDS}\b)|"
    r".*(?i:SENSITIVE[ ,/-]{1,3}BUT[ ,/-]{1,3}UNCLASSIFIED|OFFICIAL +USE +ONLY|LIMITED OFFICIAL USE +[A-Z])"
)
"""Page line, metadata row or classification line with a mark: it is about the document, not about a paragraph."""
_UNTAGGED = re.compile(rf"<({_WORDS})>", re.IGNORECASE)
"""Mark in angle brackets, which normalization would take for a tag."""
OWN_FIELDS = frozenset({"captions", "classification_line"})
"""Fields whose value is a mark of the document, and not text that the mark covers."""


def has_sensitive_mark(words: str) -> bool:
    """True if a mark above U is anywhere in a text of one or more lines."""
    return bool(sensitive_lines(words.split("\n")))


def sensitive_lines(lines: Iterable[str]) -> set[int]:
    """Returns the positions, from 0, of the lines of a paragraph in which a mark starts; it may end in a later line."""
    plain = [normalize(decode_escapes(_UNTAGGED.sub(r"(\1)", line))) for line in lines]
    starts = list(accumulate((len(line) + 1 for line in plain), initial=0))
    found: set[int] = set()
    at = 0
    for place in sorted(_marks(" ".join(plain))):
        while starts[at + 1] <= place:
            at += 1
        found.add(at)
    return found


def is_sensitive_field(name: str, value: str) -> bool:
    """True if the value of a header field has a mark above U."""
    return has_sensitive_mark(value) or (name not in OWN_FIELDS and is_sensitive_header(value))


def is_sensitive_header(words: str) -> bool:
    """True if a line before the text marks the document above U."""
    return _FIELD.search(normalize(words)) is not None


def is_sensitive_caption(words: str) -> bool:
    """True if a line is a caption above U."""
    return _CAPTION.fullmatch(words) is not None


def is_administrative(words: str) -> bool:
    """True if a line anywhere marks the document above U: a caption, a page line, or a metadata row."""
    return is_sensitive_caption(words) or _ADMINISTRATIVE.match(words) is not None


def _marks(plain: str) -> Iterator[int]:
    """Yields the offsets of the marks in normalized text, in no order."""
    introduced = {found.end() for found in _EXPANDED.finditer(plain)}
    marks = (found.start() for found in _INNER.finditer(plain) if _is_mark(found[1]))
    for place in (*marks, *(found.start() for form in (_OPENED, _RUNNING) for found in form.finditer(plain))):
        if place not in introduced:
            yield place


def _is_mark(inner: str) -> bool:
    """True if one part of a text in brackets is above U, or if all of it is such a word in pieces."""
    parts = (part.strip(" ") for part in _SEPARATORS.split(inner))
    return (
        _CAPITALS.search(inner) is not None
        or _FIRST.match(inner) is not None
        or any(_PART.fullmatch(part) for part in parts)
        or _WHOLE.fullmatch(_NOT_ALPHANUMERIC.sub("", inner)) is not None
    )
