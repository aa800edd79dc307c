"""People and organizations: one record each, found by each of their names."""

import httpx
import pytest

from tests.conftest import walk


@pytest.mark.parametrize("name", ["bill-tyrrell", "Bill Tyrrell", "TYRRELL", "tyrell"])
def test_a_person_is_found_by_any_name_a_misspelling_too(client: httpx.Client, name: str) -> None:
    assert [one["id"] for one in walk(client, "/v1/people", name=name)] == ["bill-tyrrell"]


@pytest.mark.parametrize("name", ["cbp", "Customs and Border Patrol", "us-customs-and-border-protection"])
def test_an_organization_is_found_by_any_name(client: httpx.Client, name: str) -> None:
    assert [one["id"] for one in walk(client, "/v1/organizations", name=name)] == ["us-customs-and-border-protection"]


def test_a_person_shows_where_they_took_part_and_for_whom(client: httpx.Client) -> None:
    chang = client.get("/v1/people/jack-chang").json()
    assert [(part["panel"], part["on_behalf_of"]["id"]) for part in chang["participations"]] == [
        (1, "quality-brands-protection-committee")
    ]
    assert chang["recommendation_count"] == 14


def test_an_organization_shows_those_who_spoke_for_it(client: httpx.Client) -> None:
    committee = client.get("/v1/organizations/quality-brands-protection-committee").json()
    assert [part["person"]["id"] for part in committee["participations"]] == ["jack-chang", "jason-yao"]
    assert committee["recommendation_count"] == 18


def test_filters(client: httpx.Client) -> None:
    def people(**params: object) -> list[str]:
        return [one["id"] for one in walk(client, "/v1/people", **params)]

    parts = walk(client, "/v1/participations")
    keynotes = {part["person"]["id"] for part in parts if part["capacity"] == "keynote"}
    assert people(capacity="keynote") == sorted(keynotes)
    assert keynotes >= {"clark-t-randt-jr", "john-sullivan", "jon-dudas"}
    assert people(panel=3) == []
    assert people(organization="QBPC") == ["jack-chang", "jason-yao"]
    assert people(organization="QBPC", panel=4) == ["jason-yao"]
    assert "nike" in [one["id"] for one in walk(client, "/v1/organizations", panel=3)]
    assert {one["kind"] for one in walk(client, "/v1/organizations", kind="law_firm")} == {"law_firm"}


def test_a_missing_record_is_404(client: httpx.Client) -> None:
    assert client.get("/v1/people/nobody").status_code == 404
    assert client.get("/v1/organizations/nothing").status_code == 404


@pytest.mark.parametrize(
    ("path", "parameter", "name", "known"),
    [
        ("people", "name", "D\u2019Arcy  QUINN", "D'Arcy Quinn"),
        ("people", "name", "Clark T Randt Jr", "Clark T. Randt, Jr."),
        ("people", "name", "\uff2a\uff41\uff43\uff4b\u00a0Chang", "Jack Chang"),
        ("organizations", "name", "Nike Inc", "Nike, Inc."),
        ("organizations", "name", "O\u2019Melveny & Myers", "O'Melveny & Myers"),
        ("organizations", "name", "National People\u2019s Congress", "National People's Congress"),
        ("organizations", "name", "Anheuser\u2013Busch", "Anheuser-Busch"),
        ("organizations", "name", "F.D.A.", "FDA"),
        ("organizations", "name", "U. S. F. D. A.", "USFDA"),
        ("recommendations", "proposer", "JACK\u2003CHANG", "Jack Chang"),
        ("recommendations", "organization", "Q.B.P.C.", "QBPC"),
        ("recommendations", "addressee", "U.S. Customs", "us-customs-and-border-protection"),
        ("recommendations", "body", "W.I.P.O.", "WIPO"),
        ("people", "organization", "q.b.p.c.", "QBPC"),
        ("events", "body", "Supreme People\u2019s Court", "Supreme People's Court"),
        ("events", "body", "supreme  people's court", "supreme-peoples-court"),
        ("reforms", "body", "Supreme People\u02bcs Court", "Supreme People's Court"),
    ],
)
def test_spellings_of_a_name_find_the_same(
    client: httpx.Client, path: str, parameter: str, name: str, known: str
) -> None:
    def ids(asked: str) -> list[str]:
        answer = client.get(f"/v1/{path}", params={parameter: asked, "limit": 200})
        assert answer.status_code == 200, answer.text
        return [one.get("id") or one["slug"] for one in answer.json()["items"]]

    assert ids(known)
    assert ids(name) == ids(known)
