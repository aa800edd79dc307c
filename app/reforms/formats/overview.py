"""Overview drawing of all reforms: one lane each, with its stage over time."""

from dataclasses import dataclass
from xml.etree.ElementTree import Element

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
from app.reforms.formats.scale import Scale, draw_as_of, draw_axis, steps
from app.reforms.schemas import ReformDetailOut
from app.svg.canvas import (
    DARK,
    LEADING,
    LIGHT,
    MARGIN,
    PALE,
    SMALL,
    TEXT,
    WIDTH,
    SvgCanvas,
    add_element,
    add_text,
    add_text_lines,
    draw_heading,
    draw_note,
    wrap,
)
from app.vocabulary import STAGE_LINE, Stage

_TITLE = "Legislative reforms: timelines"
_NAMES, _GUIDES, _PLOT, _STAGES = MARGIN, 280, 388, 978
"""Left edges of the columns: names, labels of the grey lines, charts, stages reached."""
_RANK, _UNDER, _PAD = 5, 15, 9
_SIZE, _RING = 4.5, 7.5
"""Radius of the marks of occurred and of expected events. A mark that occurred on the same day fits into the ring."""
_GUIDED = {Stage.EFFECTIVE: "effective", Stage.SUBMITTED_TO_NPCSC: "to NPCSC", Stage.UNDER_STUDY: "under study"}


@dataclass(frozen=True)
class _Lane:
    reform: ReformDetailOut
    name: list[str]
    stage: list[str]

    @property
    def levels(self) -> dict[Stage | None, float]:
        """Vertical offsets of the stages below the top of the chart: on the line, beside it, and without a stage."""
        stages = {event.stage for event in self.reform.timeline}
        levels: dict[Stage | None, float] = {}
        if stages - {None}:
            levels |= {stage: _RANK * place for place, stage in enumerate(reversed(STAGE_LINE))}
        beside = stages.difference(STAGE_LINE, [None])
        levels |= dict.fromkeys(beside, max(levels.values(), default=0) + _UNDER)
        if None in stages or not levels:
            levels[None] = max(levels.values(), default=-_UNDER) + _UNDER
        return levels

    @property
    def guides(self) -> dict[float, str]:
        """Vertical offsets of the grey lines, with their labels."""
        guides = {}
        for stage, level in self.levels.items():
            if stage not in STAGE_LINE:
                name = captions.in_words(stage).lower() if stage else "no stage"
                guides[level] = "beside the line" if level in guides else name
            elif stage in _GUIDED:
                guides[level] = _GUIDED[stage]
        return guides

    @property
    def chart(self) -> float:
        """Height of the chart alone."""
        return max(self.levels.values())

    @property
    def height(self) -> float:
        lines = max(len(self.name), len(self.stage)) * LEADING * TEXT
        return max(self.chart, lines - 8, 20) + 2 * _PAD


def draw_reforms(reforms: list[ReformDetailOut]) -> str:
    """SVG document of the reforms, one lane each, all with the same `as_of` and `known_at`."""
    clocks = captions.clocks_in_words(reforms[0]) if reforms else "No reform matches the filters."
    lines = [clocks, *(captions.describe(reform) for reform in reforms)]
    sheet = SvgCanvas("reforms", title=_TITLE, description="\n".join(lines))
    y = draw_heading(sheet, _TITLE, [clocks], marking=captions.highest_marking(reforms).value)
    if not reforms:
        return sheet.finish(draw_note(sheet, "There is no reform to draw.", top=y) + MARGIN)
    scale = Scale.over(reforms, left=_PLOT + 36, right=_STAGES - 36)
    top, y = y, y + 24
    rows_top = y
    spots: list[EventMarker] = []
    for reform in reforms:
        lane = _lane(reform)
        spots += _draw_lane(sheet, scale, lane, top=y)
        y += lane.height
    bottom = draw_axis(sheet, scale, top=rows_top, bottom=y + 4)
    draw_as_of(sheet, scale, top=top, bottom=y + 4)
    y = draw_legend(sheet, _legend(spots), top=bottom + 6)
    return sheet.finish(
        add_text_lines(sheet.words, (MARGIN, y + 8), [captions.ABBREVIATIONS], font_size=SMALL, fill=DARK)
    )


