"""Facets: filter values with counts that equal the lists they filter."""

import httpx
import pytest

from tests.conftest import walk


@pytest.mark.parametrize(("path", "parameter"), [("/v1/targets", "target"), ("/v1/topics", "topic")])
def test_counts_are_those_of_the_list(client: httpx.Client, path: str, parameter: str) -> None:
    for word in walk(client, path):
        listed = client.get("/v1/recommendations", params={parameter: word["id"], "include": "total"}).json()
        assert listed["total"] == word["recommendation_count"]
        assert word["description"]


def test_bodies_with_their_names_and_counts(client: httpx.Client) -> None:
    bodies = {body["id"]: body for body in walk(client, "/v1/bodies", limit=20)}
    customs = bodies["us-customs-and-border-protection"]
    assert "CBP" in customs["aliases"]
    for count, parameter in (("asked_count", "addressee"), ("named_count", "body")):
        assert customs[count] == len(walk(client, "/v1/recommendations", **{parameter: "CBP"})) > 0
    assert customs["part_of"]["id"] == "us-department-of-homeland-security"
    assert "quality-brands-protection-committee" not in bodies
    kinds = {body["kind"] for body in walk(client, "/v1/bodies", kind="bilateral_forum")}
    assert kinds == {"bilateral_forum"}


def test_every_alias_of_a_body_is_taken(client: httpx.Client) -> None:
    for body in walk(client, "/v1/bodies", limit=200):
        for alias in [body["id"], *body["aliases"]]:
            answer = client.get("/v1/recommendations", params={"body": alias, "include": "total", "limit": 1}).json()
            assert answer["total"] == body["named_count"], alias
