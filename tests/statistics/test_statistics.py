"""Statistics of the cable, compared with the quotes of a careful reader, and the filters that find them."""

from typing import Any, NamedTuple

import httpx
import pytest

from tests.conftest import CABLE, walk


class Figure(NamedTuple):
    """Expected content of a record, and the number as its quote prints it."""

    paragraph: str
    value: float | None
    qualifier: str | None
    unit: str
    said_by: list[tuple[str | None, ...]]
    in_quote: str
    value_to: float | None = None
    date: str | None = None


MISSION = (None, "us-embassy-beijing", None, None)
LAVIN = ("richard-lavin", "caterpillar-china-investment", "american-chamber-of-commerce-in-china", None)
SCHULTZ = ("jeffrey-schultz", "research-and-development-based-pharmaceutical-association-committee", None, None)
JANG = ("soonhee-jang", "eli-lilly", None, None)
QUINN = ("d-arcy-quinn", "croplife", None, None)
MPA = (None, "motion-picture-association", None, None)
IFPI = (None, "international-federation-of-the-phonographic-industry", None, None)
WINTER = ("audrey-winter", "us-trade-representative", None, None)
GRIDER = ("mark-grider", "us-department-of-justice", None, None)
ROLDAN = ("raul-roldan", "federal-bureau-of-investigation", None, None)
THOMAS = ("steve-thomas", "us-customs-and-border-protection", None, None)
UNNAMED = (None, None, None, "copyright industry representatives")

FIGURES = {
    "S01": Figure("1", 250, "more than", "attendees", [MISSION], "more than 250", date="2007-10-23/2007-10-24"),
    "S02": Figure("4", 12, "nearly", "events", [LAVIN], "nearly a dozen", date="2007"),
    "S03": Figure("7", 6, None, "years", [SCHULTZ], "six years"),
    "S04": Figure("9", 80, None, "percent", [UNNAMED], "between 80 and 90 percent", value_to=90),
    "S05": Figure("13", 4, None, "rank", [JANG], "ranked fourth", date="1997/2006"),
    "S06": Figure("13", 10, None, "percent", [JANG], "10 to 20 percent", value_to=20, date="1997/2006"),
    "S07": Figure("15", None, "several", "tons", [QUINN], "several tons"),
    "S08": Figure("26", 18, "up to", "months", [MPA, IFPI], "up to 18 months"),
    "S09": Figure("28", 2, None, "cases", [WINTER], "two WTO cases", date="2007-04"),
    "S10": Figure("29", 25, None, "arrests", [GRIDER], "arrest of 25 suspects"),
    "S11": Figure("29", 6, None, "facilities", [GRIDER], "six manufacturing and distribution facilities"),
    "S12": Figure("29", 7_000_000, None, "USD", [GRIDER], "USD 7 million"),
    "S13": Figure("29", 400, "over", "companies", [ROLDAN], "over 400 companies"),
    "S14": Figure("30", 14_675, None, "seizures", [THOMAS], "14,675 IPR seizures in 2006", date="2006"),
    "S15": Figure("30", 81, None, "percent", [THOMAS], "81 percent", date="2006"),
}
BOUNDS = {
    "2007-10-23/2007-10-24": ("2007-10-23", "2007-10-24"),
    "2007": ("2007-01-01", "2007-12-31"),
    "1997/2006": ("1997-01-01", "2006-12-31"),
    "2007-04": ("2007-04-01", "2007-04-30"),
    "2006": ("2006-01-01", "2006-12-31"),
    None: (None, None),
}
PANELS = {"1": None, "4": 1, "7": 1, "9": 1, "13": 2, "15": 2, "26": 5, "28": 6, "29": 6, "30": 6}


def said_by(item: dict[str, Any]) -> list[tuple[str | None, ...]]:
    def slug(reference: dict[str, str] | None) -> str | None:
        return reference["id"] if reference else None

    return [
        (slug(who["person"]), slug(who["organization"]), slug(who["on_behalf_of"]), who["description"])
        for who in item["said_by"]
    ]


def numbers(client: httpx.Client, filters: str = "") -> list[str]:
    query = httpx.QueryParams(filters)
    params = {"cable": CABLE, **{name: query.get_list(name) for name in query}}
    items = walk(client, "/v1/statistics", **params, limit=4)
    return [item["id"].removeprefix(f"{CABLE}-") for item in items]


@pytest.mark.parametrize("number", FIGURES)
def test_each_statistic_equals_the_cable(client: httpx.Client, number: str) -> None:
    expected = FIGURES[number]
    item = client.get(f"/v1/statistics/{CABLE}-{number}").json()
    assert (item["paragraph"], item["panel"]) == (expected.paragraph, PANELS[expected.paragraph])
    assert (item["value"], item["value_to"]) == (expected.value, expected.value_to)
    assert (item["qualifier"], item["unit"]) == (expected.qualifier, expected.unit)
    assert (item["date"], item["earliest"], item["latest"]) == (expected.date, *BOUNDS[expected.date])
    assert (item["period"] is None) == (item["date"] is None)
    assert said_by(item) == expected.said_by
    assert expected.in_quote in item["quote"]
    assert item["cite_as"] == f"{CABLE}, para. {expected.paragraph}"
    assert item["marking"] == "SBU"


