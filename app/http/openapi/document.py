"""OpenAPI document: FastAPI's document, corrected where client generators fail."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from app.core.pagination import PAGE_MOST
from app.http.openapi.examples import show_answers
from app.http.openapi.write_operations import WRITE_HEADERS, WRITING, mend_write
from app.http.request_head import LONGEST_TAG_LIST
from app.http.routing import SCHEME

SCALARS = {"string", "integer", "number", "boolean"}
STOCK_VALIDATION = {"HTTPValidationError", "ValidationError"}
MOST_IN_A_LIST = 10_000
"""Maximum items of a list in a response, unless its field declares a smaller limit."""
LONGEST_TEXT = 10 * 1024 * 1024
"""Maximum length of a plain text response, in characters. Files have no limit."""
LENGTHS = {"date": 10, "date-time": 40}
"""Maximum length of a date and a time as strings, in characters."""
PRINTABLE = r"^[^\x00-\x1F\x7F]*$"
"""Pattern of every string in a query: no control characters."""

IF_NONE_MATCH: dict[str, Any] = {
    "name": "If-None-Match",
    "in": "header",
    "required": False,
    "description": "ETags of responses that the client has. If one of them is current, the response is a 304.",
    "schema": {"type": "string", "maxLength": LONGEST_TAG_LIST, "examples": ['"7b0d5ab4a1b5f0d7d3a6b8a6f1c2e3d4"']},
}
HEADERS: dict[str, Any] = {
    "ETag": {
        "description": "Entity tag of the response: equal bytes have equal tags.",
        "schema": {"type": "string", "maxLength": 200, "examples": ['"7b0d5ab4a1b5f0d7d3a6b8a6f1c2e3d4"']},
    },
    "Link": {
        "description": 'URL of the next page, `rel="next"`; absent on the last page.',
        "schema": {"type": "string", "maxLength": 10_000, "examples": ['</v1/panels?cursor=...>; rel="next"']},
    },
}
CREDENTIALS: dict[str, Any] = {
    "type": "http",
    "scheme": "bearer",
    "description": (
        "An API key of this service (`rr_...`), or a token (JWT) of the trusted OpenID Connect issuer. "
        "Reading needs no credentials if the operator allows anonymous access."
    ),
}


def openapi_of(app: FastAPI, *, examples: Path) -> dict[str, Any]:
    """Returns the OpenAPI document, which is built once and cached. `examples` is the file of example responses."""
    if not app.openapi_schema:
        document = get_openapi(
            title=app.title,
            version=app.version,
            summary=app.summary,
            description=app.description,
            routes=app.routes,
            tags=app.openapi_tags,
            license_info=app.license_info,
            separate_input_output_schemas=False,
        )
        for operation in operations_of(document):
            _mend_operation(operation)
        for methods in document["paths"].values():
            for method in WRITING & set(methods):
                mend_write(method, methods[method])
        _mend_schema(document, closed=_asked(document))
        for operation in operations_of(document):
            _mend_parameters(operation)
        _bind_pages(document)
        _keep_used(document)
        document["components"]["headers"] = HEADERS | WRITE_HEADERS
        document["components"]["securitySchemes"] = {SCHEME: CREDENTIALS}
        show_answers(document, json.loads(examples.read_text(encoding="utf-8")))
        app.openapi_schema = document
    return app.openapi_schema


def operations_of(document: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yields every operation of every path."""
    for path in document["paths"].values():
        for name, operation in path.items():
            if name not in {"parameters", "summary", "description", "servers"}:
                yield operation


def _mend_operation(operation: dict[str, Any]) -> None:
    """Sets the media type of problems, default security, response descriptions, ETag and Link headers, and 304."""
    operation.setdefault("security", [])
    lists = any(parameter["name"] == "cursor" for parameter in operation.get("parameters", []))
    for status, response in operation["responses"].items():
        if response["description"] == "Successful Response":
            response["description"] = "A page of the list." if lists else "The requested resource."
        if (status == "default" or status >= "4") and "content" in response:
            response["content"] = {"application/problem+json": next(iter(response["content"].values()))}
        if status in {"200", "304"} and "304" in operation["responses"]:
            named = ["ETag", "Link"] if lists and status == "200" else ["ETag"]
            response["headers"] = {name: {"$ref": f"#/components/headers/{name}"} for name in named}
        _mend_media(response.get("content", {}))
    if "304" in operation["responses"]:
        operation.setdefault("parameters", []).append(IF_NONE_MATCH)


