"""Timeline drawing of one reform: stages upwards, dates to the right, and a numbered key of the events."""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise

from app.reforms.formats import captions
from app.reforms.formats.markers import (
    EventMarker,
    MarkerStyle,
    Sample,
    advances,
    draw_event,
    draw_legend,
    draw_mark,
    line_sample,
    samples_of,
)
from app.reforms.formats.scale import Scale, draw_as_of, draw_axis, spread, steps
from app.reforms.schemas import EventOut, ReformDetailOut
from app.svg.canvas import (
    BLACK,
    DARK,
    GREY,
    LEADING,
    LIGHT,
    MARGIN,
    PALE,
    SMALL,
    WIDTH,
    SvgCanvas,
    add_element,
    add_text,
    add_text_lines,
    draw_heading,
    draw_note,
    width_of,
    wrap,
)
from app.vocabulary import STAGE_LINE, STAGES_OFF_THE_LINE, EventKind, Stage

_PLOT = 226
"""Left edge of the rows; the names of the stages are to the left of it."""
_SIZE = 10
_LANE = 24
_DASHES = ("none", "9 4", "2 4", "12 4 2 4")
_COLUMNS = {"Date": 60, "Stage": 290, "What happened, or was expected": 514}


@dataclass(frozen=True)
class _Row:
    """Row of a stage, or of the events without a stage (null), with its spots in lanes."""

    stage: Stage | None
    spots: list[EventMarker]
    lanes: list[int]

    @property
    def height(self) -> float:
        return max([18, *((lane + 1) * _LANE + 4 for lane in self.lanes)])


@dataclass(frozen=True)
class _Way:
    """Path of a round's own text from stage to stage, with the dashes of its line."""

    name: str
    own: list[EventMarker]
    moved: list[EventMarker]
    dashes: str


def draw_reform(reform: ReformDetailOut) -> str:
    """SVG document of one reform: its events by stage and date, for one `as_of` and one `known_at`."""
    sheet = SvgCanvas(
        reform.slug, title=f"{reform.name}: timeline of the reform", description=captions.describe(reform)
    )
    lines = [
        f"Stage: {captions.stage_in_words(reform)}",
        captions.clocks_in_words(reform),
        captions.prospects_in_words(reform),
    ]
    y = draw_heading(sheet, reform.name, lines, marking=captions.highest_marking([reform]).value)
    if not reform.timeline:
        return sheet.finish(draw_note(sheet, captions.nothing_yet(reform), top=y) + MARGIN)
    event_captions = captions.EventCaptions(reform)
    scale = Scale.over([reform], left=_PLOT + 40, right=WIDTH - MARGIN - 24)
    spots = [
        EventMarker.of(event, scale, caption=event_captions.caption(event), label=str(event_captions.numbers[event.id]))
        for event in reform.timeline
    ]
    ways = _ways(reform, spots)
    y = _draw_chart(sheet, scale, ways, spots, top=y)
    y = draw_legend(sheet, _legend(ways, spots), top=y + 4)
    if any(event.stage for event in reform.timeline):
        y = add_text_lines(sheet.words, (MARGIN, y + 8), [captions.ABBREVIATIONS], font_size=SMALL, fill=DARK)
    return sheet.finish(_draw_key(sheet, event_captions, reform.timeline, top=y + 8) + MARGIN)


def _ways(reform: ReformDetailOut, spots: list[EventMarker]) -> list[_Way]:
    ways: list[_Way] = []
    lines = 0
    for entry in reform.rounds:
        here = [spot for spot in spots if spot.event.round == entry.number]
        if here:
            moved = advances(here)
            own = [spot for spot in here if spot.event.instrument is None] or here
            name, *rest = wrap(entry.name, WIDTH - MARGIN - _PLOT - SMALL, SMALL)
            ways.append(
                _Way(
                    f"{name}…" if rest else name,
                    own,
                    moved,
                    _DASHES[lines % len(_DASHES)] if len(moved) > 1 else "none",
                )
            )
            lines += len(moved) > 1
    return ways


def _draw_chart(sheet: SvgCanvas, scale: Scale, ways: list[_Way], spots: list[EventMarker], *, top: float) -> float:
    named = _draw_rounds(sheet, ways, top=top)
    rows_top = y = named + 24
    places: dict[str, float] = {}
    for row in _rows(ways, spots):
        if row.stage is None or row.stage is STAGES_OFF_THE_LINE[0]:
            y += 8
        _draw_row(sheet, row, top=y)
        places |= {spot.event.id: y + 13 + lane * _LANE for spot, lane in zip(row.spots, row.lanes, strict=True)}
        y += row.height
    bottom = draw_axis(sheet, scale, top=rows_top, bottom=y + 6)
    draw_as_of(sheet, scale, top=named, bottom=y + 6)
    _draw_ways(sheet, ways, places)
    _draw_met(sheet, spots, places)
    for spot in spots:
        draw_event(sheet, spot, places[spot.event.id], size=_SIZE)
    return bottom


def _rows(ways: list[_Way], spots: list[EventMarker]) -> list[_Row]:
    """Rows of all stages, the furthest on top, those beside the line below; one more for events without a stage."""
    stages: list[Stage | None] = [*reversed(STAGE_LINE), *STAGES_OFF_THE_LINE]
    if all(spot.event.stage is None for spot in spots):
        stages = []
    if any(spot.event.stage is None for spot in spots):
        stages.append(None)
    level = {before.event.id: after.start - _SIZE - 4 for way in ways for before, after in pairwise(way.moved)}
    rows = []
    for stage in stages:
        here = [spot for spot in spots if spot.event.stage is stage]
        here.sort(key=lambda spot: (MarkerStyle.of(spot.event).shape, MarkerStyle.of(spot.event).hollow, spot.x))
        spans = [
            (start, max(end, level.get(spot.event.id, end))) for spot in here for start, end in [spot.reach(_SIZE)]
        ]
        rows.append(_Row(stage, here, spread(spans)))
    return rows


