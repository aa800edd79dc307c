"""Roundtables and their panels; one with six panels is compared with its cable."""

import httpx

from tests.conftest import CABLE, walk

TITLES = {
    1: "China-Based Industry Overview And Directions The Embassy Should Take on Intellectual Property Rights",
    2: "Trends In Intellectual Property Enforcement and Suggestions for United States Government Support or "
    "Involvement",
    3: "Illustrative Cases - Ways to Protect and Enforce IPR in China",
    4: "IPR Directions for the Future - Legislation and National IPR Strategies and United States Government Support",
    5: "China's Industrial and Intellectual Property Policy: How This Affects United States Companies and How the "
    "Embassy Should Respond",
    6: "The View from Washington: IPR Policy and the Role of Rights Holders in Dealing with Challenges in China",
}
# Read from the cable: (person or organization or, for the unnamed, their words; spoken for).
PARTICIPANTS = {
    1: [
        ("jeremie-waterman", None),
        ("richard-lavin", "american-chamber-of-commerce-in-china"),
        ("jack-chang", "quality-brands-protection-committee"),
        ("jeffrey-schultz", None),
        ("bill-tyrrell", None),
        ("greg-shea", None),
        ("eric-smith", None),
    ],
    2: [
        ("mike-ellis", None),
        ("benjamin-ng", None),
        ("soonhee-jang", None),
        ("elizabeth-lam", "croplife-china"),
        ("d-arcy-quinn", None),
    ],
    3: [("nike", None), ("eu-mission-to-china", None), ("anheuser-busch", None), ("business-software-alliance", None)],
    6: [
        ("audrey-winter", None),
        ("susan-tong", None),
        ("mark-grider", None),
        ("raul-roldan", None),
        ("tom-hipelius", None),
        ("steve-thomas", None),
    ],
}


def test_full_titles(client: httpx.Client) -> None:
    assert {panel["number"]: panel["title"] for panel in walk(client, "/v1/panels", cable=CABLE)} == TITLES


def test_participants(client: httpx.Client) -> None:
    for panel in walk(client, "/v1/panels", cable=CABLE):
        if panel["number"] in PARTICIPANTS:
            found = [
                ((part["person"] or part["organization"])["id"], (part["on_behalf_of"] or {"id": None})["id"])
                for part in panel["participants"]
            ]
            assert found == PARTICIPANTS[panel["number"]]


def test_the_panel_introduced_by_an_unnamed_attache_and_a_counsel(client: httpx.Client) -> None:
    panel = client.get(f"/v1/panels/{CABLE}-P4").json()
    introducers = [part for part in panel["participants"] if part["capacity"] == "introducer"]
    assert [part["person"] and part["person"]["id"] for part in introducers] == ["john-sullivan", None]
    assert "Senior IPR Attache" in introducers[1]["citation"]["quote"]
    unnamed = [part["description"] for part in panel["participants"] if part["description"]]
    assert any("American Seed Trade Association" in words for words in unnamed)


def test_sections_and_sessions_of_the_first_panel(client: httpx.Client) -> None:
    panel = client.get(f"/v1/panels/{CABLE}-P1").json()
    assert panel["paragraphs"] == ["3", "4", "5", "6", "7", "8", "9", "10"]
    assert [section["heading"] for section in panel["sections"]] == [
        "China-based Industry Actively Engaged on IPR",
        "Recommendations from China-Based Industry",
        "Pharmaceutical Industry Concerned about Bulk Chemicals",
        "Recommendations from Pharmaceutical Industry",
        "High Piracy Rates in IT and Copyright Industries",
        "Recommendations from IT and Copyright Industries",
    ]
    assert [session["paragraphs"] for session in panel["sessions"]] == [
        ["3", "4", "5", "6", "7", "8"],
        ["9", "10"],
    ]
    assert client.get(f"/v1/panels/{CABLE}-P2").json()["sessions"] == []


def test_counts_by_target_are_those_of_the_list(client: httpx.Client) -> None:
    for panel in walk(client, "/v1/panels"):
        for counted in panel["recommendations_by_target"]:
            asked = client.get(
                "/v1/recommendations",
                params={
                    "cable": panel["cable_id"],
                    "panel": panel["number"],
                    "target": counted["target"],
                    "include": "total",
                },
            ).json()
            assert asked["total"] == counted["count"]


def test_the_roundtable(client: httpx.Client) -> None:
    held = client.get("/v1/roundtables/beijing-2007").json()
    assert (held["edition"], held["starts_on"], held["ends_on"]) == (6, "2007-10-23", "2007-10-24")
    assert held["theme"].startswith("IPR Protection on the Ground - What the United States Embassy is Doing")
    assert (held["attendance"]["qualifier"], held["attendance"]["value"]) == ("more than", 250)
    assert [part["person"]["id"] for part in held["keynotes"]] == ["clark-t-randt-jr", "jon-dudas", "john-sullivan"]
    assert [panel["number"] for panel in held["panels"]] == [1, 2, 3, 4, 5, 6]
    assert "white paper" in held["follow_up"][0]["text"]
    assert held["follow_up"][0]["citation"]["paragraph"] == "35"


def test_panels_by_who_took_part(client: httpx.Client) -> None:
    def found(**params: str) -> list[int]:
        return [panel["number"] for panel in walk(client, "/v1/panels", **params)]

    assert found(person="jang") == [2]
    assert found(organization="qbpc") == [1, 4]
    assert found(organization="mpa") == [2, 5]
    assert found(cable="99BEIJING1") == []
    assert found(roundtable="beijing-2007") == [1, 2, 3, 4, 5, 6]


def test_a_panel_that_is_not_there_is_404(client: httpx.Client) -> None:
    assert client.get(f"/v1/panels/{CABLE}-P7").status_code == 404
    assert client.get("/v1/panels/four").status_code == 404
    assert client.get("/v1/roundtables/nowhere-1999").status_code == 404
