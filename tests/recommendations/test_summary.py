"""Summary: each count equals the list with the same filters, and the chart shows the counts."""

from datetime import UTC, datetime
from typing import Any
from xml.etree import ElementTree as ET

import httpx
import pytest
from sqlalchemy import Engine, text

from tests.conftest import CABLE

SVG = "{http://www.w3.org/2000/svg}"


def summary(client: httpx.Client, filters: str = "") -> dict[str, Any]:
    answer = client.get(f"/v1/summary?{filters}")
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def total(client: httpx.Client, **params: Any) -> int:
    answer = client.get("/v1/recommendations", params={**params, "limit": 1, "include": "total"})
    return int(answer.json()["total"])


def counts(cells: list[dict[str, Any]]) -> dict[tuple[str, Any], int]:
    return {(cell["target"], cell["value"]): cell["count"] for cell in cells}


def test_the_counts_are_those_of_a_careful_reader(client: httpx.Client) -> None:
    found = summary(client, f"cable={CABLE}")
    assert found["recommendation_count"] == 101
    assert counts(found["by_state"]) == {
        ("embassy", "open_unresolved"): 62,
        ("usg", "open_unresolved"): 28,
        ("china", "open_unresolved"): 9,
        ("industry", "open_unresolved"): 3,
    }
    panels = counts(found["by_panel"])
    assert panels["usg", 1] == 14
    assert panels["embassy", 2] == 18
    assert {cell: count for cell, count in panels.items() if cell[1] is None} == {("usg", None): 4, ("china", None): 1}
    assert counts(found["by_topic"])["embassy", "staffing"] == 4
    assert counts(found["by_topic"])["usg", "staffing"] == 1
    bodies = {cell["body"]["id"]: cell["count"] for cell in found["by_body"]}
    assert bodies["national-peoples-congress"] == 3
    assert bodies["us-food-and-drug-administration"] == 2


@pytest.mark.parametrize(
    "filters",
    ["", f"cable={CABLE}", "cable=10HANOI9202", "concerns=china", "panel=4&panel=5&certainty=explicit", "q=training"],
)
def test_each_count_is_what_the_list_holds(client: httpx.Client, filters: str) -> None:
    found = summary(client, filters)
    query = {name: httpx.QueryParams(filters).get_list(name) for name in httpx.QueryParams(filters)}
    assert found["recommendation_count"] == total(client, **query)
    for table, name in (("by_topic", "topic"), ("by_certainty", "certainty"), ("by_state", "state")):
        words = {cell["value"] for cell in found[table]}
        for target in ("embassy", "usg", "china", "industry"):
            for word in words - set(query.get(name, [])):
                params = {**query, "target": target, name: word}
                assert counts(found[table]).get((target, word), 0) == total(client, **params), params
    for cell in found["by_body"]:
        assert cell["count"] == total(client, **query, addressee=cell["body"]["id"])


def test_every_word_of_a_target_adds_up(client: httpx.Client) -> None:
    found = summary(client)
    for table in ("by_panel", "by_certainty", "by_state"):
        for target in ("embassy", "usg", "china", "industry"):
            parts = [cell["count"] for cell in found[table] if cell["target"] == target]
            assert sum(parts) == total(client, target=target), (table, target)


def test_cells_come_in_the_order_of_the_lists(client: httpx.Client) -> None:
    found = summary(client)
    for kind, cells in (("targets", found["by_state"]), ("topics", found["by_topic"][:21])):
        listed = [one["id"] for one in client.get(f"/v1/{kind}").json()["items"]]
        met = [cell["target" if kind == "targets" else "value"] for cell in cells]
        assert met == [word for word in listed if word in met]
    usg = [cell["value"] for cell in found["by_panel"] if cell["target"] == "usg"]
    assert usg == [1, 3, 4, 5, 6, None]
    times = [cell["count"] for cell in found["by_body"]]
    assert times == sorted(times, reverse=True)


def test_nothing_found_is_nothing_counted(client: httpx.Client) -> None:
    lists = ("by_topic", "by_panel", "by_certainty", "by_state", "by_body", "by_overdue")
    empty: dict[str, Any] = {key: [] for key in lists}
    nothing = {"recommendation_count": 0, "overdue_count": 0, "marking": "U", "cables": []}
    assert summary(client, "cable=07BEIJING1") == {**nothing, **empty}


@pytest.mark.parametrize("path", ["summary", "summary.svg"])
@pytest.mark.parametrize(
    ("query", "parameter"),
    [("target=moon", "target"), ("body=nobody", "body"), ("limit=5", "limit"), ("sort=id", "sort")],
)
def test_an_invalid_value_is_named(client: httpx.Client, path: str, query: str, parameter: str) -> None:
    answer = client.get(f"/v1/{path}?{query}")
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["parameter"] == parameter


