"""Request field types of records: text, slugs, numbers, ranges, and the quote that a record rests on."""

from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field

from app.core.schemas import EXACT_MOST, EXACT_NUMBER, SLUG_MOST, TEXT_MOST, Offset, RequestModel, TextPattern


def _whole(value: object) -> object:
    """Converts `3.0` to 3: JSON has one kind of number."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


InputWords = Annotated[
    str,
    Field(min_length=1, max_length=TEXT_MOST),
    TextPattern(
        r"^[^\s\x00-\x1F\x7F-\x9F]([^\x00-\x1F\x7F-\x9F]*[^\s\x00-\x1F\x7F-\x9F])?$",
        "words on one line, without blanks at their ends and without control characters",
    ),
]
"""Text on one line, without white space at its ends."""
InputSlug = Annotated[
    str,
    Field(max_length=SLUG_MOST),
    TextPattern(r"^[a-z0-9]+(-[a-z0-9]+)*$", "a slug: lower case letters and digits, joined by hyphens"),
]
"""Slug. The field that uses it defines the kind of record, and the example."""
InputCableId = Annotated[
    str,
    Field(max_length=40, examples=["08NOWHERE123"]),
    TextPattern(r"^[0-9]{2}[A-Z]+[0-9]+$", "the id of a cable: year, post and serial, such as 08NOWHERE123"),
]
InputLabel = Annotated[
    str,
    Field(max_length=10, examples=["3"]),
    TextPattern(r"^[0-9]{1,4}(-[0-9]{1,2})?$", "the label of a paragraph, such as 5 or 35-2"),
]
InputRecommendationId = Annotated[
    str,
    Field(max_length=48, examples=["08NOWHERE123-R001"]),
    TextPattern(r"^[0-9]{2}[A-Z]+[0-9]+-[RA][0-9]{3,6}$", "the id of a recommendation, such as 08NOWHERE123-R001"),
]
InputNumber = Annotated[
    int, Field(ge=1, le=10_000, json_schema_extra={"format": "int32"}, examples=[1]), BeforeValidator(_whole)
]
InputOffset = Annotated[Offset, BeforeValidator(_whole)]
Amount = Annotated[
    float,
    Field(allow_inf_nan=False, ge=-EXACT_MOST, le=EXACT_MOST, json_schema_extra={"format": "double"}, examples=[250]),
    EXACT_NUMBER,
]
InputUnit = Annotated[
    str,
    Field(min_length=1, max_length=200, examples=["attendees"]),
    TextPattern(
        r"^([a-z]+( [a-z]+)*|[A-Z]{3})$", "a plural in lower case, such as attendees, or the code of a currency"
    ),
]
InputDate = Annotated[str, Field(min_length=1, max_length=40, examples=["2007"])]


def _reject_null(listed: object) -> object:
    if listed is None:
        raise ValueError("it cannot be cleared: give at least one")
    return listed


NULL_EMPTIES = AfterValidator(lambda listed: [] if listed is None else listed)
"""Validator of a list in a patch: null removes all its members (RFC 7396)."""
NOT_EMPTIED = BeforeValidator(_reject_null)
"""Validator of a list in a patch that needs a member."""
OMITTED: Any = Field(default_factory=lambda: None)
"""Default of a field that may be omitted, but must not be null."""


class RangeIn(RequestModel):
    """Half-open range of Unicode code points in the cable's stored copy."""

    start: Annotated[InputOffset, Field(examples=[1036])]
    end: Annotated[InputOffset, Field(examples=[1079])]


Ranges = Annotated[list[RangeIn], Field(min_length=1, max_length=100)]
Slugs = Annotated[list[InputSlug], Field(max_length=50)]


class CitedIn(RequestModel):
    """Exact words of a paragraph."""

    paragraph: InputLabel
    """Label of the paragraph."""
    quote: InputWords
    """Words exactly as the paragraph prints them, with white space collapsed."""
    occurrence: InputNumber | None = None
    """Occurrence of the words, from 1, if the paragraph contains them more than once."""
    ranges: Ranges = OMITTED
    """Ranges of the words; located if omitted, compared with the words if given."""


class CitedPatch(RequestModel):
    """Changes to the words that a record rests on."""

    paragraph: InputLabel = OMITTED
    quote: InputWords = OMITTED
    occurrence: InputNumber | None = None
    ranges: Ranges = OMITTED
