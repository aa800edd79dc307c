"""What a reading finds, as frozen values; every place is a range of code points into the text read."""

import re
from dataclasses import dataclass
from enum import StrEnum

WHITE_SPACE = " \t\n\r\f\v"
_RUN = re.compile(f"[{WHITE_SPACE}]+")


class Unreadable(ValueError):
    """The text is no cable that can be read; the message says what was looked for."""


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
    marking: str
    heading: int | None
    """Index into the finding's headings."""
    text: str
    places: tuple[Range, ...]
    notes: tuple[Note, ...]


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
