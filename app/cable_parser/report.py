"""Parse report of a copy, to be compared with it by a person: places, kinds and markings, never the text."""

import textwrap
from bisect import bisect
from collections import Counter
from collections.abc import Iterable

from app.cable_parser.model import ParsedCable, Range

WIDTH = 100


def report(text: str, finding: ParsedCable) -> list[str]:
    """Returns the lines of the report. Each number beside a name is a line number."""
    at = _Lines(text)
    fields = finding.header.fields
    present = [f"{one.name} {at.of(one.place)}" for one in fields if one.place is not None]
    claimed = [one.place for one in fields if one.place is not None]
    raised = [one.label for one in finding.paragraphs if one.marking != one.portion_mark]
    # A header field without its usual form is still parsed.
    lost = [start for start in finding.unclear if not any(one.start <= start < one.end for one in claimed)]
    readers = "U" if finding.is_clear else "SBU alone"
    parts = {
        "marking": [f"{finding.marking}, of the document {finding.classification.marking}, the copy for {readers}"],
        "header fields": present,
        "absent": [one.name for one in fields if one.place is None],
        "headings": [at.of(one.place) for one in finding.headings],
        "paragraphs": [f"{one.label} ({one.portion_mark}) {at.of(_whole(one.places))}" for one in finding.paragraphs],
        "not all understood": raised,
        "damages": [f"{kind} {count}" for kind, count in Counter(one.kind for one in finding.damages).items()],
        "doubts": [f"line {mark.line}: {mark.kind}" for mark in finding.classification.doubts],
        "lines of nothing": list(at.collapsed(lost)),
    }
    return [line for name, values in parts.items() for line in _entry(name, values)]


def _whole(places: tuple[Range, ...]) -> Range:
    return Range(places[0].start, places[-1].end)


def _entry(name: str, values: list[str]) -> list[str]:
    together = ", ".join(value.replace(" ", "\0") for value in values) or "none"
    wrapped = textwrap.wrap(
        f"{name}: {together}",
        WIDTH,
        initial_indent="  ",
        subsequent_indent="    ",
        break_long_words=False,
        break_on_hyphens=False,
    )
    return [line.replace("\0", " ") for line in wrapped]


class _Lines:
    """Start offsets of lines."""

    def __init__(self, text: str) -> None:
        self._starts = [0, *(place + 1 for place, character in enumerate(text) if character == "\n")]

    def number(self, offset: int) -> int:
        return bisect(self._starts, offset)

    def of(self, place: Range) -> str:
        return _spelled(self.number(place.start), self.number(max(place.start, place.end - 1)))

    def collapsed(self, offsets: Iterable[int]) -> Iterable[str]:
        """Merges neighboring lines into ranges."""
        first = last = 0
        for number in map(self.number, offsets):
            if last and number > last + 1:
                yield _spelled(first, last)
            first = first if last and number <= last + 1 else number
            last = number
        if last:
            yield _spelled(first, last)


def _spelled(first: int, last: int) -> str:
    return str(first) if first == last else f"{first}-{last}"
