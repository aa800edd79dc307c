"""Parse result of a cable, as immutable values. All ranges are code points of the parsed text."""

import re
from dataclasses import dataclass
from enum import StrEnum

from app.cable_parser.classification import SBU, Classification, U
from app.cable_parser.marks import Mark

WHITE_SPACE = " \t\n\r\f\v"
EMPTY_CABLE = Classification()
_RUN = re.compile(f"[{WHITE_SPACE}]+")


class Unreadable(ValueError):
    """Raised if the text cannot be parsed as a cable; the message names the missing part."""


class Classified(Unreadable):
    """Raised if the text has marks of a classified document; it is not parsed, and the message does not quote it."""

    def __init__(self, marks: tuple[Mark, ...]) -> None:
        super().__init__("; ".join(f"line {mark.line}: {mark.kind}" for mark in marks))
        self.marks = marks


class SpanKind(StrEnum):
    CHROME = "chrome"
    HEADER = "header"
    BLANK = "blank"
    HEADING = "heading"
    UNDERLINE = "underline"
    PAGE_LINE = "page_line"
    PARAGRAPH = "paragraph"


@dataclass(frozen=True, order=True)
class Range:
    """Half-open range: `start` is inside, `end` is outside."""

    start: int
    end: int


@dataclass(frozen=True)
class Span:
    """Run of whole lines of one kind. The spans of a finding join to the parsed text."""

    kind: SpanKind
    place: Range


@dataclass(frozen=True)
class HeaderField:
    """Field of the header. `value` and `place` are None if the copy has lost it."""

    name: str
    value: str | None
    place: Range | None
    short: bool = False
    """True if every line of it has the short form that only such a field has."""
    marking: str = SBU


@dataclass(frozen=True)
class Header:
    """Header of the cable: transmission data, and the fields in their usual order."""

    originator: str
    serial: int
    precedence: str
    date_time_group: str
    sent_at: str
    """Time in RFC 3339, UTC."""
    year: int
    fields: tuple[HeaderField, ...]


@dataclass(frozen=True)
class Heading:
    text: str
    place: Range
    underlined: bool


@dataclass(frozen=True)
class Note:
    """Note inside a paragraph, including its delimiters."""

    text: str
    places: tuple[Range, ...]


@dataclass(frozen=True)
class Paragraph:
    """Numbered paragraph. `places` exclude its number, its marking and the page lines inside it."""

    label: str
    number: int
    ordinal: int
    portion_mark: str
    """Marking printed before the paragraph."""
    heading: int | None
    """Index into the finding's headings."""
    text: str
    places: tuple[Range, ...]
    notes: tuple[Note, ...]
    marking: str = SBU
    """Effective marking: the printed one, or SBU if not all of a paragraph marked U is understood as U."""


@dataclass(frozen=True)
class Damage:
    """Damage: lost or foreign text; `kind` is a value of the vocabulary's DamageKind."""

    kind: str
    detail: str
    paragraph: str | None = None
    place: Range | None = None


@dataclass(frozen=True)
class ParsedCable:
    header: Header
    headings: tuple[Heading, ...]
    paragraphs: tuple[Paragraph, ...]
    damages: tuple[Damage, ...]
    spans: tuple[Span, ...]
    marking: str = SBU
    """Highest marking of the document and its paragraphs."""
    source_marking: str = SBU
    """U if every character was understood as U."""
    classification: Classification = EMPTY_CABLE
    unclear: tuple[int, ...] = ()
    """Offsets of the lines that were not understood."""

    @property
    def is_clear(self) -> bool:
        """True if readers with clearance U may see the whole copy."""
        return self.source_marking == U


def fold(text: str) -> str:
    """Collapses runs of white space to one blank and trims the text; the database does the same."""
    return _RUN.sub(" ", text).strip(" ")


def spell(text: str, places: tuple[Range, ...]) -> str:
    """Returns the words of the ranges: slices joined by one blank, with white space collapsed."""
    return fold(" ".join(text[place.start : place.end] for place in places))


def trim(text: str, place: Range) -> Range:
    """Returns the range without white space at its ends."""
    start, end = place.start, place.end
    while start < end and text[start] in WHITE_SPACE:
        start += 1
    while end > start and text[end - 1] in WHITE_SPACE:
        end -= 1
    return Range(start, end)
