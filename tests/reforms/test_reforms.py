"""Reform stages by `as_of` and `known_at`, each response with the event that supports it."""

from typing import Any

import httpx
import pytest
import yaml

from tests.conftest import CABLE, ROOT, walk

GOLDEN: dict[str, Any] = yaml.safe_load((ROOT / "tests/golden/stages.yaml").read_text(encoding="utf-8"))
CASES = [(slug, case) for slug, cases in GOLDEN["stages"].items() for case in cases]


def reform(client: httpx.Client, slug: str, **clocks: str | None) -> dict[str, Any]:
    params = {name: value for name, value in clocks.items() if value is not None}
    found: dict[str, Any] = client.get(f"/v1/reforms/{slug}", params=params).json()
    return found


@pytest.mark.parametrize(("slug", "case"), CASES, ids=lambda value: value if isinstance(value, str) else value["as_of"])
def test_stage_round_and_what_is_in_force(client: httpx.Client, slug: str, case: dict[str, Any]) -> None:
    found = reform(client, slug, as_of=case["as_of"], known_at=case["known_at"])
    in_force = found["in_force"] or {"round": {"number": None}, "event": None}
    assert found["stage"] == case["stage"]
    assert found["stage_event"] == case["rests_on"]
    assert (found["round"] or {"number": None})["number"] == case["round"]
    assert (in_force["round"]["number"], in_force["event"]) == (case["in_force"], case["in_force_rests_on"])


# Worked answers of the domain. Both dates are the requested day.
WORKED = [
    ("patent-law", "2007-11-21", "sclao_review"),
    ("trademark-law", "2007-11-21", "public_comment"),
    ("copyright-law", "2007-11-21", "under_study"),
    ("anti-monopoly-law", "2007-11-21", "promulgated"),
    ("anti-monopoly-law", "2008-08-02", "effective"),
    ("criminal-law-ipr", "2007-11-21", "discussion_only"),
    ("plant-variety-protection", "2007-11-21", "discussion_only"),
    ("patent-law", "2008-09-30", "npcsc_reading_1"),
    ("patent-law", "2009-01-15", "promulgated"),
    ("patent-law", "2010-01-01", "effective"),
]


@pytest.mark.parametrize(("slug", "day", "stage"), WORKED)
def test_worked_answers(client: httpx.Client, slug: str, day: str, stage: str) -> None:
    assert reform(client, slug, as_of=day, known_at=day)["stage"] == stage
    found = walk(client, "/v1/reforms", as_of=day, known_at=day, stage=stage)
    assert slug in [one["slug"] for one in found]


@pytest.mark.parametrize("expected", GOLDEN["expectations"], ids=lambda one: one["id"])
def test_each_expectation_has_its_outcome(client: httpx.Client, expected: dict[str, Any]) -> None:
    event = client.get(f"/v1/events/{expected['id']}", params={"as_of": "2026-11-22"}).json()
    assert event["kind"] == "expected"
    assert event["date"] == expected["date"]
    assert (event["outcome"], event["fulfilled_by"]) == (expected["outcome"], expected["fulfilled_by"])


def test_an_expectation_through_time(client: httpx.Client) -> None:
    """The trademark draft was expected at the Standing Committee by the end of 2008. It came in December 2012."""

    def outcome_on(day: str) -> tuple[str | None, str | None]:
        answer = client.get("/v1/events/trademark-law-E09", params={"as_of": day})
        return (answer.json().get("outcome"), answer.json().get("fulfilled_by"))

    assert outcome_on("2007-11-20") == (None, None)
    assert outcome_on("2007-11-21") == ("pending", None)
    assert outcome_on("2008-12-31") == ("pending", None)
    assert outcome_on("2009-01-01") == ("not_met", None)
    assert outcome_on("2012-11-30") == ("not_met", None)
    assert outcome_on("2013-01-01") == ("met_late", "trademark-law-E13")


def test_an_expectation_never_becomes_occurred_by_the_calendar(client: httpx.Client) -> None:
    late = reform(client, "anti-monopoly-law", as_of="2030-01-01", known_at="2007-11-21")
    assert late["stage"] == "promulgated"
    expected = [event for event in late["timeline"] if event["kind"] == "expected"]
    assert [event["outcome"] for event in expected] == ["not_met"]


def test_the_panel_and_the_record_differ_on_civil_procedure(client: httpx.Client) -> None:
    assert reform(client, "civil-procedure-law", as_of="2007-10-26")["stage"] == "returned"
    found = reform(client, "civil-procedure-law", as_of="2007-11-21")
    assert found["stage"] == "adopted"
    by_id = {event["id"]: event for event in found["timeline"]}
    assert "civil-procedure-law-E02" in by_id["civil-procedure-law-E01"]["conflicts_with"]
    assert "civil-procedure-law-E01" in by_id["civil-procedure-law-E02"]["conflicts_with"]


def test_before_the_first_event_the_stage_is_null(client: httpx.Client) -> None:
    found = reform(client, "patent-law", as_of="1990-01-01")
    assert (found["stage"], found["round"], found["in_force"], found["timeline"]) == (None, None, None, [])


