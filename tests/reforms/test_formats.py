"""Timeline images of reforms: markers, text alternatives, and nothing outside the canvas."""

import json
import re
from collections.abc import Iterator
from datetime import date
from itertools import combinations
from typing import Any
from xml.etree.ElementTree import Element, fromstring

import pytest

from app.reforms.formats import draw_reform, draw_reforms
from app.reforms.formats.captions import describe, in_words, said, when
from app.reforms.schemas import EventOut, ReformDetailOut
from app.svg.canvas import width_of, wrap
from app.vocabulary import STAGE_LINE, STAGES_OFF_THE_LINE

SVG = "{http://www.w3.org/2000/svg}"
LONG = "Protection and enforcement of rights in works, marks, inventions, designs, varieties and secrets " * 3

Box = tuple[float, float, float, float]
EVENT = json.loads("""{
    "reform": "patent-law", "round": 3, "stage": "adopted", "instrument": null, "instrument_kind": null, "body": null,
    "kind": "occurred", "outcome": null, "fulfilled_by": null, "date_text": null, "date": null, "confidence": "high",
    "prospective": false, "known_from": "2007-11-21", "known_from_basis": "source_published", "note": null,
    "also_sources": [], "conflicts_with": [], "outcome_of": [], "marking": "U", "updated_at": "2026-11-22T00:00:00Z",
    "citation": {"cable": null, "source": {"id": "page", "title": "A page", "url": "https://a.example",
                                           "published_on": null, "retrieved": "2026-11-22"}}
}""")
REFORM = json.loads("""{
    "slug": "patent-law", "name": "Patent Law", "kind": "law", "summary": "A law.", "as_of": "2007-11-21",
    "known_at": "2026-11-22", "stage": null, "stage_event": null, "round": null, "in_force": null,
    "next_expected": null, "concerns": [], "recommendations": [],
    "rounds": [{"number": 2, "name": "Second round"}, {"number": 3, "name": "Third round"}]
}""")


def event(name: str, earliest: str | None, latest: str | None, **changes: Any) -> EventOut:
    found = {"id": name, "text": f"What {name} says.", "earliest": earliest, "latest": latest}
    return EventOut.model_validate({**EVENT, **found, **changes})


def reform(*timeline: EventOut, **changes: Any) -> ReformDetailOut:
    return ReformDetailOut.model_validate({**REFORM, "timeline": [*timeline], **changes})


HOPED = {"kind": "expected", "outcome": "met_late", "fulfilled_by": "passed", "stage": "submitted_to_npcsc"}
LIFE = reform(
    event("begun", "2003-01-01", "2003-12-31", stage="agency_drafting", date="2003", date_text="2003"),
    event("listed", None, "2007-11-21", stage="sclao_review", date_text="currently", marking="SBU"),
    event("talk", "2005-05-01", "2005-05-31", stage=None, date="2005-05"),
    event("sent-back", "2006-03-01", "2006-03-01", stage="returned", round=2),
    event("rules", "2006-07-01", "2006-07-01", stage="effective", instrument="Rules of 2006"),
    event("hoped", "2007-01-01", "2007-04-30", **HOPED, date_text="in early 2007", date="2007-01~/2007-04~"),
    event("passed", "2007-08-30", "2007-08-30", stage="adopted"),
    event("coming", "2008-06-01", None, stage="effective", kind="expected", outcome="pending"),
    event("some-day", None, None, stage=None, kind="expected", outcome="pending"),
    stage="adopted",
    stage_event="passed",
    round={"number": 3, "name": "Third round"},
)
CROWD = reform(
    *(
        event(
            f"crowd-{n}",
            f"2008-{1 + n % 12:02}-01",
            f"2008-{1 + n % 12:02}-{1 + n % 28:02}",
            stage=[*STAGE_LINE, *STAGES_OFF_THE_LINE, None][n % 5 * 4 % 19],
            kind=["occurred", "expected"][n % 2],
            outcome=[None, "not_met"][n % 2],
            instrument=[None, None, "Rules"][n % 3],
            text=LONG,
        )
        for n in range(60)
    ),
    name=LONG,
    rounds=[{"number": 3, "name": LONG}],
    as_of="2026-11-22",
)
EMPTY = reform()
PROCEEDING = reform(event("filed", "2007-04-10", "2007-04-10", stage=None), slug="wto", as_of="2026-11-22")
SAME = [event(f"same-{n}", "2007-01-01", "2007-01-01", instrument=[None, "Rules"][n % 2]) for n in range(6)]
PICTURES = {
    "same": draw_reform(reform(*SAME)),
    "life": draw_reform(LIFE),
    "crowd": draw_reform(CROWD),
    "empty": draw_reform(EMPTY),
    "proceeding": draw_reform(PROCEEDING),
    "all": draw_reforms([LIFE, CROWD.model_copy(update={"slug": "crowd"}), EMPTY, PROCEEDING]),
    "none": draw_reforms([]),
}
every_picture = pytest.mark.parametrize("name", PICTURES)


