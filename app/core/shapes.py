"""The base of every shape that goes in or out, and the bounded types its fields are made of."""

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
    ValidationInfo,
    field_validator,
)
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from app.core.literals import read_value

EXACT_MOST = 2**53
"""The largest whole number up to which all are exact in every language that reads JSON."""
Identifier = Annotated[str, Field(max_length=200)]
"""A slug, code or record id."""
Line = Annotated[str, Field(max_length=2_000)]
"""A name, title or sentence."""
Prose = Annotated[str, Field(max_length=1_000_000)]
"""A paragraph or more of text."""
Offset = Annotated[int, Field(ge=0, le=100_000_000, json_schema_extra={"format": "int64"})]
Count = Annotated[int, Field(ge=0, le=1_000_000_000, json_schema_extra={"format": "int64"})]
Number = Annotated[int, Field(ge=0, le=100_000, json_schema_extra={"format": "int32"})]
"""A small ordinal: a panel's number, a paragraph's."""

OnDay: TypeAlias = date
"""A day; the name leaves `date` free for a field or column."""
Names = Annotated[list[Annotated[str, Field(max_length=200)]], Field(max_length=100)]
"""Slugs, codes, names or ids that a filter takes; any of them."""
Numbers = Annotated[
    list[Annotated[int, Field(ge=1, le=100_000, json_schema_extra={"format": "int32"})]],
    Field(max_length=100),
]
"""Numbers that a filter takes; any of them."""


class Out(BaseModel):
    """A shape that answers are made of: every field required, none beyond those declared."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)


class In(BaseModel):
    """A shape that a body has to have; a member that is not declared here is refused, and `"1"` is no number."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, use_attribute_docstrings=True)


class Query(BaseModel):
    """The parameters of a request; one that is not declared here is refused."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)

    @field_validator("*", mode="before")
    @classmethod
    def read(cls, value: Any, info: ValidationInfo) -> Any:
        """Each value as it is spelled: see `core.literals`."""
        return read_value(value, cls.model_fields[info.field_name or ""])


class Form:
    """A form that a text has to have: a pattern for the document, and words for people who give another."""

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
            raise PydanticCustomError("form", "{words}", {"words": f"give {self.words}"})
        return text


class Reference(Out):
    """A record named in another: its id, and its name for a reader."""

    id: Identifier
    name: Line


PRINTABLE_TEXT = r"^[^\x00-\x08\x0B-\x1F\x7F-\x9F]*$"
"""Text with line feeds and tabs, and no other control characters; `core.bodies` refuses them in every text."""
GivenLine = Annotated[str, Field(min_length=1, max_length=2_000, json_schema_extra={"pattern": PRINTABLE_TEXT})]
"""A name, title or sentence that a client gives."""
GivenAddress = Annotated[
    str,
    Field(min_length=10, max_length=2_000, examples=["https://www.example.gov/a"]),
    Form(r"^https?://[!-~]+$", "an address that begins with https:// or http://, without blanks"),
]
"""The address of a web page that a client gives."""


def _exact(value: float) -> float:
    return int(value) if value.is_integer() else value


EXACT_NUMBER = PlainSerializer(_exact, return_type=Any)
"""The serializer of a number as it was given: a whole one has no fraction, zero no sign."""
