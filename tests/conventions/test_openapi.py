"""OpenAPI document: the committed one equals the served one, and follows every rule for generated clients."""

import json
from collections.abc import Iterator
from typing import Any

import httpx
from fastapi import FastAPI
from fastapi.routing import APIRoute
from starlette.routing import BaseRoute

from app.http.openapi.document import operations_of
from tests.conftest import ROOT

VERBS = {"list", "get", "check", "draw", "export", "create", "change", "delete", "revoke"}
VERBS |= {"submit", "publish", "return", "withdraw", "carry"}
CLOSED_FOR_GOOD: list[list[str]] = [["present", "absent"]]
"""Enumerations besides the markings that no release will extend."""
PROBLEM_STATUSES = {"400", "401", "403", "404", "409", "410", "412", "415", "422", "428", "429", "default"}


def operations(app: FastAPI) -> Iterator[tuple[str, dict[str, Any]]]:
    for path, methods in app.openapi()["paths"].items():
        for operation in operations_of({"paths": {path: methods}}):
            yield path, operation


def parameters(app: FastAPI) -> Iterator[tuple[str, dict[str, Any]]]:
    for path, operation in operations(app):
        for parameter in operation.get("parameters", []):
            yield f"{path} {parameter['name']}", parameter


def nodes(node: Any, where: str = "#") -> Iterator[tuple[str, dict[str, Any]]]:
    """Yields every object of the document except example responses, which do not follow its grammar."""
    if isinstance(node, dict):
        yield where, node
        for name, part in node.items():
            if name not in {"examples", "example"}:
                yield from nodes(part, f"{where}/{name}")
    elif isinstance(node, list):
        for place, part in enumerate(node):
            yield from nodes(part, f"{where}/{place}")


def kinds(schema: dict[str, Any]) -> set[str]:
    kind = schema.get("type", [])
    return {kind} if isinstance(kind, str) else set(kind) if isinstance(kind, list) else set()


def schemas_of(app: FastAPI, kind: str) -> Iterator[tuple[str, dict[str, Any]]]:
    for where, node in nodes(app.openapi()):
        if kind in kinds(node) and "in" not in node:
            yield where, node


def leaf_routes(routes: list[BaseRoute]) -> Iterator[APIRoute]:
    for route in routes:
        if isinstance(route, APIRoute):
            yield route
        yield from leaf_routes(list(getattr(route, "routes", None) or []))


def test_served_is_committed(client: httpx.Client) -> None:
    committed = json.loads((ROOT / "docs/openapi.json").read_text(encoding="utf-8"))
    assert client.get("/openapi.json").json() == committed


"""Verbs of the operation ids."""


def test_operation_ids_are_function_names_and_unique(app: FastAPI) -> None:
    ids = [operation["operationId"] for _, operation in operations(app)]
    assert len(set(ids)) == len(ids)
    assert all(one.split("_")[0] in VERBS for one in ids)
    for route in leaf_routes(app.routes):
        assert route.operation_id == route.endpoint.__name__


def test_every_operation_has_one_declared_tag_and_a_description(app: FastAPI) -> None:
    declared = {tag["name"]: tag["description"] for tag in app.openapi()["tags"]}
    for path, operation in operations(app):
        assert len(operation["tags"]) == 1, path
        assert declared[operation["tags"][0]]
        assert operation["description"].strip().endswith("."), path
        assert operation["summary"], path
        for response in operation["responses"].values():
            assert response["description"] != "Successful Response", path


def test_every_parameter_is_described_and_has_an_example(app: FastAPI) -> None:
    for where, parameter in parameters(app):
        assert parameter.get("description"), where
        assert parameter["schema"]["examples"], where


def test_every_schema_is_described_and_has_examples(app: FastAPI) -> None:
    """A schema without examples of its own has only fields that reference other schemas."""
    for name, schema in app.openapi()["components"]["schemas"].items():
        assert schema.get("description"), name
        shown = any({"examples", "const"} & set(node) for _, node in nodes(schema))
        assert shown or all("$ref" in json.dumps(field) for field in schema["properties"].values()), name


def test_the_document_has_no_servers_and_no_webhooks(app: FastAPI) -> None:
    document = app.openapi()
    assert "servers" not in document
    assert "webhooks" not in document
    assert not [where for where, node in nodes(document["paths"]) if "servers" in node]


