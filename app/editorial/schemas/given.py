"""What is given of any record: words, slugs, numbers, places, and the words of a paragraph that it rests on."""

from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from app.core.shapes import EXACT_MOST, EXACT_NUMBER, Form, In, Offset


def _whole(value: object) -> object:
    """JSON has one kind of number: `3.0` is 3."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


GivenWords = Annotated[
    str,
    Field(
        min_length=1,
        max_length=4_000,
    ),
    Form(
        r"^[^\s\x00-\x1F\x7F-\x9F]([^\x00-\x1F\x7F-\x9F]*[^\s\x00-\x1F\x7F-\x9F])?$",
        "words on one line, without blanks at their ends and without control characters",
    ),
]
"""Words on one line, without white space at their ends."""
GivenSlug = Annotated[
    str,
    Field(max_length=120),
    Form(r"^[a-z0-9]+(-[a-z0-9]+)*$", "a slug: lower case letters and digits, joined by hyphens"),
]
"""Of which kind of record is the field's matter, so an example is, too."""
GivenCable = Annotated[
    str,
    Field(max_length=40, examples=["08NOWHERE123"]),
    Form(r"^[0-9]{2}[A-Z]+[0-9]+$", "the id of a cable: year, post and serial, such as 08NOWHERE123"),
]
GivenLabel = Annotated[
    str,
    Field(max_length=10, examples=["3"]),
    Form(r"^[0-9]{1,4}(-[0-9]{1,2})?$", "the label of a paragraph, such as 5 or 35-2"),
]
GivenAsk = Annotated[
    str,
    Field(max_length=48, examples=["08NOWHERE123-R001"]),
    Form(r"^[0-9]{2}[A-Z]+[0-9]+-[RA][0-9]{3,6}$", "the id of a recommendation, such as 08NOWHERE123-R001"),
]
GivenNumber = Annotated[
    int, Field(ge=1, le=10_000, json_schema_extra={"format": "int32"}, examples=[1]), BeforeValidator(_whole)
]
GivenOffset = Annotated[Offset, BeforeValidator(_whole)]
Amount = Annotated[
    float,
    Field(allow_inf_nan=False, ge=-EXACT_MOST, le=EXACT_MOST, json_schema_extra={"format": "double"}, examples=[250]),
    EXACT_NUMBER,
]
GivenUnit = Annotated[
    str,
    Field(min_length=1, max_length=200, examples=["attendees"]),
    Form(r"^([a-z]+( [a-z]+)*|[A-Z]{3})$", "a plural in lower case, such as attendees, or the code of a currency"),
]
GivenDate = Annotated[str, Field(min_length=1, max_length=40, examples=["2007"])]


LEFT_OUT: Any = Field(default_factory=lambda: None)
"""What may be left out, and is not null where it is given."""


class RangeIn(In):
    """A half-open range of Unicode code points into the cable's stored copy."""

    start: Annotated[GivenOffset, Field(examples=[1036])]
    end: Annotated[GivenOffset, Field(examples=[1079])]


Ranges = Annotated[list[RangeIn], Field(min_length=1, max_length=100)]
Slugs = Annotated[list[GivenSlug], Field(max_length=50)]


class CitedIn(In):
    """Exact words of a paragraph."""

    paragraph: GivenLabel
    """Its label."""
    quote: GivenWords
    """The words, exactly as the paragraph prints them, white space folded."""
    occurrence: GivenNumber | None = None
    """Which one, from 1, where the words stand there more than once."""
    ranges: Ranges = LEFT_OUT
    """Where the words stand; found where it is left out, and held to the words where it is given."""


class CitedPatch(In):
    """What is to change of the words that a record rests on."""

    paragraph: GivenLabel = LEFT_OUT
    quote: GivenWords = LEFT_OUT
    occurrence: GivenNumber | None = None
    ranges: Ranges = LEFT_OUT