def drawn(picture: str) -> Element:
    return fromstring(picture)  # noqa: S314  (output of our own functions)


def mark(root: Element, name: str) -> Element:
    """Returns the shape of an event's marker."""
    group = next(each for each in root.iter(f"{SVG}g") if each.get("id") == f"mark-{name}")
    return next(each for each in group if each.tag in {f"{SVG}circle", f"{SVG}rect"})


def classed(root: Element, name: str) -> list[Element]:
    return [each for each in root.iter() if name in (each.get("class") or "").split()]


def number(element: Element, name: str) -> float:
    return float(element.get(name, "nan"))


def middle(element: Element) -> float:
    return number(element, "cx") if element.get("cx") else number(element, "x") + number(element, "width") / 2


def words(root: Element) -> str:
    return " ".join(each.text or "" for each in root.iter(f"{SVG}text"))


def text_box(element: Element) -> Box:
    size = number(element, "font-size")
    wide = width_of(element.text or "", size, bold=element.get("font-weight") == "bold")
    left = number(element, "x") - wide * {"start": 0, "middle": 0.5, "end": 1}[element.get("text-anchor", "start")]
    return left, number(element, "y") - 0.74 * size, left + wide, number(element, "y") + 0.2 * size


def shape_boxes(root: Element) -> Iterator[Box]:
    for each in root.iter():
        tag = each.tag.removeprefix(SVG)
        if tag == "rect":
            x, y = number(each, "x"), number(each, "y")
            yield x, y, x + number(each, "width"), y + number(each, "height")
        elif tag == "circle":
            x, y, r = number(each, "cx"), number(each, "cy"), number(each, "r")
            yield x - r, y - r, x + r, y + r
        elif tag == "line":
            xs, ys = sorted([number(each, "x1"), number(each, "x2")]), sorted([number(each, "y1"), number(each, "y2")])
            yield xs[0], ys[0], xs[1], ys[1]
        elif tag == "polygon":
            points = [[float(part) for part in pair.split(",")] for pair in (each.get("points") or "").split()]
            yield from ((x, y, x, y) for x, y in points)


def overlap(one: Box, other: Box) -> bool:
    return all(one[axis] + 0.5 < other[axis + 2] and other[axis] + 0.5 < one[axis + 2] for axis in (0, 1))


@every_picture
def test_a_picture_has_a_title_and_a_description_that_it_refers_to(name: str) -> None:
    root = drawn(PICTURES[name])
    assert (root.tag, root.get("version"), root.get("role")) == (f"{SVG}svg", "1.1", "img")
    title, desc = list(root)[:2]
    assert (title.tag, desc.tag) == (f"{SVG}title", f"{SVG}desc")
    assert (root.get("aria-labelledby") or "").split() == [title.get("id"), desc.get("id")]
    assert title.text
    assert desc.text


@every_picture
def test_a_picture_is_black_and_white_and_needs_nothing_from_elsewhere(name: str) -> None:
    picture = PICTURES[name]
    root = drawn(picture)
    colors = {each.get(part, "none") for each in root.iter() for part in ("fill", "stroke")} - {"none"}
    assert all(re.fullmatch(r"#(?:(.)\1\1|(..)\2\2)", color) for color in colors), colors
    tags = {each.tag.removeprefix(SVG) for each in root.iter()}
    assert tags <= {"svg", "title", "desc", "g", "rect", "line", "circle", "path", "polygon", "text"}
    assert not {name for each in root.iter() for name in each.keys() if "href" in name or name.startswith("on")}  # noqa: SIM118  (an element is not a mapping)
    assert "sans-serif" in (root.get("font-family") or "")


