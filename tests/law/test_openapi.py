"""The document: committed as served, every operation named, described and typed, errors too."""

import json
import re
from collections.abc import Iterator
from typing import Any

import httpx
from fastapi import FastAPI

from tests.conftest import ROOT


def operations(app: FastAPI) -> Iterator[tuple[str, dict[str, Any]]]:
    for path, methods in app.openapi()["paths"].items():
        for operation in methods.values():
            yield path, operation


def test_served_is_committed(client: httpx.Client) -> None:
    committed = json.loads((ROOT / "docs/openapi.json").read_text(encoding="utf-8"))
    assert client.get("/openapi.json").json() == committed


def test_operation_ids_are_function_names_and_unique(app: FastAPI) -> None:
    ids = [operation["operationId"] for _, operation in operations(app)]
    assert len(set(ids)) == len(ids)
    assert all(one.split("_")[0] in {"list", "get", "check", "draw", "export"} for one in ids)


def test_every_operation_has_one_declared_tag_and_a_description(app: FastAPI) -> None:
    declared = {tag["name"] for tag in app.openapi()["tags"]}
    for path, operation in operations(app):
        assert len(operation["tags"]) == 1, path
        assert operation["tags"][0] in declared
        assert operation["description"]


def test_every_parameter_is_described(app: FastAPI) -> None:
    for path, operation in operations(app):
        for parameter in operation.get("parameters", []):
            assert parameter.get("description"), (path, parameter["name"])


def test_errors_are_typed_as_problems(app: FastAPI) -> None:
    for path, operation in operations(app):
        for status, response in operation["responses"].items():
            if status == "default" or status.startswith("4"):
                schema = response["content"]["application/problem+json"]["schema"]
                assert schema == {"$ref": "#/components/schemas/Problem"}, path
    assert not {"HTTPValidationError", "ValidationError"} & set(app.openapi()["components"]["schemas"])


def test_output_shapes_have_every_field_required(app: FastAPI) -> None:
    for name, schema in app.openapi()["components"]["schemas"].items():
        if schema.get("type") == "object":
            assert set(schema["required"]) == set(schema["properties"]), name


def test_no_input_output_pairs(app: FastAPI) -> None:
    assert not [name for name in app.openapi()["components"]["schemas"] if name.endswith(("-Input", "-Output"))]


def test_every_schema_is_used_and_every_reference_leads_somewhere(app: FastAPI) -> None:
    document = app.openapi()
    used = set(re.findall(r'"#/components/schemas/([^"]+)"', json.dumps(document)))
    assert used == set(document["components"]["schemas"])
    # A name with its module in front is what two shapes of one name come to.
    assert not [name for name in used if "__" in name]


def test_a_field_may_be_added_to_every_answer(app: FastAPI) -> None:
    assert "additionalProperties" not in json.dumps(app.openapi())


def test_what_is_neither_text_nor_json_is_a_file(app: FastAPI) -> None:
    files = set()
    for path, operation in operations(app):
        content = operation["responses"]["200"]["content"]
        for media_type, shown in content.items():
            if len(content) == 1 and not media_type.startswith("text/") and not media_type.endswith("json"):
                assert shown["schema"] == {"type": "string", "format": "binary"}, path
                files.add(media_type)
    assert {"application/jsonl", "image/svg+xml"} <= files
