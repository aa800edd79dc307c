"""Examples in the API document match their schema, and each name is of the kind that its field names."""

import re
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest
import yaml
from fastapi import FastAPI
from jsonschema import Draft202012Validator
from pydantic import SecretStr

from app.core.settings import Settings
from app.main import create_app
from tests.conftest import EVERY_ROLE, IN_PATHS, KEY_SECRET, MADE_UP, bearer, new_key, serving, walk
from tests.fixtures.followup import insert_followup

KINDS = {
    "people": {"person", "person_id", "proposer"},
    "organizations": {"organization", "organization_id", "on_behalf_of", "body", "bodies", "addressee"},
    "reforms": {"reform", "reforms", "slug"},
    "recommendations": {"recommendation", "recommendations", "recommendation_id"},
    "events": {"event_id", "fulfilled_by", "conflicts_with"},
    "cables": {"cable", "cable_id"},
    "roundtables": {"roundtable", "roundtable_id"},
    "panels": {"panel_id"},
    "participations": {"participation_id"},
    "statistics": {"statistic_id"},
    "actions": {"action", "action_id"},
    "progress-reports": {"report_id"},
    "sources": {"source", "also_sources"},
    "parties": {"said_by"},
}
"""Fields and parameters that name a record, by the list that contains it."""
KIND_OF = {name: kind for kind, names in KINDS.items() for name in names}


def nodes(node: Any, where: str = "#") -> Iterator[tuple[str, dict[str, Any]]]:
    """Yields every object of the API document, except whole examples of responses and bodies."""
    if isinstance(node, dict):
        yield where, node
        for name, part in node.items():
            if name not in {"examples", "example"} or where.endswith("/properties"):
                yield from nodes(part, f"{where}/{name}")
    elif isinstance(node, list):
        for place, part in enumerate(node):
            yield from nodes(part, f"{where}/{place}")


def shown(app: FastAPI) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yields every schema that has examples, by its location in the document."""
    for where, node in nodes(app.openapi()):
        if isinstance(node.get("examples"), list) and "in" not in node:
            yield where, node


def wrong(schema: dict[str, Any], example: Any) -> str:
    """Returns the schema's objection to an example. An enum value has to be one of the listed ones."""
    faults = [error.message for error in Draft202012Validator(schema).iter_errors(example)]
    words = schema.get("x-extensible-enum") or schema.get("items", {}).get("x-extensible-enum")
    if words is not None:
        faults += [
            f"{one} is no word" for one in (example if isinstance(example, list) else [example]) if one not in words
        ]
    return "; ".join(faults)


def test_every_example_fits_its_schema(app: FastAPI) -> None:
    faults = []
    for where, schema in shown(app):
        rules = {name: part for name, part in schema.items() if name != "examples"}
        if "$ref" not in str(rules):
            faults += [f"{where}: {fault}" for one in schema["examples"] if (fault := wrong(rules, one))]
    assert not faults, "\n".join(faults)


def names(record: dict[str, Any]) -> set[str]:
    """Returns the texts that identify a record: its id, its name and its aliases."""
    found = {record.get("id") or record.get("slug"), record.get("name"), *record.get("aliases", [])}
    return {str(one).lower() for one in found if one}


@pytest.fixture(scope="module")
def made_up(copy_database: Callable[..., str], made_up_template: str) -> Iterator[httpx.Client]:
    url = copy_database("fitting", template=made_up_template)
    insert_followup(url, cable="08NOWHERE123", body="border-ribbon-office")
    key = new_key(url, *EVERY_ROLE)
    app = create_app(Settings(api_key_secret=SecretStr(KEY_SECRET)), database_url=url)
    with serving(app) as address, httpx.Client(base_url=address, headers=bearer(key), timeout=60) as http:
        yield http


@pytest.fixture(scope="module")
def known(client: httpx.Client, made_up: httpx.Client) -> dict[str, set[str]]:
    """Returns the names that an example may use, by kind: of the made-up register, or a public name of the real one."""
    found: dict[str, set[str]] = {kind: set() for kind in KINDS}
    for kind in KINDS.keys() - {"sources", "parties"}:
        # People appear in paragraphs only, and those are above U.
        for http in [made_up] if kind == "people" else [made_up, client]:
            for record in walk(http, f"/v1/{kind}", limit=200):
                found[kind] |= names(record)
    sources = yaml.safe_load((MADE_UP / "curated/sources.yaml").read_text(encoding="utf-8"))["sources"]
    found["sources"] = {one["id"] for one in sources}
    found["parties"] = found["people"] | found["organizations"]
    return found


def flat(value: Any) -> list[str]:
    return [str(one).lower() for one in value] if isinstance(value, list) else [str(value).lower()]


def is_reference(name: str, where: str) -> bool:
    """Returns true for a field that names a record. The person of a caller is not a record."""
    return name in KIND_OF and not (name == "person" and re.search("/v1/audit|/AuditEntry|/Key(In|Out)/", where))


def test_every_example_names_a_record_of_the_kind_that_its_field_names(
    app: FastAPI, known: dict[str, set[str]]
) -> None:
    """Fields count by field name, and parameters by their own name. Whole responses are checked by test_examples."""
    faults, met = [], set()
    for path, methods in app.openapi()["paths"].items():
        for operation in methods.values():
            for one in operation.get("parameters", []):
                if is_reference(one["name"], path) and one["schema"].get("type") != "integer":
                    met.add(one["name"])
                    faults += [
                        f"{path} {one['name']}: {name}"
                        for example in one["schema"]["examples"]
                        for name in flat(example)
                        if name not in known[KIND_OF[one["name"]]]
                    ]
    for where, schema in shown(app):
        name = where.removesuffix("/items").rpartition("/properties/")[2]
        if "/components/schemas/" in where and is_reference(name, where):
            met.add(name)
            faults += [
                f"{where}: {one}"
                for example in schema["examples"]
                for one in flat(example)
                if one not in known[KIND_OF[name]]
            ]
    assert not faults, "\n".join(faults)
    assert met > {"person", "organization", "reform", "cable_id", "recommendations", *IN_PATHS} - {
        "label",
        "target",
        "record_id",
        "key_id",
        "checkpoint_id",
        "panel_id",
    }
