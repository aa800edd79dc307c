"""Classification guard of drafts: rejects texts with a classification mark, or with one above the record's marking."""

from collections.abc import Mapping
from typing import Any

from app.cable_parser.sensitivity import has_sensitive_mark
from app.core.errors import invalid_body_field
from app.records.marked_texts import REFUSED, classified_texts


def check_classification(content: Mapping[str, Any], *, at_u: bool) -> None:
    """Rejects content with a text of a classified document, and if readers of U get it, one with any mark above U."""
    for loc, text, found in classified_texts(content):
        pointer = "".join(f"/{step}" for step in loc)
        if found.refusals:
            raise invalid_body_field(pointer, REFUSED)
        if at_u and (found.doubts or has_sensitive_mark(text)):
            raise invalid_body_field(pointer, "has a mark above U, but readers of U get this text; remove the mark")
