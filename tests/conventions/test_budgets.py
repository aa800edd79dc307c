"""SQL statement budgets: a list costs the same number of statements whatever its size."""

from typing import Any

import httpx
import pytest

from tests.conftest import with_required_params
from tests.conventions.test_lists import PATHS

MOST = {"/v1/search": 4, "/v1/cables/07BEIJING7192/paragraphs": 2, "/v1/reforms/patent-law/events": 2}
"""Exceptions: a list below a record first checks the record; the search also parses the words, and marks."""


@pytest.mark.parametrize("path", PATHS)
def test_statements_do_not_grow_with_rows(client: httpx.Client, statements: list[str], path: str) -> None:
    counts = []
    for limit in (1, 5, 50, 200):
        statements.clear()
        assert client.get(path, params=with_required_params(path, limit=limit)).status_code == 200
        counts.append(len(statements))
    assert len(set(counts)) == 1
    assert counts[0] <= MOST.get(path, 1)


def test_filters_and_totals_cost_one_statement_each(client: httpx.Client, statements: list[str]) -> None:
    asked: dict[str, Any] = {
        "target": ["embassy", "usg"],
        "concerns": "china",
        "organization": "QBPC",
        "panel": 1,
        "limit": 200,
    }
    client.get("/v1/recommendations", params=asked)
    assert len(statements) == 1
    statements.clear()
    client.get("/v1/recommendations", params={**asked, "q": "customs", "body": "wipo", "include": "total"})
    assert len(statements) == 4


def test_a_record_costs_one_statement(client: httpx.Client, statements: list[str]) -> None:
    for path in ("recommendations/07BEIJING7192-R001", "panels/07BEIJING7192-P1", "people/jack-chang"):
        statements.clear()
        assert client.get(f"/v1/{path}").status_code == 200
        assert len(statements) == 1


@pytest.mark.parametrize("path", PATHS)
def test_an_equal_request_sends_equal_sql(client: httpx.Client, statements: list[str], path: str) -> None:
    """A statement with a new text is compiled and planned again, and fills every cache."""
    for _ in range(3):
        assert client.get(path, params=with_required_params(path, limit=5)).status_code == 200
    assert len(set(statements)) * 3 == len(statements)