def test_the_figures_are_all_there_in_document_order(client: httpx.Client) -> None:
    assert numbers(client) == list(FIGURES)
    places = [(item["cable_id"], item["ranges"][0]["start"]) for item in walk(client, "/v1/statistics")]
    assert places == sorted(places)
    assert {cable for cable, _ in places} == {one["id"] for one in walk(client, "/v1/cables")}


def test_a_number_is_a_number(client: httpx.Client) -> None:
    text = client.get(f"/v1/statistics/{CABLE}-S12").text
    assert '"value" : 7000000,' in text


def test_one_figure_in_full(client: httpx.Client) -> None:
    item = client.get(f"/v1/statistics/{CABLE}-S02").json()
    assert item["what"] == (
        "The outreach and advocacy of the American Chamber of Commerce on intellectual property included nearly a "
        "dozen events in 2007."
    )
    assert item["period"] == "in 2007"
    assert item["quote"] == "nearly a dozen events in 2007"
    assert item["lead_in"]["quote"].startswith("He outlined AmCham's business outreach")
    assert len(item["lead_in"]["ranges"]) == 2


EXPECTED: dict[str, list[str]] = {
    "unit=percent": ["S04", "S06", "S15"],
    "unit=usd": ["S12"],
    "unit=Seizures&unit=arrests": ["S10", "S14"],
    "paragraph=29": ["S10", "S11", "S12", "S13"],
    "panel=6": ["S09", "S10", "S11", "S12", "S13", "S14", "S15"],
    "panel=3": [],
    "panel=1&unit=percent": ["S04"],
    "said_by=thomas": ["S14", "S15"],
    "said_by=mark-grider": ["S10", "S11", "S12"],
    "said_by=nobody": [],
    "organization=cbp": ["S14", "S15"],
    "organization=AmCham": ["S02"],
    "organization=Caterpillar": ["S02"],
    "organization=IFPI": ["S08"],
    "organization=MPA&organization=China%20Mission": ["S01", "S08"],
    "organization=International%20Federation%20of%20Phonographic%20Industries": ["S08"],
    "cable=07BEIJING7192&paragraph=1": ["S01"],
    "cable=07BEIJING1": [],
    "from=2006-12-31&to=2006-12-31": ["S05", "S06", "S14", "S15"],
    "from=2007-01-01": ["S01", "S02", "S09"],
    "from=2007-05-01": ["S01", "S02"],
    "to=1999-12-31": ["S05", "S06"],
    "to=1996-12-31": [],
    "from=2007-10-24&to=2007-10-24&unit=attendees": ["S01"],
}


@pytest.mark.parametrize("filters", EXPECTED)
def test_filters_give_what_a_careful_reader_lists(client: httpx.Client, filters: str) -> None:
    assert numbers(client, filters) == EXPECTED[filters]


def test_a_unit_that_is_not_known_is_refused_and_near_ones_are_named(client: httpx.Client) -> None:
    answer = client.get("/v1/statistics", params={"unit": "procent"})
    assert answer.status_code == 422
    fault = answer.json()["errors"][0]
    assert fault["parameter"] == "unit"
    assert "nearest known one" in fault["message"]
    assert "percent" in fault["message"]


@pytest.mark.parametrize(
    ("query", "parameter"),
    [
        ("from=2006", "from"),
        ("to=2006-02-30", "to"),
        ("from_=2006-01-01", "from_"),
        ("from=2007-01-01&to=2006-01-01", "to"),
        ("from=2006-01-01&from=2007-01-01", "from"),
        ("value=25", "value"),
    ],
)
def test_an_invalid_value_is_named(client: httpx.Client, query: str, parameter: str) -> None:
    answer = client.get(f"/v1/statistics?{query}")
    assert answer.status_code == 422, answer.text
    assert answer.json()["errors"][0]["parameter"] == parameter


@pytest.mark.parametrize("number", ["S99", "S1", "R001", "s14", "none"])
def test_a_missing_record_is_404(client: httpx.Client, number: str) -> None:
    answer = client.get(f"/v1/statistics/{CABLE}-{number}")
    assert (answer.status_code, answer.json()["code"]) == (404, "not-found")


def test_a_list_and_a_record_cost_one_statement_each(client: httpx.Client, statements: list[str]) -> None:
    for path, most in ((f"statistics/{CABLE}-S01", 1), ("statistics?organization=CBP", 1), ("statistics?unit=USD", 2)):
        statements.clear()
        assert client.get(f"/v1/{path}").status_code == 200
        assert len(statements) == most
