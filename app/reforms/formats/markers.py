"""Markers of events: solid for occurred, hollow for expected, a bar for the days that an uncertain date allows."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Self
from xml.etree.ElementTree import Element

from app.reforms.formats.scale import Scale, mark_day
from app.reforms.schemas import EventOut
from app.svg.canvas import (
    BLACK,
    DARK,
    GREY,
    LIGHT,
    MARGIN,
    SMALL,
    TEXT,
    WHITE,
    WIDTH,
    SvgCanvas,
    add_element,
    add_text,
    add_title,
    width_of,
)
from app.vocabulary import STAGE_LINE, EventKind, Stage

_NUMBER = 12
ARROW = 34
"""Length of the dashes of an open date."""


@dataclass(frozen=True)
class MarkerStyle:
    """Style of a marker: circle for the reform's own text, square for an instrument, tick for no stage."""

    shape: str
    hollow: bool

    @classmethod
    def of(cls, event: EventOut) -> Self:
        own = "circle" if event.stage else "tick"
        return cls("square" if event.instrument else own, event.kind is EventKind.EXPECTED)

    @property
    def ink(self) -> str:
        return GREY if self.shape == "square" else BLACK


@dataclass(frozen=True)
class EventMarker:
    """Event with its position on the time scale."""

    event: EventOut
    x: float
    start: float
    end: float
    """Ends of the bar of the days that the date allows; both equal `x` if the date is one day."""
    caption: str
    label: str = ""

    @classmethod
    def of(cls, event: EventOut, scale: Scale, *, caption: str, label: str = "") -> Self:
        x = scale.x(mark_day(event))
        start = scale.x(event.earliest) if event.earliest else x - ARROW
        end = scale.x(event.latest) if event.latest else x + ARROW
        return cls(event, x, start, end, caption, label)

    def reach(self, size: float) -> tuple[float, float]:
        """Horizontal extent of the spot, with its bar and its number."""
        right = size
        if MarkerStyle.of(self.event).shape == "tick":
            right = 5 + width_of(self.label, _NUMBER, bold=True)
        return min(self.start, self.x - size), max(self.end, self.x + right)


def draw_mark(parent: Element, at: tuple[float, float], look: MarkerStyle, *, size: float, label: str = "") -> None:
    """Draws a marker with its number. `size` is the distance from its middle to its edge."""
    x, y = at
    fill = WHITE if look.hollow else look.ink
    if look.shape == "circle" and look.hollow:
        add_element(parent, "circle", cx=x, cy=y, r=size - 1, fill=fill, stroke=look.ink, stroke_width=2)
    elif look.shape == "circle":
        add_element(parent, "circle", cx=x, cy=y, r=size, fill=fill, stroke=WHITE, stroke_width=1)
    elif look.shape == "square":
        side = 1.7 * size
        fill = WHITE if look.hollow else LIGHT
        corner = {"x": x - side / 2, "y": y - side / 2}
        add_element(parent, "rect", **corner, width=side, height=side, fill=fill, stroke=look.ink, stroke_width=1.5)
    else:
        box = {"x": x - size / 6, "y": y - size, "width": size / 3, "height": 2 * size}
        add_element(parent, "rect", **box, fill=fill, stroke=look.ink, stroke_width=1)
    if label:
        beside = look.shape == "tick"
        ink = WHITE if look.shape == "circle" and not look.hollow else BLACK
        place = (x + 5, y - 2) if beside else (x, y + 4.4)
        anchor = "start" if beside else "middle"
        add_text(parent, place, label, font_size=_NUMBER, font_weight="bold", text_anchor=anchor, fill=ink)


def draw_bar(parent: Element, spot: EventMarker, y: float, *, thick: float = 5) -> None:
    """Draws the days that the date allows as a bar; open ends are dashes with an arrow head."""
    look = MarkerStyle.of(spot.event)
    open_ends = [end for end, day in ((spot.start, spot.event.earliest), (spot.end, spot.event.latest)) if day is None]
    if spot.event.earliest and spot.event.latest and spot.end > spot.start:
        box = {"x": spot.start, "y": y - thick / 2, "width": spot.end - spot.start, "height": thick}
        fill = WHITE if look.hollow else look.ink
        add_element(parent, "rect", class_="bar", **box, fill=fill, stroke=look.ink, stroke_width=1)
    for end in open_ends:
        draw_arrow(parent, (spot.x, end), y, look.ink)


def draw_arrow(parent: Element, ends: tuple[float, float], y: float, ink: str) -> None:
    start, end = ends
    back = 7 if end < start else -7
    dashes: dict[str, str | float] = {"stroke": ink, "stroke_width": 2, "stroke_dasharray": "4 3"}
    add_element(parent, "line", class_="open", x1=start, x2=end + back, y1=y, y2=y, **dashes)
    head = f"{end:.1f},{y:.1f} {end + back:.1f},{y - 4:.1f} {end + back:.1f},{y + 4:.1f}"
    add_element(parent, "polygon", class_="open", points=head, fill=ink)


