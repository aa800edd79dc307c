"""The shapes that rooms share: the citation, which carries exact words, and who is meant."""

from app.core.shapes import Identifier, Line, Number, Offset, OnDay, Out, Prose, Reference
from app.vocabulary.documented import CapacityWord


class TextRange(Out):
    """A half-open range of Unicode code points into the cable's stored copy."""

    start: Offset
    """Offset of the first code point."""
    end: Offset
    """Offset after the last code point."""


class Passage(Out):
    """Exact words of the stored copy and where they stand."""

    quote: Prose
    """The words as printed, white space folded; misprints kept."""
    ranges: list[TextRange]
    """Where they stand; more than one range only where a page line cuts them."""


class Citation(Out):
    """The exact words that a record rests on: cable, paragraph, words, place."""

    cable_id: Identifier
    paragraph: Identifier
    """The paragraph's label."""
    quote: Prose
    """The words as printed, white space folded; misprints kept."""
    ranges: list[TextRange]
    """Where they stand in the cable's stored copy."""


class ParticipationOut(Out):
    """Someone's part in a roundtable or panel."""

    id: Identifier
    roundtable_id: Identifier | None
    """Null where the reader may not see the roundtable."""
    panel: Number | None
    """The panel's number; null where the part was in the roundtable as a whole."""
    capacity: CapacityWord
    person: Reference | None
    organization: Reference | None
    """The employer, as the cable has it."""
    on_behalf_of: Reference | None
    """The organization spoken for, where it is another."""
    title: Line | None
    """Role or title then held."""
    description: Line | None
    """The cable's words for someone it leaves unnamed."""
    citation: Citation


class ProposerOut(Out):
    """Who asks, for whom they work, and for whom they speak where that is another."""

    person: Reference | None
    organization: Reference | None
    on_behalf_of: Reference | None
    description: Line | None
    """The cable's own word for proposers it does not name, such as panelists."""


class AssessmentSourceOut(Out):
    """What an assessment rests on: the words of a cable, a web page, or a document or person in words; one of them."""

    citation: Citation | None
    title: Line | None
    """Of a web page."""
    url: Line | None
    retrieved: OnDay | None
    """The day on which the page was read."""
    words: Line | None
    """A document, or who told it, in words."""
    said_by: Identifier | None
    """Slug of the organization that said it."""
    dated: Line | None
    """When it was said, in EDTF level 1 (ISO 8601-2)."""
    earliest: OnDay | None
    """The first day that the date allows; null where open or where there is no date."""
    latest: OnDay | None
    """The last day that the date allows; null where open or where there is no date."""
