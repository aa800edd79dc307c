"""Time scale of a drawing: days to units, with years and, if they fit, quarters."""

from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import Self
from xml.etree.ElementTree import Element

from app.reforms.formats.captions import day_in_words
from app.reforms.schemas import EventOut, ReformDetailOut
from app.svg.canvas import BLACK, DARK, GREY, LIGHT, SMALL, SvgCanvas, add_element, add_text, width_of

_GAP = 90
"""Width of the break in an axis, up to the `as_of` day."""
_QUARTERS = {4: "Apr", 7: "Jul", 10: "Oct"}
_STEPS = (1, 2, 5, 10, 20, 50, 100)


def mark_day(event: EventOut) -> date:
    """Returns the day of an event's marker: the last day that its date allows, since the event counts from then."""
    return event.latest or event.earliest or event.known_from


@dataclass(frozen=True)
class Scale:
    first: date
    last: date
    left: float
    right: float
    as_of: date
    """The `as_of` day; after a break in the axis if it is long after the last event."""

    @classmethod
    def over(cls, reforms: list[ReformDetailOut], *, left: float, right: float) -> Self:
        """Returns a scale in whole years.

        It covers all days that the events allow, and the `as_of` day unless that is beyond a break.
        """
        as_of = reforms[0].as_of
        events = [event for reform in reforms for event in reform.timeline]
        days = {day for event in events for day in (event.earliest, event.latest, mark_day(event)) if day} or {as_of}
        first, last = min(days), max(days)
        if as_of.year - last.year > 2 + 0.75 * (last.year - first.year):
            right -= _GAP
        else:
            first, last = min(first, as_of), max(last, as_of)
        return cls(date(first.year, 1, 1), date(last.year, 12, 31), left, right, as_of)

    def x(self, day: date) -> float:
        if day > self.last:
            return self.right + _GAP
        return self.left + (day - self.first).days * (self.right - self.left) / (self.last - self.first).days

    def start(self, year: int) -> float:
        """Returns the x of the start of a year, up to the year after the last."""
        return self.right if year > self.last.year else self.x(date(year, 1, 1))

    @property
    def broken(self) -> bool:
        return self.as_of > self.last

    @property
    def years(self) -> list[int]:
        """Years with a label, as many as fit."""
        every = range(self.first.year, self.last.year + 2)
        room = (self.right - self.left) / (len(every) - 1)
        step = next((step for step in _STEPS if room * step >= width_of("2000 ", SMALL)), _STEPS[-1])
        return [year for year in every if year % step == 0]

    @property
    def quarters(self) -> list[date]:
        every = range(self.first.year, self.last.year + 1)
        if (self.right - self.left) / len(every) < 4 * width_of("2000 ", SMALL):
            return []
        return [date(year, month, 1) for year in every for month in _QUARTERS]


def draw_axis(sheet: SvgCanvas, scale: Scale, *, top: float, bottom: float) -> float:
    """Draws the years as faint lines from top to bottom with labels below. Returns the y below them."""
    for year in range(scale.first.year, scale.last.year + 2):
        x = scale.start(year)
        add_element(
            sheet.background, "line", class_="year", x1=x, x2=x, y1=top, y2=bottom, stroke=LIGHT, stroke_width=1
        )
        long = 8 if year in scale.years else 4
        add_element(sheet.background, "line", class_="tick", x1=x, x2=x, y1=bottom, y2=bottom + long, stroke=BLACK)
    base = bottom + SMALL + 10
    for year in scale.years:
        add_text(sheet.words, (scale.start(year), base), str(year), font_size=SMALL, text_anchor="middle")
    for day in scale.quarters:
        x = scale.x(day)
        add_element(sheet.background, "line", class_="tick", x1=x, x2=x, y1=bottom, y2=bottom + 4, stroke=GREY)
        look: dict[str, str | float] = {"font_size": SMALL - 1, "text_anchor": "middle", "fill": DARK}
        add_text(sheet.words, (x, base), _QUARTERS[day.month], **look)
    ends = [scale.left - 30, scale.right + 20, scale.right + 34, scale.right + _GAP + 14]
    parts = [(ends[0], ends[1]), (ends[2], ends[3])] if scale.broken else [(ends[0], scale.right + 20)]
    for start, end in parts:
        add_element(sheet.background, "line", class_="axis", x1=start, x2=end, y1=bottom, y2=bottom, stroke=BLACK)
    if scale.broken:
        _break(sheet.background, (ends[1], ends[2]), bottom)
    return base + 6


def _break(parent: Element, xs: tuple[float, float], y: float) -> None:
    for x in xs:
        add_element(
            parent, "line", class_="break", x1=x - 4, x2=x + 4, y1=y + 8, y2=y - 8, stroke=BLACK, stroke_width=1.5
        )


def draw_as_of(sheet: SvgCanvas, scale: Scale, *, top: float, bottom: float) -> None:
    """Draws the `as_of` day: its label at the top, and a line from there to the bottom."""
    x, name = scale.x(scale.as_of), f"as of {day_in_words(scale.as_of)}"
    look: dict[str, str | float] = {"stroke": BLACK, "stroke_width": 1.5, "stroke_dasharray": "7 4"}
    add_element(sheet.lines, "line", class_="as-of", x1=x, x2=x, y1=top + SMALL + 6, y2=bottom, **look)
    half, (left, right) = width_of(name, SMALL, bold=True) / 2, (scale.left - 30, scale.right + 20)
    if scale.broken:
        right += _GAP - 6
    middle = min(max(x, left + half), right - half)
    at = (middle, top + SMALL)
    add_text(sheet.words, at, name, font_size=SMALL, font_weight="bold", text_anchor="middle")


def spread(spans: list[tuple[float, float]], *, apart: float = 3) -> list[int]:
    """Returns for each span the first lane in which it overlaps no earlier span."""
    lanes: list[list[tuple[float, float]]] = []
    chosen = []
    for start, end in spans:
        free = (
            place
            for place, lane in enumerate(lanes)
            if all(end + apart <= other[0] or start >= other[1] + apart for other in lane)
        )
        place = next(free, len(lanes))
        if place == len(lanes):
            lanes.append([])
        lanes[place].append((start, end))
        chosen.append(place)
    return chosen


def steps(points: list[tuple[float, float]]) -> str:
    """Returns a step path through the points, level up to the x of the next point."""
    moves = [f"M{points[0][0]:.1f} {points[0][1]:.1f}"]
    moves += [f"H{x:.1f}V{y:.1f}" for _, (x, y) in pairwise(points)]
    return "".join(moves)
