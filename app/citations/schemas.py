"""Request schema of citations, and the format-neutral data of a citation."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Annotated, Any

from pydantic import Field

from app.core.schemas import QueryParams
from app.vocabulary import open_list


class Form(StrEnum):
    """Citation formats."""

    TEXT = "text"
    CSL_JSON = "csl_json"
    BIBTEX = "bibtex"


MEDIA_TYPES = {
    Form.TEXT: "text/plain",
    Form.CSL_JSON: "application/vnd.citationstyles.csl+json",
    Form.BIBTEX: "application/x-bibtex",
}


class CitationQuery(QueryParams):
    format: Annotated[Form, open_list(Form), Field(examples=["bibtex"])] = Form.TEXT
    """`text` is one line to paste; `csl_json` and `bibtex` are for reference managers."""


@dataclass(frozen=True)
class CitedParagraph:
    """Paragraph by its label; `turn` is its position among the `turns` paragraphs printed with the same number."""

    label: str
    turn: int
    turns: int


@dataclass(frozen=True)
class CitedCable:
    """Cable, a paragraph of it, or exact words of that paragraph."""

    record_id: str
    cable_id: str
    sent_on: date
    post: str
    sender: str | None
    """The FM line of the header."""
    subject: str | None
    """The SUBJECT line of the header."""
    publisher: str | None
    """Publisher of the copy that the register uses. Publisher and address are null if the reader may not see the
    copy."""
    address: str | None
    paragraph: CitedParagraph | None
    quote: str | None


@dataclass(frozen=True)
class CitedPage:
    """Web page that a record was read on."""

    record_id: str
    title: str
    url: str
    published_on: date | None
    retrieved: date


Cited = CitedCable | CitedPage


def _text(example: str) -> dict[str, Any]:
    return {"type": "string", "maxLength": 1_000_000, "examples": [example]}


_DATE: dict[str, Any] = {
    "type": "object",
    "required": ["date-parts"],
    "properties": {
        "date-parts": {
            "type": "array",
            "minItems": 1,
            "maxItems": 1,
            "items": {
                "type": "array",
                "minItems": 3,
                "maxItems": 3,
                "items": {"type": "integer", "format": "int32", "minimum": 1, "maximum": 9999},
            },
            "examples": [[[2008, 2, 14]]],
        }
    },
}
_NAME: dict[str, Any] = {
    "type": "object",
    "required": ["literal"],
    "properties": {"literal": _text("US Embassy Nowhere")},
}
CSL_JSON: dict[str, Any] = {
    "description": "CSL-JSON data, as the Citation Style Language defines it: a list of one item.",
    "type": "array",
    "minItems": 1,
    "maxItems": 1,
    "items": {
        "type": "object",
        "required": ["id", "type", "title"],
        "properties": {
            "id": _text("08NOWHERE123-R001"),
            "type": _text("report"),
            "genre": _text("Diplomatic cable"),
            "number": _text("08NOWHERE123"),
            "title": _text("NOWHERE/KITES: A MADE-UP ROUNDTABLE ON KITES AND SEEDS"),
            "author": {"type": "array", "minItems": 1, "maxItems": 1, "items": _NAME},
            "issued": _DATE,
            "accessed": _DATE,
            "section": _text("para. 2"),
            "locator": _text("2"),
            "source": _text("Nobody"),
            "URL": _text("https://www.example.org/nowhere/08NOWHERE123"),
            "note": _text("publish a yearly list of registered kite patterns"),
        },
    },
}
"""Subset of CSL-JSON used here. The fields of an item depend on the cited record."""
SHAPES: dict[Form, dict[str, Any]] = {
    Form.TEXT: _text('US Embassy Nowhere, "NOWHERE/KITES: ...," cable 08NOWHERE123, 14 February 2008, para. 2; ...'),
    Form.CSL_JSON: CSL_JSON,
    Form.BIBTEX: _text("@techreport{08NOWHERE123-R001,\n  ...\n}\n"),
}
"""Response schema of each format, for the OpenAPI document."""