def test_it_is_openapi_3_1_with_a_licence(app: FastAPI) -> None:
    document = app.openapi()
    assert document["openapi"].startswith("3.1.")
    assert document["info"]["license"]["identifier"] == "MIT"
    assert document["info"]["summary"]
    # A keyword of OpenAPI 3.2, which generators reject in a 3.1 document.
    assert not [where for where, node in nodes(document) if "itemSchema" in node]


def test_no_input_output_pairs_and_no_schema_that_nothing_uses(app: FastAPI) -> None:
    document = app.openapi()
    names = set(document["components"]["schemas"])
    assert not [name for name in names if name.endswith(("-Input", "-Output"))]
    referred = {node["$ref"] for _, node in nodes(document) if "$ref" in node}
    used = {one.rpartition("/")[2] for one in referred if "/schemas/" in one}
    assert names == used
    # Two schemas with the same name get their module as a prefix.
    assert not [name for name in names if "__" in name]


def test_enum_is_only_for_what_is_closed_for_good(app: FastAPI) -> None:
    for where, node in nodes(app.openapi()):
        if "enum" in node and isinstance(node["enum"], list):
            assert node["enum"] in CLOSED_FOR_GOOD or where.endswith("/Marking"), where
            assert node["type"] == "string", where
        if "x-extensible-enum" in node:
            assert kinds(node) - {"null"} == {"string"}, where
            assert all(isinstance(word, str) for word in node["x-extensible-enum"]), where


def test_whole_numbers_have_a_format_and_bounds(app: FastAPI) -> None:
    for where, schema in schemas_of(app, "integer"):
        assert schema["format"] in {"int32", "int64"}, where
        assert isinstance(schema["minimum"], int), where
        assert isinstance(schema["maximum"], int), where
        assert schema["format"] == "int64" or schema["maximum"] < 2**31, where
    for where, schema in schemas_of(app, "number"):
        assert schema["format"] == "double", where


def test_texts_and_lists_have_bounds(app: FastAPI) -> None:
    for where, schema in schemas_of(app, "string"):
        bounded = {"maxLength", "enum", "const"} & set(schema)
        assert bounded or schema.get("format") == "binary", where
    for where, schema in schemas_of(app, "array"):
        assert schema["maxItems"] > 0, where


def test_the_page_schema_allows_the_highest_limit(app: FastAPI) -> None:
    pages = [schema for _, schema in nodes(app.openapi()) if {"items", "next_cursor"} <= set(schema)]
    assert pages
    assert {fields["items"]["maxItems"] for fields in pages} == {200}


def test_unions_are_x_or_null_and_scalars_say_so_in_their_type(app: FastAPI) -> None:
    for where, node in nodes(app.openapi()):
        assert "allOf" not in node, where
        if "oneOf" in node:
            assert node["discriminator"]["propertyName"], where
            assert "default" not in node, where
        if "anyOf" in node:
            whole, null = node["anyOf"]
            assert null == {"type": "null"}, where
            # A record of any list: an object without its own schema.
            free = whole.get("additionalProperties") is True
            assert "$ref" in whole or whole["type"] == "array" or free, where


def test_parameters_have_one_type_and_no_null(app: FastAPI) -> None:
    for where, parameter in parameters(app):
        schema = parameter["schema"]
        assert isinstance(schema["type"], str), where
        assert not {"anyOf", "oneOf", "allOf", "$ref"} & set(schema), where
        assert schema.get("default", "") is not None, where
        if schema["type"] == "array":
            assert schema["default"] == [], where
            assert isinstance(schema["items"]["type"], str), where
        elif parameter["required"]:
            assert "default" not in schema, where
    assert not [where for where, node in nodes(app.openapi()) if "default" in node and node["default"] is None]


def test_errors_are_typed_as_problems(app: FastAPI) -> None:
    for path, operation in operations(app):
        errors = {status for status in operation["responses"] if status == "default" or status >= "4"}
        assert {"422", "default"} <= errors <= PROBLEM_STATUSES, path
        assert ("404" in errors) >= ("{" in path), path
        for status in errors:
            content = operation["responses"][status]["content"]
            assert content == {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}, path
    assert not {"HTTPValidationError", "ValidationError"} & set(app.openapi()["components"]["schemas"])