def _draw_row(sheet: SvgCanvas, row: _Row, *, top: float) -> None:
    shade: dict[str, str | float] = {"x": MARGIN, "width": WIDTH - 2 * MARGIN, "fill": PALE}
    add_element(sheet.background, "rect", class_="row", y=top, height=row.height - 2, **shade)
    name = captions.in_words(row.stage) if row.stage else "No stage"
    ink = BLACK if row.spots else GREY
    slant = "italic" if row.stage in STAGES_OFF_THE_LINE else "normal"
    place = (MARGIN + 6, top + (row.height - 2) / 2 + 5)
    add_text(sheet.words, place, name, font_size=SMALL + 1, fill=ink, font_style=slant)
    for lane in sorted(set(row.lanes)) if row.stage is None else []:
        y = top + 13 + lane * _LANE
        add_element(sheet.background, "line", class_="base", x1=_PLOT, x2=WIDTH - MARGIN, y1=y, y2=y, stroke=GREY)


def _draw_rounds(sheet: SvgCanvas, ways: list[_Way], *, top: float) -> float:
    """Draws the name of each round over the rows, above a line over its events. Returns the y below."""
    ends = [(min(spot.x for spot in way.own) - _SIZE, max(spot.x for spot in way.own) + _SIZE) for way in ways]
    rooms = [width_of(way.name, SMALL) for way in ways]
    lefts = [max(_PLOT, min(start, WIDTH - MARGIN - room)) for (start, _), room in zip(ends, rooms, strict=True)]
    spans = [(left, max(left + room, end)) for left, room, (_, end) in zip(lefts, rooms, ends, strict=True)]
    lanes = spread(spans, apart=14)
    for way, left, (start, end), lane in zip(ways, lefts, ends, lanes, strict=True):
        y = top + lane * 26 + SMALL
        add_text(sheet.words, (left, y), way.name, font_size=SMALL)
        look: dict[str, str | float] = {"stroke": DARK, "stroke_width": 2.5, "stroke_dasharray": way.dashes}
        add_element(sheet.lines, "line", class_="round", x1=start, x2=end, y1=y + 6, y2=y + 6, **look)
    return top + 26 * (max(lanes, default=-1) + 1) + 4


def _draw_ways(sheet: SvgCanvas, ways: list[_Way], places: Mapping[str, float]) -> None:
    for way in ways:
        if len(way.moved) > 1:
            path = steps([(spot.x, places[spot.event.id]) for spot in way.moved])
            look: dict[str, str | float] = {"stroke": DARK, "stroke_width": 2.5, "stroke_dasharray": way.dashes}
            add_element(sheet.lines, "path", class_="way", d=path, fill="none", **look)


def _draw_met(sheet: SvgCanvas, spots: list[EventMarker], places: Mapping[str, float]) -> None:
    """Draws a line from each expectation to the event that fulfilled it."""
    xs = {spot.event.id: spot.x for spot in spots}
    for spot in spots:
        met = spot.event.fulfilled_by
        if met and met in places:
            ends = {"x1": spot.x, "y1": places[spot.event.id], "x2": xs[met], "y2": places[met]}
            add_element(
                sheet.lines, "line", class_="met", **ends, stroke=GREY, stroke_width=1.5, stroke_dasharray="2 3"
            )


def _legend(ways: list[_Way], spots: list[EventMarker]) -> list[tuple[Sample, str]]:
    samples = samples_of(spots, size=_SIZE, ring=_SIZE)
    if any(len(way.moved) > 1 for way in ways):
        samples.append((line_sample("none", width=2.5), "way of a round, as named above the picture"))
    if any(spot.event.fulfilled_by for spot in spots):
        samples.append((line_sample("2 3", width=1.5, ink=GREY), "from an expectation to what met it"))
    return samples


def _draw_key(
    sheet: SvgCanvas, event_captions: captions.EventCaptions, timeline: list[EventOut], *, top: float
) -> float:
    """Draws the table of events: number, date, stage and text; returns the y below."""
    y = top + SMALL
    for heading, x in _COLUMNS.items():
        add_text(sheet.words, (x, y), heading, font_size=SMALL + 1, font_weight="bold")
    y += 10
    for event in timeline:
        add_element(sheet.background, "line", class_="rule", x1=MARGIN, x2=WIDTH - MARGIN, y1=y, y2=y, stroke=LIGHT)
        y = _draw_entry(sheet, event_captions, event, top=y)
    return y


def _draw_entry(sheet: SvgCanvas, event_captions: captions.EventCaptions, event: EventOut, *, top: float) -> float:
    size = SMALL + 1
    y = top + LEADING * size
    look = MarkerStyle.of(event)
    x = MARGIN + (6 if look.shape == "tick" else 14)
    draw_mark(sheet.words, (x, y - 4), look, size=_SIZE, label=str(event_captions.numbers[event.id]))
    cells: list[list[str | None]] = [
        [captions.when(event), captions.said(event)],
        [
            captions.in_words(event.stage) if event.stage else "no stage",
            event_captions.outcome_note(event) if event.kind is EventKind.EXPECTED else None,
        ],
        [f"{event.text} {event_captions.remarks(event)}"],
    ]
    lefts = [*_COLUMNS.values(), WIDTH - MARGIN + 12]
    below = y
    for (left, right), parts in zip(pairwise(lefts), cells, strict=True):
        lines = [line for part in parts if part for line in wrap(part, right - left - 12, size)]
        below = max(below, add_text_lines(sheet.words, (left, y), lines, font_size=size))
    return below - LEADING * size + 9
