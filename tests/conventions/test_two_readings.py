"""The two independent readings of the cable: every ask in either is a record, and every difference is resolved."""

import re
from collections.abc import Callable
from functools import cache
from typing import Any

import httpx
import pytest
import yaml

from app.ingest.fingerprint import DATA
from tests.conftest import CABLE, ROOT, walk

Ask = dict[str, Any]
Facts = dict[str, Any]

READINGS = {"first": "asks-a.yaml", "second": "asks-b.yaml"}
ONE_READING_ONLY = {f"{CABLE}-R064": "each item of a list is a record, also one that comes a second time"}
FIELDS = ("target", "change sought", "certainty", "continuing", "addressees", "proposers", "named bodies")


@cache
def reading(which: str) -> list[Ask]:
    asks: list[Ask] = yaml.safe_load((ROOT / "tests/golden/readings" / READINGS[which]).read_text(encoding="utf-8"))
    return asks


@cache
def table(first_heading: str) -> list[list[str]]:
    """Returns the rows of the table in data/README.md whose first column has this heading."""
    lines = (DATA / "README.md").read_text(encoding="utf-8").splitlines()
    start = next(place for place, line in enumerate(lines) if line.startswith(f"| {first_heading} |"))
    rows: list[list[str]] = []
    for line in lines[start + 2 :]:
        if not line.startswith("|"):
            break
        rows.append([cell.strip() for cell in line.strip("|").split("|")])
    return rows


def likeness(one: str, other: str) -> float:
    """Returns the similarity of two quotes. 0 if neither contains the other and they do not share most words."""
    some, others = set(re.findall(r"\w+", one.lower())), set(re.findall(r"\w+", other.lower()))
    shared = len(some & others)
    same = one in other or other in one or shared > min(len(some), len(others)) / 2
    return shared / len(some | others) if same else 0


def pairs(asks: list[Ask], others: list[Ask]) -> dict[int, int]:
    """Matches asks of two readings by position, the most similar first, each at most once."""
    found: dict[int, int] = {}
    candidates = [
        (likeness(ask["quote"], other["quote"]), place, at)
        for place, ask in enumerate(asks)
        for at, other in enumerate(others)
        if ask["paragraph"] == other["paragraph"]
    ]
    for alike, place, at in sorted(candidates, key=lambda one: (-one[0], one[1:])):
        if alike and place not in found and at not in found.values():
            found[place] = at
    return found


@pytest.fixture(scope="module")
def records(client: httpx.Client) -> list[Ask]:
    return walk(client, "/v1/recommendations", cable=CABLE, limit=200)


@pytest.fixture(scope="module")
def slug(client: httpx.Client) -> Callable[[str | None], str | None]:
    """Returns the slug for a name. An unknown name stays as it is."""
    parties = [*walk(client, "/v1/organizations", limit=200), *walk(client, "/v1/people", limit=200)]
    known = {
        name.lower(): party["id"]
        for party in parties
        for name in (party["id"], party["name"], *party["aliases"], *party["misspellings"])
    }
    return lambda name: known.get(name.lower(), name) if name else None


def facts_read(ask: Ask, slug: Callable[[str | None], str | None]) -> Facts:
    """Returns the facts of an ask in a reading, for comparison."""
    values = (
        sorted(ask["targets"]),
        ask.get("seeks_change_by"),
        ask["certainty"],
        ask.get("continuing", False),
        sorted((str(slug(one["body"])), one["basis"]) for one in ask.get("addressees", [])),
        [tuple(slug(who.get(key)) for key in ("person", "organization", "on_behalf_of")) for who in ask["proposers"]],
        sorted(str(slug(name)) for name in ask.get("bodies", [])),
    )
    return dict(zip(FIELDS, values, strict=True))


def facts_recorded(record: Ask) -> Facts:
    """Returns the facts of a record, in the same form."""
    values = (
        sorted(record["targets"]),
        record["seeks_change_by"],
        record["certainty"],
        record["continuing"],
        sorted((one["body"]["id"], one["basis"]) for one in record["addressee_bodies"]),
        [
            tuple(who[key] and who[key]["id"] for key in ("person", "organization", "on_behalf_of"))
            for who in record["proposers"]
        ],
        sorted(body["id"] for body in record["named_bodies"]),
    )
    return dict(zip(FIELDS, values, strict=True))


@pytest.mark.parametrize("which", READINGS)
def test_every_ask_of_either_reading_is_a_record(records: list[Ask], which: str) -> None:
    found = pairs(reading(which), records)
    assert [ask["quote"] for place, ask in enumerate(reading(which)) if place not in found] == []


def test_a_record_that_only_one_reading_has_is_ruled_on(records: list[Ask]) -> None:
    for which in READINGS:
        found = set(pairs(reading(which), records).values())
        missed = {record["id"] for place, record in enumerate(records) if place not in found}
        assert missed <= ONE_READING_ONLY.keys(), f"the {which} reading does not have these"
    listed = {f"{CABLE}-{row[0]}" for row in table("Record") if row[1] == "record"}
    assert listed == ONE_READING_ONLY.keys()


def test_the_counts_of_agreement(slug: Callable[[str | None], str | None]) -> None:
    first, second = reading("first"), reading("second")
    both = pairs(first, second)
    alike = dict.fromkeys(FIELDS, 0)
    for place, at in both.items():
        some, others = facts_read(first[place], slug), facts_read(second[at], slug)
        for field in FIELDS:
            alike[field] += some[field] == others[field]
    counts = [len(first), len(second), len(both), len(first) - len(both), len(second) - len(both), *alike.values()]
    assert [int(row[1]) for row in table("Compared")] == counts


def test_each_difference_is_settled_and_the_rest_is_as_both_read_it(
    records: list[Ask], slug: Callable[[str | None], str | None]
) -> None:
    settled = {(f"{CABLE}-{row[0]}", row[1]): row[4] for row in table("Record") if row[1] != "record"}
    first, second = reading("first"), reading("second")
    record_of = pairs(first, records)
    differing = set()
    for place, at in pairs(first, second).items():
        record = records[record_of[place]]
        read = {"first": facts_read(first[place], slug), "second": facts_read(second[at], slug)}
        for field, value in facts_recorded(record).items():
            named = (record["id"], field)
            if read["first"][field] != read["second"][field]:
                differing.add(named)
            assert value == read[settled.get(named, "first")][field], named
    assert differing == settled.keys()