def test_every_read_declares_its_tag_and_that_it_may_be_unchanged(app: FastAPI) -> None:
    for path, methods in app.openapi()["paths"].items():
        operation = methods.get("get", {})
        if not operation:
            continue
        assert "content" not in operation["responses"]["304"], path
        assert {"ETag"} <= set(operation["responses"]["304"]["headers"]), path
        assert {"ETag"} <= set(operation["responses"]["200"]["headers"]), path
        taken = {parameter["name"]: parameter for parameter in operation["parameters"]}
        assert taken["If-None-Match"]["in"] == "header", path
        assert ("Link" in operation["responses"]["200"]["headers"]) == ("cursor" in taken), path


def test_binary_responses_are_declared_as_files(app: FastAPI) -> None:
    files = set()
    for path, operation in operations(app):
        content = operation["responses"].get("200", {}).get("content", {})
        for media_type, shown in content.items():
            if len(content) == 1 and not media_type.startswith("text/") and not media_type.endswith("json"):
                assert shown["schema"] == {"type": "string", "format": "binary"}, path
                files.add(media_type)
    assert {"application/jsonl", "image/svg+xml"} <= files


READS = ("list_", "get_", "draw_", "export_")
CLOSED = ("/v1/admin/", "/v1/audit", "/v1/drafts")
"""Operation id prefixes that readers may call, and paths where readers may call nothing."""


def test_every_operation_declares_its_security(app: FastAPI) -> None:
    """An empty list means a public operation. Named schemes are declared, and so are the 401 and 403 responses."""
    document = app.openapi()
    declared = set(document["components"]["securitySchemes"])
    found = ((path, one) for path, methods in document["paths"].items() for one in methods.values())
    for path, operation in found:
        assert {name for one in operation["security"] for name in one} <= declared, path
        assert ({"401", "403"} <= set(operation["responses"])) == bool(operation["security"]), path
        assert bool(operation["security"]) == path.startswith("/v1/"), path
        open_to_readers = operation["operationId"].startswith(READS)
        closed = path.startswith(CLOSED) or path.endswith("/draft")
        assert (operation["security"][:1] == [{}]) == (path.startswith("/v1/") and open_to_readers and not closed), path


def test_shapes_of_bodies_are_closed(app: FastAPI) -> None:
    """Undeclared members are rejected, and the document states it."""
    schemas = app.openapi()["components"]["schemas"]
    assert "KeyIn" in schemas
    for name, schema in schemas.items():
        if name.endswith(("In", "Patch")):
            assert schema["additionalProperties"] is False, name


def test_output_shapes_have_every_field_required(app: FastAPI) -> None:
    for name, schema in app.openapi()["components"]["schemas"].items():
        if schema.get("type") == "object" and not name.endswith(("In", "Patch")):
            assert set(schema["required"]) == set(schema["properties"]), name
            assert "additionalProperties" not in schema, f"{name}: clients take fields that are added later"


ANYHOW = {"revoke_key"}
"""Operations that apply to any version of a record."""


def test_every_write_declares_what_it_needs_and_how_it_is_refused(app: FastAPI) -> None:
    writes = 0
    for path, methods in app.openapi()["paths"].items():
        for method in {"post", "put", "patch", "delete"} & set(methods):
            writes += 1
            operation = methods[method]
            headers = {one["name"]: one for one in operation.get("parameters", []) if one["in"] == "header"}
            statuses = set(operation["responses"])
            assert "304" not in statuses, path
            assert {"400", "401", "403", "409", "415", "422"} <= statuses, path
            assert ("Idempotency-Key" in headers) == (method == "post"), path
            if "201" in statuses:
                assert headers.keys() - {"If-Match"} == {"Idempotency-Key"}, path
                assert {"Location", "ETag"} <= set(operation["responses"]["201"]["headers"]), path
            elif operation["operationId"] not in ANYHOW:
                assert headers.keys() - {"Idempotency-Key"} == {"If-Match"}, path
                assert {"412", "428"} <= statuses, path
                assert "ETag" in operation["responses"]["412"]["headers"], path
            for shape in operation.get("requestBody", {}).get("content", {}).values():
                assert shape["schema"]["$ref"].endswith(("In", "Patch")), path
    assert writes


def test_request_and_response_schemas_are_distinct(app: FastAPI) -> None:
    document = app.openapi()
    request_schemas, got = set(), set()
    for _, operation in operations(app):
        request_schemas |= {node["$ref"] for _, node in nodes(operation.get("requestBody", {})) if "$ref" in node}
        got |= {node["$ref"] for _, node in nodes(operation["responses"]) if "$ref" in node}
    assert not request_schemas & got
    for one in request_schemas:
        assert document["components"]["schemas"][one.rpartition("/")[2]]["additionalProperties"] is False
