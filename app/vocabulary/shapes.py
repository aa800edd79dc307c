"""Response models that packages share: citations, participations, proposers and assessment sources."""

from app.core.schemas import Identifier, LongText, Number, Offset, OnDay, Reference, ResponseModel, ShortText
from app.vocabulary.enums import CapacityWord


class TextRange(ResponseModel):
    """A half-open range of Unicode code points into the cable's stored copy."""

    start: Offset
    """Offset of the first code point."""
    end: Offset
    """Offset after the last code point."""


class Passage(ResponseModel):
    """Exact words of the stored copy, with their position."""

    quote: LongText
    """The words as printed, white space folded; misprints kept."""
    ranges: list[TextRange]
    """Position of the words; several ranges only where a page line interrupts them."""


class Citation(ResponseModel):
    """Citation of the exact words that a record is based on: cable, paragraph, quote and position."""

    cable_id: Identifier
    paragraph: Identifier
    """The paragraph's label."""
    quote: LongText
    """The words as printed, white space folded; misprints kept."""
    ranges: list[TextRange]
    """Position of the words in the cable's stored copy."""


class ParticipationOut(ResponseModel):
    """Participation of a person or organization in a roundtable or panel."""

    id: Identifier
    roundtable_id: Identifier | None
    """Id of the roundtable; null if the caller may not read it."""
    panel: Number | None
    """Number of the panel; null for the roundtable as a whole."""
    capacity: CapacityWord
    person: Reference | None
    organization: Reference | None
    """Employer according to the cable."""
    on_behalf_of: Reference | None
    """Organization represented, if it is not the employer."""
    title: ShortText | None
    """Role or title at that time."""
    description: ShortText | None
    """Description in the cable of someone whom it does not name."""
    citation: Citation


class ProposerOut(ResponseModel):
    """Proposer of a recommendation, with the employer, and the organization represented if it is another."""

    person: Reference | None
    organization: Reference | None
    on_behalf_of: Reference | None
    description: ShortText | None
    """Description in the cable of proposers whom it does not name, such as panelists."""


class AssessmentSourceOut(ResponseModel):
    """Source of an assessment: at most one of a citation of a cable, a web page, or a document or person in words."""

    citation: Citation | None
    title: ShortText | None
    """Title of the web page."""
    url: ShortText | None
    retrieved: OnDay | None
    """Day on which the page was read."""
    words: ShortText | None
    """Document or informant, in words."""
    said_by: Identifier | None
    """Slug of the organization that made the statement."""
    dated: ShortText | None
    """Date of the statement, in EDTF level 1 (ISO 8601-2)."""
    earliest: OnDay | None
    """First day that the date allows; null for an open start or without a date."""
    latest: OnDay | None
    """Last day that the date allows; null for an open end or without a date."""
