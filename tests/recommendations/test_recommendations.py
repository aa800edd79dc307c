"""Recommendations: the results of each filter, compared with the list of a careful reader."""

from typing import Any

import httpx
import pytest

from tests.conftest import CABLE, walk

# Lists made by reading one cable. The numbers are those of the ids.
EXPECTED: dict[str, list[int]] = {
    "target=usg&panel=1": [13, 14, 15, 16, 17, 18, 19, 20, 26, 27, 31, 32, 37, 38],
    "target=china": [29, 30, 33, 39, 40, 41, 53, 76, 97],
    "target=industry": [1, 2, 54],
    "target=embassy&seeks_change_by=china&panel=1": [21, 22, 23, 24, 28, 34, 48, 49],
    "concerns=china&panel=1": [21, 22, 23, 24, 27, 28, 29, 30, 33, 34, 38, 39, 40, 41, 48, 49],
    "organization=QBPC": [1, 2, *range(21, 33), 80, 81, 82, 83],
    "organization=quality%20brands%20protection%20committee&target=china": [29, 30],
    "body=WIPO": [18, 88],
    "body=jcct": [14, 35],
    "addressee=fda": [37, 38],
    "addressee=CBP": [26, 75],
    "addressee=npc": [39, 40, 76],
    "q=customs": [16, 18, 26, 27, 69, 73, 75],
    "q=%22trademark%20law%22": [28],
    "q=customs%20-training&panel=1": [16, 26, 27],
    "panel=4": list(range(76, 89)),
    "proposer=jang": list(range(56, 65)),
    "proposer=soonhee-jang": list(range(56, 65)),
    "proposer=Tyrell": [33],
    "paragraph=35-2": [],
    "paragraph=8": list(range(34, 41)),
    "paragraph=29&paragraph=31": [96, 97],
    "reform=trademark-law": [28],
    "reform=drug-patent-linkage": [33, 34, 38, 39, 40],
    "certainty=implied&panel=1": [1, 2, 33, 39, 40, 41],
    "continuing=true": [32, 34, 42, 43, 44, 51, 52, 57, 71, 72, 77, 78],
    "position=noted": [92, 93],
    "topic=staffing": [3, 15, 46, 47, 51],
    "topic=statistics&target=embassy": [10, 22, 23, 48],
    "implementation=implemented": [],
    "state=closed_implemented": [],
    "proposer=nobody": [],
    "organization=unheard-of": [],
    "reform=unheard-of": [],
    "id=07BEIJING7192-R047&id=07BEIJING7192-R003": [3, 47],
    "updated_since=2999-01-01": [],
}


def numbers(items: list[dict[str, Any]]) -> list[int]:
    return [int(item["id"].removeprefix(f"{CABLE}-R")) for item in items]


@pytest.mark.parametrize("filters", EXPECTED)
def test_filters_give_what_a_careful_reader_lists(client: httpx.Client, filters: str) -> None:
    query = httpx.QueryParams(filters)
    params = {name: query.get_list(name) for name in query}
    items = walk(client, "/v1/recommendations", **params, cable=CABLE, limit=20)
    assert numbers(items) == EXPECTED[filters]


@pytest.mark.parametrize("filters", ["", *EXPECTED])
def test_a_filter_finds_the_asks_of_every_cable(client: httpx.Client, filters: str) -> None:
    query = httpx.QueryParams(filters)
    params = {name: query.get_list(name) for name in query}
    each = [
        item["id"]
        for cable in sorted(one["id"] for one in walk(client, "/v1/cables"))
        for item in walk(client, "/v1/recommendations", **params, cable=cable, limit=200)
    ]
    assert [item["id"] for item in walk(client, "/v1/recommendations", **params, limit=20)] == each


def test_a_cable_that_is_not_known_has_no_asks(client: httpx.Client) -> None:
    assert walk(client, "/v1/recommendations", cable="07BEIJING1") == []


def test_a_relation_leads_to_another_cable_and_back(client: httpx.Client) -> None:
    later, earlier = "10HANOI9202-R002", "09GUANGZHOU9101-R003"
    for one, other in ((later, earlier), (earlier, later)):
        related = client.get(f"/v1/recommendations/{one}").json()["related"]
        assert related == [{"id": other, "kind": "related"}]


