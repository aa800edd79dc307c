"""Base Pydantic models for requests and responses, and bounded field types."""

import re
from datetime import date
from typing import Annotated, Any, TypeAlias

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    PlainSerializer,
    field_validator,
)
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from app.core.literals import read_value

EXACT_MOST = 2**53
"""Largest integer up to which every integer is exact in every language that parses JSON."""
TEXT_MOST = 4_000
"""Maximum characters of a name, title or sentence: one bound for requests, curated files and responses."""
SLUG_MOST = 120
"""Maximum characters of a slug: one bound for curated files, requests and paths."""
RECORD_ID_MOST = 130
"""Maximum characters of the longest ids: a slug and a number."""
Identifier = Annotated[str, Field(max_length=200)]
"""A slug, code or record id."""
ShortText = Annotated[str, Field(max_length=TEXT_MOST)]
"""A name, title or sentence."""
LongText = Annotated[str, Field(max_length=1_000_000)]
"""A paragraph or more of text."""
Offset = Annotated[int, Field(ge=0, le=100_000_000, json_schema_extra={"format": "int64"})]
Count = Annotated[int, Field(ge=0, le=1_000_000_000, json_schema_extra={"format": "int64"})]
Number = Annotated[int, Field(ge=0, le=100_000, json_schema_extra={"format": "int32"})]
"""A small ordinal: a panel's number, a paragraph's."""

OnDay: TypeAlias = date
"""Alias of `date`, for classes with a field or column called `date`."""
Names = Annotated[list[Annotated[str, Field(min_length=1, max_length=200)]], Field(max_length=100)]
"""Slugs, codes, names or ids of a filter, which matches any of them."""
Numbers = Annotated[
    list[Annotated[int, Field(ge=1, le=100_000, json_schema_extra={"format": "int32"})]],
    Field(max_length=100),
]
"""Numbers of a filter, which matches any of them."""


class ResponseModel(BaseModel):
    """Base model of responses: every field is required, and further fields are forbidden."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)


class RequestModel(BaseModel):
    """Base model of request bodies: undeclared members are rejected, and types are strict (`"1"` is not a number)."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, use_attribute_docstrings=True)


class QueryParams(BaseModel):
    """Base model of query parameters: undeclared parameters are rejected."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)

    read = field_validator("*", mode="before")(read_value)


class TextPattern:
    """Format of a string: a pattern for the OpenAPI document, and words for the validation error."""

    def __init__(self, pattern: str, words: str) -> None:
        self.pattern = pattern
        self.words = words
        self._whole = re.compile(pattern)

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_after_validator_function(self._check, handler(source))

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        return {**handler(schema), "pattern": self.pattern}

    def _check(self, text: str) -> str:
        if not self._whole.fullmatch(text):
            raise PydanticCustomError("form", "{words}", {"words": f"must be {self.words}"})
        return text


class Reference(ResponseModel):
    """Reference to another record: its id, and its name for readers."""

    id: Identifier
    name: ShortText


PRINTABLE_TEXT = r"^[^\x00-\x08\x0B-\x1F\x7F-\x9F]*$"
"""Text with line feeds and tabs, and no other control characters; `core.strict_json` refuses them in every text."""
InputShortText = Annotated[
    str, Field(min_length=1, max_length=TEXT_MOST, json_schema_extra={"pattern": PRINTABLE_TEXT})
]
"""A name, title or sentence from a client."""
_LABEL = "[A-Za-z0-9]([A-Za-z0-9_-]{0,61}[A-Za-z0-9])?"
_PORT = "[1-9][0-9]{0,3}|[1-5][0-9]{4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5]"
WEB_URL = rf"^https?://({_LABEL}\.)*[A-Za-z]([A-Za-z0-9-]{{0,61}}[A-Za-z0-9])?\.?(:({_PORT}))?([/?#][!-~]*)?$"
"""URL of a web page. Its host is a name: no address, no user before it, and nothing on which parsers disagree."""
InputUrl = Annotated[
    str,
    Field(min_length=10, max_length=2_000, examples=["https://www.example.gov/a"]),
    TextPattern(
        WEB_URL,
        "a URL in ASCII that begins with https:// or http:// in lower case and the name of a host; "
        "write \u00fc as %C3%BC",
    ),
]
"""The URL of a web page, from a client."""


def _exact(value: float) -> float:
    return int(value) if value.is_integer() else value


EXACT_NUMBER = PlainSerializer(_exact, return_type=Any)
"""Serializer of an exact number: a whole one without a fraction, zero without a sign."""
