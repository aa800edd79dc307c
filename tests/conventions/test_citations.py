"""Citations in all responses: each quote equals the text of its ranges in the stored copy."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.conftest import walk
from tests.conventions.test_lists import PATHS

AS_WRITTEN = {"/v1/drafts", "/v1/audit"}
"""Endpoints that return drafts as written. Quotes get their ranges at publication."""


def quotes(node: Any, cable: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """Yields each quote with the id of its cable."""
    if isinstance(node, dict):
        cable = node.get("cable_id") or cable
        if "quote" in node:
            yield cable, node
        for value in node.values():
            yield from quotes(value, cable)
    elif isinstance(node, list):
        for value in node:
            yield from quotes(value, cable)


@pytest.fixture(scope="module")
def copies(common_folder: Path) -> dict[str, str]:
    """The stored copies, by the id of their cable."""
    return {file.parent.name: file.read_bytes().decode() for file in common_folder.glob("sources/*/cable.txt")}


def test_every_quote_is_spelled_by_its_ranges(client: httpx.Client, copies: dict[str, str]) -> None:
    seen = Counter[str]()
    for path in [one for one in PATHS if one not in AS_WRITTEN]:
        for item in walk(client, path, limit=200):
            for cable, cited in quotes(item):
                slices = [copies[cable][one["start"] : one["end"]] for one in cited["ranges"]]
                assert " ".join(" ".join(slices).split()) == cited["quote"]
                seen[cable] += 1
    assert set(seen) == set(copies)
    asks = Counter(item["cable_id"] for item in walk(client, "/v1/recommendations", limit=200))
    assert all(seen[cable] > 3 * asks[cable] for cable in copies), "each record is quoted in several lists"


def test_every_recommendation_is_cited(client: httpx.Client) -> None:
    for item in walk(client, "/v1/recommendations", limit=200):
        paragraph = client.get(f"/v1/cables/{item['cable_id']}/paragraphs/{item['paragraph']}").json()
        assert item["quote"] in paragraph["text"]
        assert item["cite_as"] == f"{item['cable_id']}, para. {item['paragraph']}"
        assert item["text"] not in paragraph["text"]