@every_picture
def test_nothing_is_drawn_outside_the_picture(name: str) -> None:
    root = drawn(PICTURES[name])
    left, top, wide, high = (float(part) for part in (root.get("viewBox") or "").split())
    assert (left, top, wide) == (0, 0, 1200)
    boxes = [*shape_boxes(root), *(text_box(each) for each in root.iter(f"{SVG}text"))]
    assert [box for box in boxes if box[0] < 0 or box[1] < 0 or box[2] > wide or box[3] > high] == []


@every_picture
def test_no_text_lies_over_another(name: str) -> None:
    boxes = [(each.text, text_box(each)) for each in drawn(PICTURES[name]).iter(f"{SVG}text")]
    assert [(one[0], other[0]) for one, other in combinations(boxes, 2) if overlap(one[1], other[1])] == []


@pytest.mark.parametrize("name", ["same", "life", "crowd", "proceeding"])
def test_no_mark_of_one_reform_hides_another(name: str) -> None:
    root = drawn(PICTURES[name])
    boxes = [box for group in classed(root, "mark") for box in shape_boxes(group)]
    assert len(boxes) > 0
    assert not any(overlap(one, other) for one, other in combinations(boxes, 2))


@pytest.mark.parametrize("name", ["life", "all"])
def test_expected_is_hollow_and_occurred_is_solid(name: str) -> None:
    root = drawn(PICTURES[name])
    assert (mark(root, "passed").tag, mark(root, "passed").get("fill")) == (f"{SVG}circle", "#000")
    assert (mark(root, "hoped").tag, mark(root, "hoped").get("fill")) == (f"{SVG}circle", "#fff")
    assert mark(root, "hoped").get("stroke") == "#000"
    assert (mark(root, "rules").tag, mark(root, "rules").get("fill")) == (f"{SVG}rect", "#ccc")
    assert (mark(root, "talk").tag, mark(root, "talk").get("fill")) == (f"{SVG}rect", "#000")
    assert mark(root, "some-day").get("fill") == "#fff"
    assert [len(classed(root, kind)) for kind in ("occurred", "expected")] == [
        6 + 30 * (name == "all") + (name == "all"),
        3 + 30 * (name == "all"),
    ]


def test_stages_rise_in_the_order_of_the_line_with_those_beside_it_below() -> None:
    staged = [
        event(stage.value, "2007-01-01", "2007-01-01", stage=stage) for stage in [*STAGE_LINE, *STAGES_OFF_THE_LINE]
    ]
    root = drawn(draw_reform(reform(*staged, event("none", "2007-01-01", "2007-01-01", stage=None))))
    heights = [number(mark(root, stage.value), "cy") for stage in STAGE_LINE]
    assert heights == sorted(heights, reverse=True)
    below = [number(mark(root, stage.value), "cy") for stage in STAGES_OFF_THE_LINE]
    assert min(below) > max(heights)
    assert number(mark(root, "none"), "y") > max(below)
    labels = words(root)
    assert all(in_words(stage) in labels for stage in [*STAGE_LINE, *STAGES_OFF_THE_LINE])


def test_the_bar_of_an_uncertain_date_runs_from_its_first_day_to_its_last() -> None:
    known = [event(day, day, day, stage="promulgated") for day in ("2008-01-01", "2008-04-30", "2009-12-31")]
    root = drawn(draw_reform(reform(event("early", "2008-01-01", "2008-04-30"), *known)))
    [bar] = classed(root, "bar")
    first, last = (middle(mark(root, day)) for day in ("2008-01-01", "2008-04-30"))
    assert number(bar, "x") == pytest.approx(first, abs=0.2)
    assert number(bar, "x") + number(bar, "width") == pytest.approx(last, abs=0.2)
    assert middle(mark(root, "early")) == pytest.approx(last, abs=0.2)
    per_day = (middle(mark(root, "2009-12-31")) - first) / (date(2009, 12, 31) - date(2008, 1, 1)).days
    assert number(bar, "width") == pytest.approx(120 * per_day, abs=0.2)


@pytest.mark.parametrize(
    ("earliest", "latest", "directions"),
    [(None, "2007-11-21", [-1]), ("2007-11-21", None, [1]), (None, None, [-1, 1]), ("2007-11-21", "2007-11-21", [])],
)
def test_an_open_date_ends_in_an_arrow_and_an_exact_one_is_a_point(
    earliest: str | None, latest: str | None, directions: list[int]
) -> None:
    root = drawn(draw_reform(reform(event("one", earliest, latest, kind="expected", outcome="pending"))))
    assert classed(root, "bar") == []
    at = middle(mark(root, "one"))
    lines = [each for group in classed(root, "dates") for each in group if each.tag == f"{SVG}line"]
    assert [1 if number(line, "x2") > at else -1 for line in lines] == directions