def test_events_from_later_sources_are_excluded_by_known_at(client: httpx.Client) -> None:
    then = reform(client, "patent-law", as_of="2007-11-21", known_at="2007-11-21")
    now = reform(client, "patent-law", as_of="2007-11-21")
    known_then = {event["id"] for event in then["timeline"]}
    assert known_then < {event["id"] for event in now["timeline"]}
    assert all(event["known_from"] <= "2007-11-21" for event in then["timeline"])


def test_without_a_clock_it_is_today(client: httpx.Client) -> None:
    found = reform(client, "trademark-law")
    assert found["as_of"] == found["known_at"]
    assert found["stage"] in {"adopted", "promulgated"}
    assert found["next_expected"]["date"] == "2027-01-01" or found["in_force"]["round"]["number"] == 5


def test_filters_of_reforms(client: httpx.Client) -> None:
    def slugs(**params: str) -> list[str]:
        return [one["slug"] for one in walk(client, "/v1/reforms", **params)]

    assert {event["reform"] for event in walk(client, "/v1/events")} - {None} == set(slugs())
    assert slugs()[:3] == ["patent-law", "trademark-law", "copyright-law"]
    assert slugs(kind="proceeding") == ["wto-ds362", "wto-ds363"]
    assert slugs(as_of="2007-11-21", expected_before="2008-06-01") == ["patent-law", "trademark-law"]
    assert "patent-law" in slugs(body="SIPO", as_of="2007-11-21")
    assert slugs(body="WIPO", as_of="2007-11-21") == []


def test_a_reform_with_its_concerns_and_asks(client: httpx.Client) -> None:
    found = reform(client, "trademark-law")
    assert f"{CABLE}-R028" in found["recommendations"]
    assert any("well-known" in concern["citation"]["quote"] for concern in found["concerns"])
    assert all(concern["raised_by"] for concern in found["concerns"])


def test_events_by_overlap_of_uncertain_dates(client: httpx.Client) -> None:
    def ids(**params: str) -> set[str]:
        return {event["id"] for event in walk(client, "/v1/events", **params)}

    assert "patent-law-E04" in ids(**{"from": "2008-04-30", "to": "2008-05-31"})
    assert "patent-law-E04" not in ids(**{"from": "2008-05-01", "to": "2008-05-31"})
    assert "trademark-law-E09" in ids(to="1990-01-01")
    assert ids(**{"from": "2100-01-01"}) == set()
    patents = [event["id"] for event in walk(client, "/v1/reforms/patent-law/events", limit=5)]
    assert set(patents) == ids(reform="patent-law")
    late = {one["id"] for one in GOLDEN["expectations"] if one["outcome"] == "met_late"}
    others = {"vietnam-pattern-decree-E02"}
    assert ids(outcome="met_late", as_of="2026-11-22") == late | others
    assert ids(kind="expected", outcome="pending", as_of="2007-11-21", known_at="2007-11-21") == {
        "patent-law-E04",
        "patent-law-E05",
        "trademark-law-E08",
        "trademark-law-E09",
        "anti-monopoly-law-E04",
    }


def test_a_range_that_ends_before_it_starts_is_refused(client: httpx.Client) -> None:
    answer = client.get("/v1/events", params={"from": "2009-01-01", "to": "2008-01-01"})
    assert (answer.status_code, answer.json()["errors"][0]["parameter"]) == (422, "to")


def test_outcomes_are_linked_without_claiming_a_cause(client: httpx.Client) -> None:
    linked = walk(client, "/v1/events", recommendation=f"{CABLE}-R037")
    assert linked
    for event in walk(client, "/v1/events"):
        for outcome in event["outcome_of"]:
            assert not any(
                word in outcome["wording"].lower() for word in ("because of", "thanks to", "led to", "caused")
            )


def test_every_event_has_a_whole_citation(client: httpx.Client) -> None:
    events = walk(client, "/v1/events", limit=200)
    assert {event["citation"]["cable"]["cable_id"] for event in events if event["citation"]["cable"]} == {
        one["id"] for one in walk(client, "/v1/cables")
    }
    for event in events:
        cable, source = event["citation"]["cable"], event["citation"]["source"]
        assert (cable is None) != (source is None)
        if cable:
            assert cable["paragraph"]
            assert cable["quote"]
            paragraph = client.get(f"/v1/cables/{cable['cable_id']}/paragraphs/{cable['paragraph']}").json()
            assert event["marking"] == paragraph["marking"]
        else:
            assert source["title"]
            assert source["url"].startswith("http")
            assert source["retrieved"] <= "2026-11-22"
            assert event["marking"] == "U"
        assert event["confidence"] in {"high", "medium", "low"}


@pytest.mark.parametrize("day", ["2007", "2007-11", "1195627320", "2007-11-21T00:00:00Z", "2007-02-29", ""])
@pytest.mark.parametrize("clock", ["as_of", "known_at"])
def test_a_clock_takes_full_dates_only(client: httpx.Client, clock: str, day: str) -> None:
    answer = client.get("/v1/reforms/patent-law", params={clock: day})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["parameter"] == clock


def test_a_missing_record_is_404(client: httpx.Client) -> None:
    for path in (
        "reforms/no-law",
        "reforms/no_law",
        "events/patent-law-E99",
        "events/nothing",
        "reforms/no-law/events",
    ):
        assert client.get(f"/v1/{path}").status_code == 404, path