@pytest.mark.parametrize("path", ["summary", "summary.svg"])
def test_it_costs_one_statement_and_is_304_by_its_tag(client: httpx.Client, statements: list[str], path: str) -> None:
    first = client.get(f"/v1/{path}?target=usg&topic=customs")
    assert (first.status_code, len(statements)) == (200, 1)
    again = client.get(f"/v1/{path}?target=usg&topic=customs", headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


@pytest.mark.parametrize("state", ["draft", "withdrawn"])
def test_unpublished_records_are_not_counted(scratch_client: httpx.Client, scratch_engine: Engine, state: str) -> None:
    before = summary(scratch_client)
    with scratch_engine.begin() as connection:
        connection.execute(
            text("UPDATE recommendations SET publication = :state WHERE id = :id"),
            {"state": state, "id": f"{CABLE}-R037"},
        )
    after = summary(scratch_client)
    assert after["recommendation_count"] == before["recommendation_count"] - 1
    cell = ("usg", "open_unresolved")
    assert counts(after["by_state"])[cell] == counts(before["by_state"])[cell] - 1
    asked, still_asked = (
        {one["body"]["id"]: one["count"] for one in found["by_body"]}["us-food-and-drug-administration"]
        for found in (before, after)
    )
    assert still_asked == asked - 1


def drawn(client: httpx.Client, filters: str = "") -> ET.Element:
    answer = client.get(f"/v1/summary.svg?{filters}")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "image/svg+xml")
    return ET.fromstring(answer.text)  # noqa: S314 - our own drawing


def test_the_drawing_has_a_bar_for_each_count(client: httpx.Client) -> None:
    found = summary(client)
    sheet = drawn(client)
    _, *bars = sheet.findall(f"{SVG}rect")
    assert len(bars) == len(found["by_topic"])
    widths = sorted(int(bar.attrib["width"]) for bar in bars)
    most = max(cell["count"] for cell in found["by_topic"])
    assert widths == sorted(round(500 * cell["count"] / most) for cell in found["by_topic"])
    written = [one.text for one in sheet.findall(f"{SVG}text")]
    assert "small business" in written
    assert str(most) in written


def test_the_drawing_is_black_on_white_and_stays_on_its_sheet(client: httpx.Client) -> None:
    sheet = drawn(client)
    width, height = int(sheet.attrib["width"]), int(sheet.attrib["height"])
    background, *marks = list(sheet)[2:]
    assert background.attrib == {"width": str(width), "height": str(height), "fill": "#fff"}
    for mark in marks:
        assert not {"fill", "stroke", "style"} & set(mark.attrib)
        assert 0 <= float(mark.attrib["x"]) + float(mark.attrib.get("width", 0)) <= width - 20
        assert 0 <= float(mark.attrib["y"]) <= height - 10


def test_the_chart_has_an_equal_text_alternative(client: httpx.Client) -> None:
    sheet = drawn(client, f"target=usg&topic=customs&cable={CABLE}")
    title, description = sheet[0], sheet[1]
    assert (sheet.attrib["role"], sheet.attrib["aria-labelledby"]) == (
        "img",
        f"{title.attrib['id']} {description.attrib['id']}",
    )
    assert title.text == "Recommendations by who is asked, and topic (5 in all)"
    assert description.text is not None
    assert (
        "Washington agencies, Congress, US customs, the US courts: customs 5, enforcement 4, training 2,"
        in description.text
    )


def test_an_empty_drawing_is_still_one(client: httpx.Client) -> None:
    sheet = drawn(client, "cable=07BEIJING1")
    assert sheet[0].text == "Recommendations by who is asked, and topic (0 in all)"
    assert len(sheet.findall(f"{SVG}rect")) == 1


@pytest.mark.parametrize(
    ("filters", "cables", "marking"),
    [
        ("", [CABLE, "10HANOI9202"], "SBU"),
        (f"cable={CABLE}", [CABLE], "SBU"),
        ("cable=10HANOI9202", ["10HANOI9202"], "U"),
        ("id=none", [], "U"),
    ],
)
def test_the_drawing_names_its_source_day_and_marking(
    client: httpx.Client, filters: str, cables: list[str], marking: str
) -> None:
    found = client.get(f"/v1/summary?{filters}").json()
    assert (found["cables"], found["marking"]) == (cables, marking)
    words = [one.text or "" for one in drawn(client, filters).findall(f"{SVG}text")]
    assert marking in words
    day = datetime.now(UTC).date().isoformat()
    assert any(one.startswith("Source: ") and all(cable in one for cable in cables) and day in one for one in words)


def test_a_drawing_of_what_is_unclassified_is_marked_so(scratch_client: httpx.Client, scratch_engine: Engine) -> None:
    with scratch_engine.begin() as connection:
        connection.execute(text("UPDATE paragraphs SET marking = 'U'"))
    assert summary(scratch_client)["marking"] == "U"
