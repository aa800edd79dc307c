"""What is asked and answered about cables."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from app.core.paging import Page, PageQuery
from app.core.shapes import Count, Identifier, Line, Names, Number, Out, Prose, Query
from app.vocabulary import DamageKindWord, Marking, Passage, TextRange


class CableQuery(PageQuery):
    pass


class ParagraphQuery(PageQuery):
    pass


class ParagraphFilters(Query):
    cable: Annotated[Names, Field(examples=[["07BEIJING7192"]])] = []
    """Reference id of the cable."""


class ElsewhereOut(Out):
    """What a fuller copy shows where ours has lost the text."""

    value: Prose
    origin: Line


class HeaderFieldOut(Out):
    """One field of the header. One that our copy has lost is absent, and may be known from elsewhere.

    To readers of `U`, one that is not understood as unclassified is absent, too.
    """

    name: Identifier
    status: Literal["present", "absent"]
    value: Prose | None
    ranges: list[TextRange] | None
    elsewhere: ElsewhereOut | None


class WitnessOut(Out):
    """The stored copy that everything is cited to."""

    id: Identifier
    publisher: Line
    address: Line
    terms: Line
    sha256: Identifier
    """Digest of the copy's bytes, and the ETag of `/source`."""
    length: Count
    """Length in Unicode code points, the unit of every range."""


class DamageOut(Out):
    """One thing lost from the stored copy, or intruding in it."""

    kind: DamageKindWord
    paragraph: Identifier | None
    ranges: list[TextRange] | None
    detail: Line


class ReadingOut(Out):
    """A misprint, kept verbatim in the text, with its reading beside it; null where unresolved."""

    paragraph: Identifier | None
    printed: Line
    ranges: list[TextRange]
    reading: Line | None
    note: Line | None


class CableOut(Out):
    """A cable: its header, what the stored copy has lost, and its misprints."""

    id: Identifier
    """Reference id: year, post, serial."""
    post: Line
    year: Number
    serial: Number
    originator: Identifier
    """Routing indicator of the post that sent it."""
    precedence: Identifier
    date_time_group: Line
    sent_at: datetime
    marking: Marking
    """The highest marking of its parts; each paragraph carries its own."""
    header: list[HeaderFieldOut]
    witness: WitnessOut | None
    """Null where the reader may not see every character of the copy."""
    paragraph_count: Count
    """Paragraphs that the reader may see."""
    damages: list[DamageOut]
    readings: list[ReadingOut]


class ParagraphOut(Out):
    """A numbered paragraph of a cable, as printed."""

    cable_id: Identifier
    label: Identifier
    """The printed number; `35-2` for the second paragraph printed as 35."""
    number: Number
    ordinal: Number
    """Place in the cable, from 1."""
    marking: Marking
    """As printed before it; `SBU` where not all of it is understood as unclassified."""
    heading: Line | None
    """The nearest heading above; null where none stands, or the one that stood there is lost, or the reader may not
    see the whole copy."""
    panel: Number | None
    """Number of the panel that the paragraph reports."""
    text: Prose
    """The words as printed, white space folded, page lines lifted out."""
    ranges: list[TextRange]
    notes: list[Passage]
    breaks_off: bool
    """Whether the end of the paragraph is lost."""
    damages: list[DamageOut]
    readings: list[ReadingOut]
    recommendation_count: Count
    cite_as: Line


class CablePage(Page):
    """One page of the cables."""

    items: list[CableOut]


class ParagraphPage(Page):
    """One page of the paragraphs."""

    items: list[ParagraphOut]
