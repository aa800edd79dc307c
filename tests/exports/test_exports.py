"""Exports of every list: the same rows as the list, safe in a spreadsheet, with an ETag."""

import csv
import io
import json
import re
from typing import Any

import httpx
import pytest
from sqlalchemy import Engine, text

from app.exports.formats.tables import Column, columns_of, csv_rows
from app.exports.queries import EXPORTS
from tests.conftest import walk


def listed(client: httpx.Client, name: str) -> list[dict[str, Any]]:
    """Returns every item of the list that an export contains."""
    paths = [f"/v1/{name.replace('_', '-')}"]
    if name == "paragraphs":
        paths = [f"/v1/cables/{cable}/paragraphs" for cable in sorted(one["id"] for one in walk(client, "/v1/cables"))]
    return [item for path in paths for item in walk(client, path, limit=200)]


@pytest.mark.parametrize("name", EXPORTS)
def test_json_lines_are_the_rows_of_the_list(client: httpx.Client, name: str) -> None:
    answer = client.get(f"/v1/exports/{name.replace('_', '-')}.jsonl")
    assert answer.headers["content-type"] == "application/jsonl"
    assert [json.loads(line) for line in answer.text.splitlines()] == listed(client, name)


@pytest.mark.parametrize("name", EXPORTS)
def test_csv_has_a_column_for_each_field(client: httpx.Client, name: str) -> None:
    answer = client.get(f"/v1/exports/{name.replace('_', '-')}.csv")
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.headers["content-disposition"].startswith(f'attachment; filename="{name}-')
    assert answer.text.endswith("\r\n")
    rows = list(csv.DictReader(io.StringIO(answer.text, newline=""), strict=True))
    items = listed(client, name)
    assert len(rows) == len(items)
    first = {"reforms": "slug", "paragraphs": "label"}.get(name, "id")
    assert [row[first] for row in rows] == [item[first] for item in items]


FILTERED: list[tuple[str, dict[str, Any]]] = [
    ("recommendations", {"target": "usg", "panel": [1, 3], "sort": "-id"}),
    ("recommendations", {"q": "customs"}),
    ("events", {"reform": "patent-law", "from": "2008-01-01", "as_of": "2009-01-01"}),
    ("reforms", {"stage": "public_comment", "as_of": "2007-11-21"}),
    ("people", {"organization": "QBPC"}),
    ("statistics", {"unit": "percent"}),
]


@pytest.mark.parametrize(("name", "filters"), FILTERED)
def test_the_lists_own_filters_hold(client: httpx.Client, name: str, filters: dict[str, Any]) -> None:
    lines = client.get(f"/v1/exports/{name.replace('_', '-')}.jsonl", params=filters).text.splitlines()
    listed = walk(client, f"/v1/{name}", **filters)
    assert listed
    assert [json.loads(line) for line in lines] == listed


@pytest.mark.parametrize("kind", ["csv", "jsonl"])
def test_an_invalid_export_request_is_a_problem(client: httpx.Client, kind: str) -> None:
    for params in ({"limit": "5"}, {"tarjet": "usg"}, {"target": "moon"}, {"q": "the"}, {"body": "nothing"}):
        answer = client.get(f"/v1/exports/recommendations.{kind}", params=params)
        assert answer.status_code == 422
        assert answer.headers["content-type"] == "application/problem+json"
    assert client.get(f"/v1/exports/nothing.{kind}").status_code == 404


def test_a_row_has_its_citation(client: httpx.Client) -> None:
    rows = list(csv.DictReader(io.StringIO(client.get("/v1/exports/recommendations.csv").text)))
    row = next(one for one in rows if one["id"] == "07BEIJING7192-R003")
    assert row["cite_as"] == "07BEIJING7192, para. 5"
    assert row["quote"] == "appoint a Minister Counselor-level representative for IPR efforts"
    assert row["ranges"] == "4067..4132"
    assert row["lead_in_quote"].startswith("Waterman articulated")


