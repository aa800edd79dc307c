"""Notes inside a paragraph: `(Note: ... End Note.)`, also if a page line interrupts one."""

import re

from app.cable_parser.model import Range

OPENS = re.compile(r"\(Note: ")
CLOSES = re.compile(r"End Note\.?\)\.?|End\s+Note\.?\)\.?")


def find_notes(text: str, places: tuple[Range, ...]) -> list[tuple[Range, ...]]:
    """Returns the ranges of each note, split where the paragraph is. A note that is not closed stays in the text."""
    notes: list[tuple[Range, ...]] = []
    open_at: int | None = None
    for place in places:
        at = place.start
        while at < place.end:
            form = OPENS if open_at is None else CLOSES
            found = form.search(text, at, place.end)
            if found is None:
                break
            at = found.end()
            if open_at is None:
                open_at = found.start()
            else:
                notes.append(_within(places, Range(open_at, found.end())))
                open_at = None
    return notes


def _within(places: tuple[Range, ...], whole: Range) -> tuple[Range, ...]:
    cut = (Range(max(place.start, whole.start), min(place.end, whole.end)) for place in places)
    return tuple(place for place in cut if place.start < place.end)