def test_paragraph_five_has_eighteen_asks(client: httpx.Client) -> None:
    items = walk(client, "/v1/recommendations", paragraph="5", cable=CABLE)
    assert [item["targets"] for item in items] == [["embassy"]] * 10 + [["usg"]] * 8
    assert {item["proposers"][0]["person"]["id"] for item in items} == {"jeremie-waterman"}


def test_one_recommendation_in_full(client: httpx.Client) -> None:
    item = client.get(f"/v1/recommendations/{CABLE}-R047").json()
    assert item["quote"] == "raising the Embassy IPR Attache position to the rank of Minister Counselor"
    assert item["lead_in"]["quote"].endswith("Specific suggestions included")
    assert item["cite_as"] == "07BEIJING7192, para. 10"
    assert item["related"] == [{"id": f"{CABLE}-R003", "kind": "duplicate_of"}]
    assert item["proposers"] == [
        {"person": None, "organization": None, "on_behalf_of": None, "description": "panelists"}
    ]
    assert (item["marking"], item["panel"], item["state"]) == ("SBU", 1, "open_unresolved")


def test_a_relation_is_seen_from_both_ends(client: httpx.Client) -> None:
    item = client.get(f"/v1/recommendations/{CABLE}-R003").json()
    assert {"id": f"{CABLE}-R047", "kind": "duplicated_by"} in item["related"]


def test_employer_and_on_whose_behalf_are_apart(client: httpx.Client) -> None:
    who = client.get(f"/v1/recommendations/{CABLE}-R021").json()["proposers"][0]
    assert who["organization"]["id"] == "general-electric"
    assert who["on_behalf_of"]["id"] == "quality-brands-protection-committee"


def test_the_missions_answer_carries_its_words(client: httpx.Client) -> None:
    item = client.get(f"/v1/recommendations/{CABLE}-R093").json()
    assert item["position"] == "noted"
    assert item["position_citation"]["quote"].startswith("The China Mission responded that it was already")
    assert len(item["position_citation"]["ranges"]) == 2


def test_a_hyphenated_word_is_quoted_verbatim_and_found_whole(client: httpx.Client) -> None:
    found = walk(client, "/v1/recommendations", q="long-term", cable=CABLE)
    assert numbers(found) == [15]
    assert found[0]["quote"].startswith("long- term budgeting")


def test_sort_turns_the_order_round(client: httpx.Client) -> None:
    forward = walk(client, "/v1/recommendations", limit=7)
    ids = [item["id"] for item in forward]
    assert ids == sorted(set(ids))
    assert walk(client, "/v1/recommendations", limit=200, sort="-id") == forward[::-1]


def test_updated_since_a_moment_is_inclusive(client: httpx.Client) -> None:
    newest = client.get("/v1/recommendations", params={"sort": "-updated_at", "limit": 1}).json()["items"][0]
    again = client.get("/v1/recommendations", params={"updated_since": newest["updated_at"], "limit": 200}).json()
    assert newest["id"] in [item["id"] for item in again["items"]]


@pytest.mark.parametrize("words", ["the", "of and", "***", "!!! &", "-the"])
def test_a_search_without_words_says_so(client: httpx.Client, words: str) -> None:
    answer = client.get("/v1/recommendations", params={"q": words})
    assert (answer.status_code, answer.json()["code"]) == (422, "empty-search")


@pytest.mark.parametrize("parameter", ["body", "addressee"])
def test_a_body_that_is_not_known_is_refused_and_the_nearest_is_named(client: httpx.Client, parameter: str) -> None:
    answer = client.get("/v1/recommendations", params={parameter: "us-custom-and-border-protection"})
    assert answer.status_code == 422
    fault = answer.json()["errors"][0]
    assert fault["parameter"] == parameter
    assert "us-customs-and-border-protection" in fault["message"]


@pytest.mark.parametrize("value", ["2007", "1195627320", "2007-11", "21.11.2007", "2007-02-30", "2007-11-21 06:42"])
def test_a_date_is_a_full_date_or_refused(client: httpx.Client, value: str) -> None:
    answer = client.get("/v1/recommendations", params={"updated_since": value})
    assert answer.status_code == 422, answer.text
    assert answer.json()["errors"][0]["parameter"] == "updated_since"