def test_unchanged_is_304_and_a_change_is_seen(scratch_client: httpx.Client, scratch_engine: Engine) -> None:
    address = "/v1/exports/recommendations.csv"
    tag = scratch_client.get(address).headers["etag"]
    again = scratch_client.get(address, headers={"If-None-Match": tag})
    assert (again.status_code, again.content) == (304, b"")
    assert scratch_client.get(address, params={"target": "usg"}).headers["etag"] != tag
    with scratch_engine.begin() as connection:
        connection.execute(text("UPDATE recommendations SET text = 'Something else.' WHERE id = '07BEIJING7192-R003'"))
    changed = scratch_client.get(address, headers={"If-None-Match": tag})
    assert changed.status_code == 200
    assert changed.headers["etag"] != tag
    assert "Something else." in changed.text


STARTS = [
    "=",
    "+",
    "-",
    "@",
    "\t",
    "\r",
    "\uff1d",
    "\uff0b",
    "\uff0d",
    "\uff20",
    "\u200b=",
    "\u200b \ufeff@",
    "  +",
    "\u00a0-",
]


@pytest.mark.parametrize("start", STARTS)
def test_no_cell_is_a_formula(scratch_client: httpx.Client, scratch_engine: Engine, start: str) -> None:
    planted = f"{start}HYPERLINK(\"x\"), 'quoted',\nsecond line"
    with scratch_engine.begin() as connection:
        connection.execute(text("ALTER TABLE recommendations DROP CONSTRAINT ck_recommendations_text_is_said"))
        connection.execute(text("UPDATE recommendations SET text = :planted"), {"planted": planted})
    rows = list(csv.DictReader(io.StringIO(scratch_client.get("/v1/exports/recommendations.csv").text, newline="")))
    assert {row["text"] for row in rows} == {f"'{planted}"}
    raw = scratch_client.get("/v1/exports/recommendations.jsonl").text.splitlines()
    assert {json.loads(line)["text"] for line in raw} == {planted}


def test_more_rows_than_a_batch_come_whole_and_in_order(scratch_client: httpx.Client, scratch_engine: Engine) -> None:
    with scratch_engine.begin() as connection:
        connection.execute(
            text(
                "INSERT INTO people (id, name) SELECT 'person-' || lpad(n::text, 5, '0'), 'Person ' || n "
                "FROM generate_series(1, 3000) n"
            )
        )
    lines = scratch_client.get("/v1/exports/people.jsonl").text.splitlines()
    ids = [json.loads(line)["id"] for line in lines]
    assert len(ids) > 3000
    assert ids == sorted(ids)
    assert len(set(ids)) == len(ids)


def test_aborted_exports_release_their_connection(scratch_client: httpx.Client, scratch_engine: Engine) -> None:
    for _ in range(30):
        with scratch_client.stream("GET", "/v1/exports/events.jsonl") as answer:
            next(answer.iter_bytes(10))
    assert scratch_client.get("/v1/recommendations", params={"limit": 1}).status_code == 200
    with scratch_engine.connect() as connection:
        waiting = connection.scalar(
            text("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND state LIKE 'idle in %'")
        )
    assert waiting == 0


def test_values_as_text() -> None:
    columns = columns_of(EXPORTS["recommendations"].shape)
    assert [column.name for column in columns][:7] == [
        "id",
        "cable_id",
        "paragraph",
        "quote",
        "ranges",
        "lead_in_quote",
        "lead_in_ranges",
    ]
    assert written(a=None, b=[1, 2], c=True) == ',"1; 2",true\r\n'


def written(**values: Any) -> str:
    return csv_rows([json.dumps(values)], [Column(name, (name,)) for name in values])


@pytest.mark.parametrize("value", [-5, -0.5, 0, 1e16, -9007199254740992, 2.5])
def test_a_number_stays_one_also_below_zero(value: float) -> None:
    assert json.loads(written(a=value)) == value
    assert written(a=str(value)).startswith("'") == (value < 0)


def test_a_figure_below_zero_is_a_number_in_its_file(scratch_client: httpx.Client, scratch_engine: Engine) -> None:
    with scratch_engine.begin() as connection:
        connection.execute(text("UPDATE statistics SET value = -5, value_to = NULL"))
    rows = csv.DictReader(io.StringIO(scratch_client.get("/v1/exports/statistics.csv").text, newline=""))
    assert {row["value"] for row in rows} == {"-5"}


