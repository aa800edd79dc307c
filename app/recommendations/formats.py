"""Summary as an SVG drawing: horizontal bars in black on white, and the same counts as text for screen readers."""

from collections.abc import Iterator
from datetime import date
from itertools import groupby
from xml.etree.ElementTree import Element, tostring

from app.recommendations.schemas import SummaryOut, TopicCount
from app.svg.canvas import add_element
from app.vocabulary import MEANINGS

WIDTH = 720
MARGIN = 16
ROW = 20
BAR = 12
BARS_FROM = 150
BARS_MOST = 500
BASELINE = 5
"""Distance from the middle of a line to the baseline of its text."""
BOLD = {"font_weight": "bold"}
NOTE = "One that is about several topics counts with each."


def draw_summary(summary: SummaryOut, *, day: date) -> str:
    """Counts by target and topic as an SVG document. Topics of each target are ordered by count, largest first."""
    source = _source(summary, day)
    lines = [*_lines(summary), "", source]
    height = 2 * MARGIN + len(lines) * ROW
    sheet = Element(
        "svg",
        {
            "xmlns": "http://www.w3.org/2000/svg",
            "width": str(WIDTH),
            "height": str(height),
            "viewBox": f"0 0 {WIDTH} {height}",
            "role": "img",
            "aria-labelledby": "title description",
            "font-family": "sans-serif",
            "font-size": "13",
        },
    )
    add_element(sheet, "title", id="title").text = _title(summary)
    add_element(sheet, "desc", id="description").text = f"{_in_words(summary)} {source} Marking: {summary.marking}."
    add_element(sheet, "rect", width=WIDTH, height=height, fill="#fff")
    most = max((cell.count for cell in summary.by_topic), default=1)
    for place, line in enumerate(lines):
        y = MARGIN + place * ROW + ROW // 2
        if isinstance(line, TopicCount):
            _draw_bar(sheet, line, y=y, length=round(BARS_MOST * line.count / most))
        else:
            _write(sheet, line, x=MARGIN, y=y, **({} if line in {NOTE, source} else BOLD))
    _write(sheet, summary.marking.value, x=WIDTH - 20, y=MARGIN + ROW // 2, **BOLD, text_anchor="end")
    return tostring(sheet, encoding="unicode")


def _title(summary: SummaryOut) -> str:
    return f"Recommendations by who is asked, and topic ({summary.recommendation_count} in all)"


def _source(summary: SummaryOut, day: date) -> str:
    """Source note: first and last cable counted, and the day of the count."""
    cables = " to ".join(summary.cables) or "none"
    return f"Source: Roundtable Register, cable{'s' if len(summary.cables) > 1 else ''} {cables}. Counted on {day}."


def _groups(summary: SummaryOut) -> Iterator[tuple[str, list[TopicCount]]]:
    """Targets as text, each with its topics, largest count first."""
    for target, cells in groupby(summary.by_topic, key=lambda cell: cell.target):
        yield MEANINGS[target], sorted(cells, key=lambda cell: -cell.count)


def _lines(summary: SummaryOut) -> Iterator[str | TopicCount]:
    """Contents of each line of the drawing: a text, which may be empty, or a bar."""
    yield _title(summary)
    yield NOTE
    for heading, cells in _groups(summary):
        yield ""
        yield heading
        yield from cells


def _in_words(summary: SummaryOut) -> str:
    said = (
        f"{heading}: {', '.join(f'{_topic(cell)} {cell.count}' for cell in cells)}."
        for heading, cells in _groups(summary)
    )
    return " ".join([NOTE, *said])


def _topic(cell: TopicCount) -> str:
    return cell.value.value.replace("_", " ")


def _draw_bar(sheet: Element, cell: TopicCount, *, y: int, length: int) -> None:
    _write(sheet, _topic(cell), x=BARS_FROM - 8, y=y, text_anchor="end")
    add_element(sheet, "rect", x=BARS_FROM, y=y - BAR // 2, width=length, height=BAR)
    _write(sheet, str(cell.count), x=BARS_FROM + length + 6, y=y)


def _write(sheet: Element, words: str, *, x: int, y: int, **style: str) -> None:
    if words:
        add_element(sheet, "text", x=x, y=y + BASELINE, **style).text = words