def test_the_day_asked_is_a_line_at_its_date() -> None:
    root = drawn(draw_reform(reform(event("then", "2007-11-21", "2007-11-21"), event("later", "2009-01-01", None))))
    [line] = classed(root, "as-of")
    assert number(line, "x1") == number(line, "x2") == pytest.approx(middle(mark(root, "then")), abs=0.2)
    assert "as of 21 November 2007" in words(root)


def test_a_day_asked_long_after_the_last_event_stands_beyond_a_break() -> None:
    root = drawn(PICTURES["proceeding"])
    assert len(classed(root, "break")) == 2
    assert number(classed(root, "as-of")[0], "x1") > number(classed(root, "break")[1], "x2")
    assert middle(mark(root, "filed")) < 800


def test_the_way_of_a_round_leads_through_the_events_that_moved_it() -> None:
    own = [
        event("a", "2005-01-01", "2005-01-01", stage="agency_drafting"),
        event("b", "2006-01-01", "2006-01-01", stage="sclao_review"),
        event("behind", "2006-06-01", "2006-06-01", stage="public_comment"),
        event("back", "2007-01-01", "2007-01-01", stage="returned"),
        event("c", "2007-06-01", "2007-06-01", stage="agency_drafting"),
    ]
    rules = event("rules", "2006-07-01", "2006-07-01", stage="effective", instrument="Rules")
    hope = event("hope", "2006-08-01", "2006-08-01", kind="expected", outcome="not_met")
    root = drawn(draw_reform(reform(rules, hope, *own)))
    [way] = classed(root, "way")
    stops = [(float(x), float(y)) for x, y in re.findall(r"[MH]([\d.]+)[ V]([\d.]+)", way.get("d") or "")]
    marks = [mark(root, name) for name in ("a", "b", "back", "c")]
    assert stops == [pytest.approx((number(each, "cx"), number(each, "cy")), abs=0.2) for each in marks]
    assert "Third round" in words(root)
    assert "Second round" not in words(root)


def test_a_line_leads_from_an_expectation_to_what_met_it() -> None:
    root = drawn(PICTURES["life"])
    [line] = classed(root, "met")
    ends = [(number(line, f"x{end}"), number(line, f"y{end}")) for end in (1, 2)]
    marks = [mark(root, name) for name in ("hoped", "passed")]
    assert ends == [(number(each, "cx"), number(each, "cy")) for each in marks]


def test_texts_are_escaped_and_lose_what_no_document_may_hold() -> None:
    evil = "</text><script>alert('&amp;')</script> \"quoted\" & \x07 \ud800 ]]>"
    cleaned = evil.replace("\x07", " ").replace("\ud800", " ")
    subject = reform(event("one", "2007-01-01", "2007-01-01", text="x").model_copy(update={"text": evil}))
    subject = subject.model_copy(update={"name": evil})
    for picture in (draw_reform(subject), draw_reforms([subject])):
        root = drawn(picture)
        assert not list(root.iter(f"{SVG}script"))
        assert all(cleaned in (part.text or "") for part in list(root.iter(f"{SVG}desc")))
        picture.encode()
    assert " ".join(cleaned.split()) in " ".join(words(drawn(draw_reform(subject))).split())


def test_before_the_first_event_a_note_says_so() -> None:
    root = drawn(PICTURES["empty"])
    assert "The register has no event of this reform as of 21 November 2007." in words(root)
    assert classed(root, "mark") == []
    assert "no event yet" in words(drawn(draw_reforms([EMPTY])))
    assert "There is no reform to draw." in words(drawn(PICTURES["none"]))


def test_drawing_twice_gives_the_same_text() -> None:
    assert draw_reform(LIFE.model_copy(deep=True)) == PICTURES["life"]
    assert draw_reforms([LIFE, EMPTY]) == draw_reforms([LIFE.model_copy(deep=True), EMPTY])


def test_the_heading_and_the_key_say_what_the_answer_says() -> None:
    said_all = words(drawn(PICTURES["life"]))
    for part in (
        *("Patent Law", "Stage: Adopted, Third round", "SBU"),
        "As of 21 November 2007, by what was known on 22 November 2026.",
        *("about January to April 2007", "“in early 2007”", "expected: met late, see 7", "expected: pending"),
        *(each.text for each in LIFE.timeline),
    ):
        assert part in said_all