def split(cell: str, sign: str) -> list[str]:
    """Returns the values of a list in a cell, separated as the documentation describes."""
    parts = re.split(rf"(?<!\\)(?:\\\\)*{re.escape(sign)}", cell) if cell else []
    return parts if sign == "; " else [re.sub(r"\\(.)", r"\1", part) for part in parts]


def test_lists_of_objects_are_read_back(client: httpx.Client) -> None:
    """People and organizations, names with commas, and nested lists."""
    rows = list(csv.DictReader(io.StringIO(client.get("/v1/exports/recommendations.csv").text, newline="")))
    for row, item in zip(rows, listed(client, "recommendations"), strict=True):
        for part in ("person", "organization", "on_behalf_of"):
            for name in ("id", "name"):
                said = [(one[part] or {}).get(name) or "" for one in item["proposers"]]
                assert split(row[f"proposers_{part}_{name}"], "; ") == (said if said != [""] else []), item["id"]
        assert split(row["named_bodies_id"], "; ") == [one["id"] for one in item["named_bodies"]]
    rows = list(csv.DictReader(io.StringIO(client.get("/v1/exports/panels.csv").text, newline="")))
    for row, item in zip(rows, listed(client, "panels"), strict=True):
        assert split(row["sections_heading"], "; ") == [one["heading"] for one in item["sections"]]
        inner = [split(cell, " | ") for cell in split(row["sections_paragraphs"], "; ")]
        assert inner == [one["paragraphs"] for one in item["sections"]]


@pytest.mark.parametrize("name", EXPORTS)
def test_columns_do_not_depend_on_the_rows(client: httpx.Client, name: str) -> None:
    columns = [column.name for column in columns_of(EXPORTS[name].shape)]
    assert len(columns) == len(set(columns))
    for params in ({}, {"id": "none"} if name == "recommendations" else {}):
        head = client.get(f"/v1/exports/{name.replace('_', '-')}.csv", params=params).text.partition("\r\n")[0]
        assert head.split(",") == columns


def test_separators_inside_values_are_escaped() -> None:
    columns = [Column("a", ("a", "b"))]
    row = json.dumps({"a": [{"b": "x; y"}, {"b": None}, {"b": "back\\slash"}, {"b": "=1"}]})
    assert csv_rows([row], columns) == '"x\\; y; ; back\\\\slash; =1"\r\n'
    row = json.dumps({"a": [{"b": ["x|y;", "z"]}, {"b": []}]})
    assert csv_rows([row], columns) == '"x\\|y\\; | z; "\r\n'


@pytest.mark.parametrize("name", EXPORTS)
def test_a_file_for_spreadsheets_begins_with_a_byte_order_mark(client: httpx.Client, name: str) -> None:
    address = f"/v1/exports/{name.replace('_', '-')}.csv"
    plain, marked = client.get(address), client.get(address, params={"bom": "true"})
    assert marked.content == b"\xef\xbb\xbf" + plain.content
    assert client.get(address, params={"bom": "false"}).content == plain.content
    assert marked.headers["etag"] != plain.headers["etag"]
    assert client.get(address, params={"bom": "true"}, headers={"If-None-Match": plain.headers["etag"]}).content
    assert client.get(f"/v1/exports/{name.replace('_', '-')}.jsonl", params={"bom": "true"}).status_code == 422


@pytest.mark.parametrize("sign", [",", ";", "\t", "\n", "\r", '"', "|"])
@pytest.mark.parametrize("before", ["x", "", "'", '"', "x y"])
def test_no_separator_of_any_locale_divides_a_cell(sign: str, before: str) -> None:
    text = f"{before}{sign}=1+1"
    line = written(a=text, b="y")
    assert line.startswith('"')
    ((cell, other),) = csv.reader(io.StringIO(line, newline=""), strict=True)
    assert (cell.removeprefix("'"), other) == (text.removeprefix("'"), "y")
    for divider in ";\t":
        found = next(csv.reader(io.StringIO(line, newline=""), delimiter=divider))
        assert not any(one.startswith("=") for one in found), found
