"""Statements built once: no value of a request and no day remains in one, and equal filters share one."""

from collections.abc import Iterator
from datetime import date
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import event

from app.core.statements import Binds, built_once
from app.recommendations.schemas import RecommendationFilters
from tests.conftest import walk, with_required_params
from tests.conventions.test_lists import PATHS

FILTERS = {name: field.examples[0] for name, field in RecommendationFilters.model_fields.items() if field.examples}
VALUES: list[tuple[str, str, list[Any]]] = [
    ("/v1/recommendations", "target", ["embassy", "usg", "china"]),
    ("/v1/recommendations", "panel", [1, 2, 3]),
    ("/v1/recommendations", "organization", ["QBPC", "GKM", "cbp"]),
    ("/v1/recommendations", "has_action", [True, False]),
    ("/v1/recommendations", "continuing", [True, False]),
    ("/v1/people", "capacity", ["panelist", "keynote"]),
    ("/v1/organizations", "kind", ["industry_association", "company"]),
    ("/v1/people", "name", ["jack-chang", "Jeremie Waterman"]),
    ("/v1/participations", "panel", [1, 2, 3]),
    ("/v1/statistics", "unit", ["percent", "USD"]),
    ("/v1/events", "outcome", ["met", "met_late", "not_met"]),
    ("/v1/reforms", "body", ["SIPO", "sclao"]),
    ("/v1/bodies", "kind", ["china_government", "us_government"]),
]


@pytest.fixture
def constants(app: FastAPI, base_url: str) -> Iterator[list[Any]]:
    """Constants of every statement that the service runs during the test: values that no request sends."""
    assert base_url
    seen: list[Any] = []

    def note(_connection: Any, statement: Any, *_rest: Any) -> None:
        if hasattr(statement, "compile"):
            seen.extend(statement.compile().params.values())

    engines = [engine.sync_engine for engine in (*app.state.engines.values(), app.state.write_engine)]
    for engine in engines:
        event.listen(engine, "before_execute", note)
    yield seen
    for engine in engines:
        event.remove(engine, "before_execute", note)


@pytest.mark.parametrize("path", PATHS)
def test_no_statement_of_a_list_contains_a_day(client: httpx.Client, constants: list[Any], path: str) -> None:
    """A day in a statement would still be there tomorrow."""
    assert client.get(path, params=with_required_params(path, include="total")).status_code == 200
    assert not [one for one in constants if isinstance(one, date)]


@pytest.mark.parametrize("name", FILTERS)
def test_no_statement_of_a_filter_contains_a_value(client: httpx.Client, constants: list[Any], name: str) -> None:
    sent = FILTERS[name]
    one = sent[0] if isinstance(sent, list) else sent
    for path in ("/v1/recommendations", "/v1/summary"):
        assert client.get(path, params={name: one}).status_code == 200
    assert not [found for found in constants if isinstance(found, date)]
    assert isinstance(one, bool) or one not in constants


@pytest.mark.parametrize(("path", "name", "values"), VALUES)
def test_each_value_of_a_filter_finds_its_own_rows(
    client: httpx.Client, path: str, name: str, values: list[Any]
) -> None:
    """One after the other, with the same statement; several at once find the rows of each."""
    found = [[str(one) for one in walk(client, path, **{name: value})] for value in values]
    assert any(found)
    assert {row for rows in found for row in rows} == {str(one) for one in walk(client, path, **{name: values})}
    assert any(rows != found[0] for rows in found)


def test_the_number_of_values_makes_no_other_statement(client: httpx.Client, statements: list[str]) -> None:
    for panels in ([1], [2], [1, 2], [1, 2, 3], [3, 4, 5, 6]):
        assert client.get("/v1/recommendations", params={"panel": panels}).status_code == 200
    assert len(statements) == 5
    assert len(set(statements)) == 2


def test_a_value_without_an_sql_type_is_an_error() -> None:
    @built_once
    def names(binds: Binds) -> list[str]:
        return list(binds)

    assert names({"id": "a", "panel": [1, 2]}).built == ["id", "panel"]
    with pytest.raises(TypeError, match="panel has no SQL type: object"):
        names({"panel": object()})