def draw_event(sheet: SvgCanvas, spot: EventMarker, y: float, *, size: float) -> None:
    """Draws bar and marker of an event, both with a tooltip."""
    look, event = MarkerStyle.of(spot.event), spot.event
    if (spot.start, spot.end) != (spot.x, spot.x):
        dates = add_element(sheet.bars, "g", class_="dates")
        add_title(dates, spot.caption)
        draw_bar(dates, spot, y, thick=size / 2)
    mark = add_element(sheet.marks, "g", id=f"mark-{event.id}", class_=f"mark {event.kind.value} {look.shape}")
    add_title(mark, spot.caption)
    draw_mark(mark, (spot.x, y), look, size=size, label=spot.label)


Sample = Callable[[Element, float, float], None]


def sample(look: MarkerStyle, *, size: float, label: str = "") -> Sample:
    """Returns a marker as a legend sample."""
    return lambda parent, x, y: draw_mark(parent, (x, y), look, size=size, label=label)


def bar_sample(*, size: float) -> Sample:
    """Returns an uncertain date as a legend sample."""

    def show(parent: Element, x: float, y: float) -> None:
        add_element(parent, "rect", class_="sample", x=x - 20, y=y - size / 4, width=32, height=size / 2, fill=BLACK)
        draw_mark(parent, (x + 12, y), MarkerStyle("circle", hollow=False), size=size)

    return show


def arrow_sample(*, size: float) -> Sample:
    """Returns a date that is open towards the past as a legend sample."""

    def show(parent: Element, x: float, y: float) -> None:
        draw_arrow(parent, (x + 12, x - 22), y, BLACK)
        draw_mark(parent, (x + 12, y), MarkerStyle("circle", hollow=False), size=size)

    return show


def line_sample(dashes: str, *, width: float, ink: str = DARK) -> Sample:
    """Returns a line as a legend sample."""

    def show(parent: Element, x: float, y: float) -> None:
        look: dict[str, str | float] = {"stroke": ink, "stroke_width": width, "stroke_dasharray": dashes}
        add_element(parent, "line", class_="sample", x1=x - 20, x2=x + 20, y1=y, y2=y, **look)

    return show


def samples_of(spots: list[EventMarker], *, size: float, ring: float) -> list[tuple[Sample, str]]:
    """Returns the legend of the markers and bars that these spots use."""
    looks = [MarkerStyle.of(spot.event) for spot in spots]
    events = [spot.event for spot in spots]
    uncertain = any(spot.event.earliest and spot.event.latest and spot.end > spot.start for spot in spots)
    shown = [
        (any(look == MarkerStyle("circle", hollow=False) for look in looks), "circle", False, "occurred"),
        (any(look.hollow for look in looks), "circle", True, "expected"),
        (any(look.shape == "square" for look in looks), "square", False, "an instrument of its own"),
        (any(look.shape == "tick" for look in looks), "tick", False, "an event that brought no stage"),
    ]
    samples = [
        (sample(MarkerStyle(shape, hollow), size=ring if hollow else size), meaning)
        for there, shape, hollow, meaning in shown
        if there
    ]
    if uncertain:
        samples.append((bar_sample(size=size), "days that an uncertain date allows, the mark on the last"))
    after = any(event.latest is None for event in events)
    if after or any(event.earliest is None for event in events):
        meaning = "a date that is open where the arrow points" if after else "on that day or before"
        samples.append((arrow_sample(size=size), meaning))
    return samples


def draw_legend(sheet: SvgCanvas, samples: list[tuple[Sample, str]], *, top: float) -> float:
    """Draws the legend in rows as wide as the drawing. Returns the y below it."""
    x, y = float(MARGIN), top + TEXT
    for show, meaning in samples:
        room = 60 + width_of(meaning, SMALL + 1)
        if x > MARGIN and x + room > WIDTH - MARGIN:
            x, y = float(MARGIN), y + 26
        show(sheet.words, x + 22, y)
        add_text(sheet.words, (x + 54, y + 5), meaning, font_size=SMALL + 1)
        x += room + 16
    return y + 20


def advances(spots: list[EventMarker]) -> list[EventMarker]:
    """Returns the events of one round that moved its own text forward, or beside the line, in order of time."""
    far, moved, stages = 0, [], list(Stage)
    ranked = [
        (mark_day(spot.event), stages.index(spot.event.stage), spot)
        for spot in spots
        if spot.event.stage and MarkerStyle.of(spot.event) == MarkerStyle("circle", hollow=False)
    ]
    for _, rank, spot in sorted(ranked, key=lambda entry: entry[:2]):
        beside = spot.event.stage not in STAGE_LINE
        if beside or rank >= far:
            far = 0 if beside else rank
            moved.append(spot)
    return moved