@pytest.mark.parametrize("name", ["life", "all"])
def test_the_text_alternative_describes_every_event(name: str) -> None:
    root = drawn(PICTURES[name])
    desc = next(root.iter(f"{SVG}desc")).text or ""
    for part in (
        "about January to April 2007 (“in early 2007”): Submitted to NPCSC, Third round, expected: met late, see 7.",
        "2006: Effective, Third round, Rules of 2006, occurred. What rules says. Source: A page.",
        "by 21 November 2007 (“currently”): SC/LAO review",
        "1 March 2006: Returned, Second round, occurred.",
    ):
        assert part in desc
    for each in LIFE.timeline:
        group = next(group for group in root.iter(f"{SVG}g") if group.get("id") == f"mark-{each.id}")
        title = next(group.iter(f"{SVG}title")).text or ""
        assert each.text in title
        assert when(each) in title


def test_the_description_states_confidence_and_conflicts() -> None:
    doubtful = event("a", "2007-01-01", "2007-01-01", confidence="medium", prospective=True, conflicts_with=["b", "z"])
    description = describe(reform(doubtful, event("b", "2007-01-02", "2007-01-02")))
    assert "Confidence: medium. The source speaks of it as still to come. Another source differs, see 2." in description


def test_all_reforms_have_lanes_with_their_stages() -> None:
    root = drawn(PICTURES["all"])
    assert len(classed(root, "lane")) == 4
    assert all(part in words(root) for part in ("Patent Law", "Adopted", "Third round", "No stage", "no event yet"))


def test_an_event_on_its_expected_day_is_drawn_inside_the_ring() -> None:
    due = event("due", "2007-01-01", "2007-01-01", kind="expected", outcome="met", fulfilled_by="met")
    root = drawn(draw_reforms([reform(event("met", "2007-01-01", "2007-01-01"), due)]))
    assert [each.get("id") for each in classed(root, "mark")] == ["mark-due", "mark-met"]
    assert number(mark(root, "due"), "r") > number(mark(root, "met"), "r")


@pytest.mark.parametrize(
    ("earliest", "latest", "edtf", "expected"),
    [
        ("2013-08-30", "2013-08-30", "2013-08-30", "30 August 2013"),
        ("2009-06-01", "2009-06-30", "2009-06", "June 2009"),
        ("2003-01-01", "2003-12-31", "2003", "2003"),
        ("2003-01-01", "2004-12-31", "2003/2004", "2003 to 2004"),
        ("2005-01-01", "2005-06-30", "2005-01/2005-06", "January to June 2005"),
        ("2005-11-01", "2006-02-28", "2005-11/2006-02", "November 2005 to February 2006"),
        ("2008-04-14", "2008-04-16", "2008-04-14/2008-04-16", "14 to 16 April 2008"),
        ("2008-04-30", "2008-05-02", "2008-04-30/2008-05-02", "30 April to 2 May 2008"),
        ("2007-12-01", "2007-12-31", "2007-12~", "about December 2007"),
        ("2018-03-01", "2018-03-31", "2018-03?", "perhaps March 2018"),
        (None, "2007-11-21", None, "by 21 November 2007"),
        ("2007-11-21", None, "2007-11-21/..", "from 21 November 2007 on"),
        (None, None, None, "no date given"),
    ],
)
def test_dates_are_said_as_exactly_as_they_are_known(
    earliest: str | None, latest: str | None, edtf: str | None, expected: str
) -> None:
    assert when(event("one", earliest, latest, date=edtf)) == expected


def test_the_date_as_the_source_has_it_is_quoted_where_it_differs() -> None:
    assert said(event("one", "2007-10-31", "2007-10-31", date_text="October 31, 2007")) is None
    assert said(event("one", None, "2007-11-21", date_text="recently")) == "“recently”"
    assert said(event("one", None, "2007-11-21")) is None


def test_lines_fit_their_room_even_where_a_word_does_not() -> None:
    lines = wrap(f"{LONG} {'x' * 200}", 300)
    assert max(width_of(line) for line in lines) <= 300
    assert "".join(lines).replace(" ", "") == f"{LONG}{'x' * 200}".replace(" ", "")
