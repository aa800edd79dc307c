"""Dates of past events: not in the future, and uncertain ones in every form of EDTF level 1."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from tests.fixtures.clients import ASKS, CABLE, EVENTS, Desk, a_figure, an_event, code, tag

TODAY = datetime.now(UTC).date()
TOMORROW, YEAR = TODAY + timedelta(days=1), TODAY.year
LATER = TODAY + timedelta(days=2)
"""Tomorrow is already today in the far east, where somebody may have read a page."""


def refused_at(answer: Any) -> set[str]:
    assert code(answer) == (422, "invalid-request"), answer.text
    return {one["pointer"] for one in answer.json()["errors"]}


COMING = [
    f"{YEAR + 1}",
    f"{YEAR + 1}~",
    f"../{YEAR + 1}",
    f"/{YEAR + 1}",
    f"{YEAR + 1}/{YEAR + 2}",
    TOMORROW.isoformat(),
]
COMING += ["9999-12", f"{YEAR + 10}"[:3] + "X", f"{YEAR + 1}-XX", f"{YEAR + 1}-21"]


@pytest.mark.parametrize("date", COMING)
def test_an_event_that_occurred_is_not_still_to_come(desk: Desk, date: str) -> None:
    answer = desk.editor.post(EVENTS, json=an_event(date=date, date_text=None))
    assert refused_at(answer) == {"/date"}, answer.text
    assert "is in the future" in answer.text
    expected = desk.editor.post(EVENTS, json=an_event(date=date, date_text=None, kind="expected", stage=None))
    assert expected.status_code == 201, expected.text


def test_the_latest_date_of_an_event_is_not_in_the_future(desk: Desk) -> None:
    body = an_event(date=None, date_text="recently", latest=TOMORROW.isoformat())
    assert refused_at(desk.editor.post(EVENTS, json=body)) == {"/latest"}


@pytest.mark.parametrize(
    "date", [f"{YEAR}", TODAY.isoformat(), f"../{YEAR}", f"2007/{YEAR + 1}", "/2007", "2007-XX", "2008-24"]
)
def test_dates_that_may_be_past_are_accepted(desk: Desk, date: str) -> None:
    answer = desk.editor.post(EVENTS, json=an_event(date=date, date_text=None, text=f"It came into force: {date}."))
    assert answer.status_code == 201, answer.text
    assert answer.json()["content"]["date"] == date


def test_future_dates_of_past_events_are_rejected(desk: Desk) -> None:
    later = LATER.isoformat()
    page = {"title": "A page", "url": "https://example.org/later", "retrieved": later}
    assert refused_at(desk.editor.post(EVENTS, json=an_event(page=page))) == {"/page/retrieved"}
    page |= {"retrieved": "2026-01-01", "published_on": later}
    assert refused_at(desk.editor.post(EVENTS, json=an_event(page=page))) == {"/page/published_on"}
    report = {"action": "ACT-0001", "text": "It was done.", "done_on": later}
    assert refused_at(desk.editor.post("/v1/progress-reports", json=report)) == {"/done_on"}
    place = f"{ASKS}/{CABLE}-R003/position"
    said = {"value": "supported", "source": {"words": "A letter"}, "dated": f"{YEAR + 1}"}
    assert refused_at(desk.editor.put(place, json=said, headers=tag(desk.editor.get(place)))) == {"/dated"}


LEVEL_2 = ["~2007", "2007-~11", "2007-25", "2007-40", "[2007,2008]", "2007-XX/2008-XX", "Y17000", "2008/2007", "../.."]


@pytest.mark.parametrize("text", LEVEL_2)
def test_edtf_level_2_is_rejected_in_every_date_field(desk: Desk, text: str) -> None:
    assert refused_at(desk.editor.post(EVENTS, json=an_event(date=text, date_text=None))) == {"/date"}
    assert refused_at(desk.editor.post("/v1/statistics", json=a_figure(date=text))) == {"/date"}
    action = {"title": "It is to be done", "recommendations": [f"{CABLE}-R003"], "due": text}
    assert refused_at(desk.editor.post("/v1/actions", json=action)) == {"/due"}


def test_a_winter_lasts_to_the_end_of_february(desk: Desk) -> None:
    action = {"title": "To be done in winter", "recommendations": [f"{CABLE}-R003"], "due": "2007-24"}
    made = desk.editor.post("/v1/actions", json=action).json()
    assert (made["earliest"], made["latest"]) == ("2007-12-01", date(2008, 2, 29).isoformat())
