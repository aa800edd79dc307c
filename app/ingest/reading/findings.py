"""What a reading finds, as frozen values; every place is a range of code points into the text read."""

import re
from dataclasses import dataclass
from enum import StrEnum

from app.ingest.reading.classification import SBU, Classification, U
from app.ingest.reading.marks import Mark

WHITE_SPACE = " \t\n\r\f\v"
NOTHING_FOUND = Classification()
_RUN = re.compile(f"[{WHITE_SPACE}]+")


class Unreadable(ValueError):
    """The text is no cable that can be read; the message says what was looked for."""


class Classified(Unreadable):
    """The text carries marks of a classified document, so nothing is read of it. The message has no words of it."""

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
    """Half-open: `start` is in, `end` is not."""

    start: int
    end: int


@dataclass(frozen=True)
class Span:
    """A stretch of whole lines of one kind. The spans of a finding join to the text it was read from."""

    kind: SpanKind
    place: Range


@dataclass(frozen=True)
class HeaderField:
    """A field of the header. `value` and `place` are None where the copy has lost it."""

    name: str
    value: str | None
    place: Range | None
    short: bool = False
    """Whether every line of it has the short form that only such a field has."""
    marking: str = SBU


@dataclass(frozen=True)
class Header:
    """What the header says of the cable itself, and its fields in the order cables have them."""

    originator: str
    serial: int
    precedence: str
    date_time_group: str
    sent_at: str
    """RFC 3339, UTC."""
    year: int
    fields: tuple[HeaderField, ...]


@dataclass(frozen=True)
class Heading:
    text: str
    place: Range
    underlined: bool


@dataclass(frozen=True)
class Note:
    """A note inside a paragraph, its marks included."""

    text: str
    places: tuple[Range, ...]


@dataclass(frozen=True)
class Paragraph:
    """A numbered paragraph. `places` leave out its number, its marking and the page lines that cut it."""

    label: str
    number: int
    ordinal: int
    printed: str
    """The marking that is printed before it."""
    heading: int | None
    """Index into the finding's headings."""
    text: str
    places: tuple[Range, ...]
    notes: tuple[Note, ...]
    marking: str = SBU
    """The printed one; SBU where not all of a paragraph marked U is understood as U."""


@dataclass(frozen=True)
class Damage:
    """One thing lost or intruding; the words of `kind` are those of the vocabulary's DamageKind."""

    kind: str
    detail: str
    paragraph: str | None = None
    place: Range | None = None


@dataclass(frozen=True)
class Finding:
    header: Header
    headings: tuple[Heading, ...]
    paragraphs: tuple[Paragraph, ...]
    damages: tuple[Damage, ...]
    spans: tuple[Span, ...]
    marking: str = SBU
    """The highest of the document's own and of every paragraph's."""
    source_marking: str = SBU
    """U where every character was understood as U."""
    classification: Classification = NOTHING_FOUND
    unclear: tuple[int, ...] = ()
    """Where the lines start that were not understood."""

    @property
    def is_clear(self) -> bool:
        """Whether the copy as a whole is for readers of U."""
        return self.source_marking == U


def fold(text: str) -> str:
    """The text with every run of white space made one blank, trimmed; the database folds alike."""
    return _RUN.sub(" ", text).strip(" ")


def spell(text: str, places: tuple[Range, ...]) -> str:
    """The words that ranges name: slices joined by one blank, folded."""
    return fold(" ".join(text[place.start : place.end] for place in places))


def trim(text: str, place: Range) -> Range:
    """The range without white space at its ends."""
    start, end = place.start, place.end
    while start < end and text[start] in WHITE_SPACE:
        start += 1
    while end > start and text[end - 1] in WHITE_SPACE:
        end -= 1
    return Range(start, end)
