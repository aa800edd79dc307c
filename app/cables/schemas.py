"""Request and response schemas of cables."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from app.core.pagination import Page, PageQuery
from app.core.schemas import Count, Identifier, LongText, Names, Number, QueryParams, ResponseModel, ShortText
from app.vocabulary import DamageKind, Marking, Passage, TextRange


class CableQuery(PageQuery):
    pass


class ParagraphQuery(PageQuery):
    pass


class ParagraphFilters(QueryParams):
    cable: Annotated[Names, Field(examples=[["07BEIJING7192"]])] = []
    """Reference id of the cable."""


class ElsewhereOut(ResponseModel):
    """Value in a fuller copy, if the stored copy has lost the text."""

    value: LongText
    origin: ShortText


class HeaderFieldOut(ResponseModel):
    """One field of the header. A field lost in the copy is absent; `elsewhere` has its value if another copy shows it.

    For readers with clearance `U`, a field that is not understood as unclassified is absent too.
    """

    name: Identifier
    status: Literal["present", "absent"]
    value: LongText | None
    ranges: list[TextRange] | None
    elsewhere: ElsewhereOut | None


class WitnessOut(ResponseModel):
    """Stored copy of the cable, to which all citations refer."""

    id: Identifier
    publisher: ShortText
    address: ShortText
    terms: ShortText
    sha256: Identifier
    """Digest of the copy's bytes, and the ETag of `/source`."""
    length: Count
    """Length in Unicode code points, the unit of every range."""


class DamageOut(ResponseModel):
    """One damage of the stored copy: lost text, or foreign text inside it."""

    kind: DamageKind
    paragraph: Identifier | None
    ranges: list[TextRange] | None
    detail: ShortText


class ReadingOut(ResponseModel):
    """Misprint, verbatim in the text, with its corrected reading; null where unresolved."""

    paragraph: Identifier | None
    original: ShortText
    ranges: list[TextRange]
    reading: ShortText | None
    note: ShortText | None


class CableOut(ResponseModel):
    """Cable: its header, the damage of the stored copy, and its misprints."""

    id: Identifier
    """Reference id: year, post, serial."""
    post: ShortText
    year: Number
    serial: Number
    originator: Identifier
    """Routing indicator of the sending post."""
    precedence: Identifier
    date_time_group: ShortText
    sent_at: datetime
    marking: Marking
    """The highest marking of its parts; each paragraph carries its own."""
    header: list[HeaderFieldOut]
    witness: WitnessOut | None
    """Null unless the reader may see every character of the copy."""
    paragraph_count: Count
    """Paragraphs that the reader may see."""
    damages: list[DamageOut]
    readings: list[ReadingOut]


class ParagraphOut(ResponseModel):
    """Numbered paragraph of a cable, as printed."""

    cable_id: Identifier
    label: Identifier
    """Printed number; `35-2` is the second paragraph printed as 35."""
    number: Number
    ordinal: Number
    """Position in the cable, from 1."""
    marking: Marking
    """Marking printed before the paragraph; `SBU` where part of it is not understood as unclassified."""
    heading: ShortText | None
    """Nearest heading above; null if there is none, if it is lost, or if the reader may not see the whole copy."""
    panel: Number | None
    """Number of the panel that the paragraph reports."""
    text: LongText
    """Printed words, with white space collapsed and page lines removed."""
    ranges: list[TextRange]
    notes: list[Passage]
    breaks_off: bool
    """True if the end of the paragraph is lost."""
    damages: list[DamageOut]
    readings: list[ReadingOut]
    recommendation_count: Count
    cite_as: ShortText


class CablePage(Page):
    """One page of the cables."""

    items: list[CableOut]


class ParagraphPage(Page):
    """One page of the paragraphs."""

    items: list[ParagraphOut]
