"""Classification guard of texts that people write: in drafts and in curated files."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from app.cable_parser.classification import Classification, classify

Loc = tuple[int | str, ...]
VERBATIM = frozenset({"quote", "cite", "lead_in", "url", "id", "opened_on"})
"""Members with exact words of a cable, whose own guard has read them, or with no text."""
REFUSED = "has the mark of a classified document; the register stores none"
_WORDS = re.compile(r"[^a-z0-9_.:/#-]")
"""A text without such a character is a slug, a number or a date."""


def classified_texts(value: Any, loc: Loc = ()) -> Iterator[tuple[Loc, str, Classification]]:
    """Yields each text of a document with its place in it and its classification."""
    if isinstance(value, str):
        if _WORDS.search(value):
            yield loc, value, classify(value)
    elif isinstance(value, Mapping):
        for name, member in value.items():
            if name not in VERBATIM:
                yield from classified_texts(member, (*loc, name))
    elif isinstance(value, list):
        for at, member in enumerate(value):
            yield from classified_texts(member, (*loc, at))