def _lane(reform: ReformDetailOut) -> _Lane:
    room = WIDTH - MARGIN - _STAGES - 8
    stage = wrap(captions.in_words(reform.stage) if reform.stage else "No stage", room, bold=True)
    if reform.round:
        stage += wrap(reform.round.name, room, SMALL)
    return _Lane(reform, wrap(reform.name, _GUIDES - _NAMES - 16), stage)


def _draw_lane(sheet: SvgCanvas, scale: Scale, lane: _Lane, *, top: float) -> list[EventMarker]:
    reform, levels = lane.reform, lane.levels
    shade: dict[str, str | float] = {"x": MARGIN, "width": WIDTH - 2 * MARGIN, "fill": PALE}
    add_element(sheet.background, "rect", class_="lane", y=top, height=lane.height - 3, **shade)
    middle = top + (lane.height - 3) / 2
    _draw_names(sheet, lane, middle)
    if not reform.timeline:
        note: dict[str, str | float] = {"font_size": SMALL, "fill": DARK, "font_style": "italic"}
        add_text(sheet.words, (_GUIDES, middle + 5), "no event yet", **note)
        return []
    chart_top = middle - lane.chart / 2
    _draw_guides(sheet, lane, chart_top)
    event_captions = captions.EventCaptions(reform)
    spots = [
        EventMarker.of(event, scale, caption=f"{reform.name}. {event_captions.caption(event)}")
        for event in reform.timeline
    ]
    places = {spot.event.id: chart_top + levels[spot.event.stage] for spot in spots}
    for entry in reform.rounds:
        moved = advances([spot for spot in spots if spot.event.round == entry.number])
        if len(moved) > 1:
            path = steps([(spot.x, places[spot.event.id]) for spot in moved])
            add_element(sheet.lines, "path", class_="way", d=path, fill="none", stroke=DARK, stroke_width=1.8)
    for spot in sorted(spots, key=_covered):
        size = _RING if MarkerStyle.of(spot.event).hollow else _SIZE
        draw_event(sheet, spot, places[spot.event.id], size=size)
    return spots


def _covered(spot: EventMarker) -> tuple[bool, bool]:
    """Sort key of drawing: larger marks first, so that marks on the same place do not hide each other."""
    look = MarkerStyle.of(spot.event)
    return not look.hollow, look.shape != "square"


def _draw_names(sheet: SvgCanvas, lane: _Lane, middle: float) -> None:
    """Draws the reform's name to the left of its lane, and the stage reached to the right."""
    high = LEADING * TEXT
    add_text_lines(sheet.words, (_NAMES + 8, middle + 6 - high * (len(lane.name) - 1) / 2), lane.name)
    first, *others = lane.stage
    y = middle + 6 - high * (len(lane.stage) - 1) / 2
    y = add_text_lines(sheet.words, (_STAGES, y), [first], font_weight="bold")
    add_text_lines(sheet.words, (_STAGES, y), others, font_size=SMALL)


def _draw_guides(sheet: SvgCanvas, lane: _Lane, top: float) -> None:
    for level, name in lane.guides.items():
        y = top + level
        add_text(sheet.words, (_GUIDES, y + 4), name, font_size=SMALL - 2, fill=DARK)
        add_element(sheet.background, "line", class_="guide", x1=_PLOT, x2=_STAGES - 12, y1=y, y2=y, stroke=LIGHT)


def _legend(spots: list[EventMarker]) -> list[tuple[Sample, str]]:
    if not spots:
        return []
    samples = samples_of(spots, size=_SIZE, ring=_RING)
    hollow, solid = (
        {(spot.event.reform, spot.event.stage, spot.x) for spot in spots if MarkerStyle.of(spot.event).hollow is side}
        for side in (True, False)
    )
    if hollow & solid:
        samples.insert(2, (_both, "expected, and occurred, on one day"))
    return [*samples, (line_sample("none", width=1.8), "way of a round from stage to stage")]


def _both(parent: Element, x: float, y: float) -> None:
    draw_mark(parent, (x, y), MarkerStyle("circle", hollow=True), size=_RING)
    draw_mark(parent, (x, y), MarkerStyle("circle", hollow=False), size=_SIZE)
