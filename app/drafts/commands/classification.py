"""Classification guard of drafts: rejects texts with a classification mark, or with one above the record's marking."""

from collections.abc import Iterator, Mapping
from typing import Any

from app.cable_parser.classification import classify
from app.cable_parser.sensitivity import has_sensitive_mark
from app.core.errors import invalid_body_field

VERBATIM = frozenset({"quote", "cite", "lead_in", "url", "id", "opened_on"})
"""Members with exact words of a cable, whose own guard has read them, or with no text."""


def check_classification(content: Mapping[str, Any], *, at_u: bool) -> None:
    """Rejects content with a text of a classified document, and if readers of U get it, one with any mark above U."""
    for pointer, text in _texts(content, ""):
        found = classify(text)
        if found.refusals:
            raise invalid_body_field(pointer, "has the mark of a classified document; the register stores none")
        if at_u and (found.doubts or has_sensitive_mark(text)):
            raise invalid_body_field(pointer, "has a mark above U, but readers of U get this text; remove the mark")


def _texts(value: Any, pointer: str) -> Iterator[tuple[str, str]]:
    """Yields each text with its JSON pointer."""
    if isinstance(value, str):
        yield pointer, value
    elif isinstance(value, Mapping):
        for name, member in value.items():
            if name not in VERBATIM:
                yield from _texts(member, f"{pointer}/{name}")
    elif isinstance(value, list):
        for at, member in enumerate(value):
            yield from _texts(member, f"{pointer}/{at}")
