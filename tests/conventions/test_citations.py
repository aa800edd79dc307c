"""Citations in all responses: each quote equals the text of its ranges in the stored copy."""

from collections.abc import Iterator
from typing import Any

import httpx

from app.ingest.fingerprint import DATA
from tests.conftest import CABLE, walk
from tests.conventions.test_lists import PATHS

WITNESS = (DATA / f"sources/{CABLE}/cable.txt").read_bytes().decode()


AS_WRITTEN = {"/v1/drafts", "/v1/audit"}
"""Endpoints that return drafts as written. Quotes get their ranges at publication."""


def quotes(node: Any) -> Iterator[dict[str, Any]]:
    if isinstance(node, dict):
        if "quote" in node:
            yield node
        for value in node.values():
            yield from quotes(value)
    elif isinstance(node, list):
        for value in node:
            yield from quotes(value)


def test_every_quote_is_spelled_by_its_ranges(client: httpx.Client) -> None:
    seen = 0
    for path in [one for one in PATHS if one not in AS_WRITTEN]:
        for item in walk(client, path, limit=200):
            for cited in quotes(item):
                slices = [WITNESS[one["start"] : one["end"]] for one in cited["ranges"]]
                assert " ".join(" ".join(slices).split()) == cited["quote"]
                seen += 1
    assert seen > 300


def test_every_recommendation_is_cited(client: httpx.Client) -> None:
    for item in walk(client, "/v1/recommendations", limit=200):
        paragraph = client.get(f"/v1/cables/{item['cable_id']}/paragraphs/{item['paragraph']}").json()
        assert item["quote"] in paragraph["text"]
        assert item["cite_as"] == f"{CABLE}, para. {item['paragraph']}"
        assert item["text"] not in paragraph["text"]