def _mend_media(content: dict[str, Any]) -> None:
    """Limits the length of text responses, and marks responses that are neither text nor JSON as binary."""
    for kind, media in content.items():
        if media["schema"].get("type") == "string" and kind.startswith("text/") and "format" not in media["schema"]:
            media["schema"].setdefault("maxLength", LONGEST_TEXT)
        elif len(content) == 1 and not kind.startswith("text/") and not kind.endswith("json"):
            # If an SVG is declared as a string, openapi-generator's Python client rejects its media type.
            media["schema"] = {"type": "string", "format": "binary"}


def _mend_parameters(operation: dict[str, Any]) -> None:
    """Corrects parameters: not nullable, strings without control characters, one description each."""
    for parameter in operation.get("parameters", []):
        schema = parameter["schema"]
        if isinstance(schema.get("type"), list):
            schema["type"] = schema["type"][0]
        if schema.get("default", "") is None:
            del schema["default"]
        if parameter["in"] == "query":
            text = schema.get("items", schema)
            if text.get("type") == "string" and not {"format", "pattern", "x-extensible-enum"} & set(text):
                text["pattern"] = PRINTABLE
        if parameter.get("description") == schema.get("description"):
            schema.pop("description", None)


def _asked(document: dict[str, Any]) -> list[Any]:
    """Returns the schemas of request bodies."""
    schemas = document["components"]["schemas"]
    bodies = [operation.get("requestBody") for operation in operations_of(document)]
    return [schemas[name] for name in _reached(schemas, bodies)]


def _mend_schema(node: Any, *, closed: list[Any]) -> None:
    """Corrects schemas: nullable scalars as a list of types, limits, open objects, no generated titles."""
    if isinstance(node, list):
        for part in node:
            _mend_schema(part, closed=closed)
    if not isinstance(node, dict):
        return
    for part in node.values():
        _mend_schema(part, closed=closed)
    either = node.get("anyOf")
    if isinstance(either, list) and len(either) == 2 and {"type": "null"} in either:  # noqa: PLR2004 - X or null
        scalar = next(part for part in either if part != {"type": "null"})
        if scalar.get("type") in SCALARS:
            del node["anyOf"]
            node.update(scalar | node | {"type": [scalar["type"], "null"]})
    # Responses only, since requests are validated strictly. Go clients reject members that a closed schema lacks.
    if node.get("additionalProperties") is False and not any(node is one for one in closed):
        del node["additionalProperties"]
    if isinstance(node.get("title"), str) and ("type" in node or "$ref" in node or "anyOf" in node):
        del node["title"]
    _bound(node)


def _bound(node: dict[str, Any]) -> None:
    """Adds default limits to lists, dates and times, and makes the limits of integers integers."""
    kinds = node["type"] if isinstance(node.get("type"), list) else [node.get("type")]
    if "array" in kinds:
        node.setdefault("maxItems", MOST_IN_A_LIST)
    if "string" in kinds and node.get("format") in LENGTHS:
        node.setdefault("maxLength", LENGTHS[node["format"]])
    if "integer" in kinds:
        for bound in ("minimum", "maximum"):
            if bound in node:
                node[bound] = int(node[bound])


def _bind_pages(document: dict[str, Any]) -> None:
    """Limits the items of a page to the maximum of `limit`."""
    for schema in document["components"]["schemas"].values():
        fields = schema.get("properties", {})
        if {"items", "next_cursor"} <= set(fields):
            fields["items"]["maxItems"] = PAGE_MOST


def _keep_used(document: dict[str, Any]) -> None:
    """Removes schemas that no operation references.

    FastAPI adds a schema for each enum, although fields use open strings. Generated clients would get unused types, and
    Go clients would not compile, since two enums share a value.
    """
    schemas = document["components"]["schemas"]
    used = _reached(schemas, [document["paths"], document.get("x-webhooks")])
    document["components"]["schemas"] = {
        name: schema for name, schema in schemas.items() if name in used and name not in STOCK_VALIDATION
    }


def _reached(schemas: dict[str, Any], wanted: list[Any]) -> set[str]:
    """Returns the names of all schemas that `wanted` references, directly or indirectly."""
    used: set[str] = set()
    while wanted:
        found = {name for name in _referred(wanted.pop()) if name not in used}
        used |= found
        wanted += [schemas[name] for name in found]
    return used


def _referred(node: Any) -> Iterator[str]:
    if isinstance(node, list):
        for part in node:
            yield from _referred(part)
    elif isinstance(node, dict):
        target = node.get("$ref")
        if isinstance(target, str) and target.startswith("#/components/schemas/"):
            yield target.rpartition("/")[2]
        for part in node.values():
            yield from _referred(part)
