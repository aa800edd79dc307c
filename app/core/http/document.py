"""The OpenAPI document: what FastAPI writes, mended where client generators stumble."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from app.core.http.examples import show_answers
from app.core.http.limits import LONGEST_TAG_LIST
from app.core.http.routing import SCHEME
from app.core.http.written import WRITE_HEADERS, WRITING, mend_write
from app.core.paging import PAGE_MOST

SCALARS = {"string", "integer", "number", "boolean"}
STOCK_VALIDATION = {"HTTPValidationError", "ValidationError"}
MOST_IN_A_LIST = 10_000
"""How many parts a list inside an answer may have, where its field says nothing narrower."""
LONGEST_TEXT = 10 * 1024 * 1024
"""How long an answer that is plain text may be, in characters; files have no bound."""
LENGTHS = {"date": 10, "date-time": 40}
"""How long a day and a time are as text, in characters."""
PRINTABLE = r"^[^\x00-\x1F\x7F]*$"
"""What every text in a query has to be: without control characters."""

IF_NONE_MATCH: dict[str, Any] = {
    "name": "If-None-Match",
    "in": "header",
    "required": False,
    "description": "Entity tags of answers that the client has; where one still holds, the answer is a 304.",
    "schema": {"type": "string", "maxLength": LONGEST_TAG_LIST, "examples": ['"7b0d5ab4a1b5f0d7d3a6b8a6f1c2e3d4"']},
}
HEADERS: dict[str, Any] = {
    "ETag": {
        "description": "What the answer's bytes are known by; equal bytes, equal tag.",
        "schema": {"type": "string", "maxLength": 200, "examples": ['"7b0d5ab4a1b5f0d7d3a6b8a6f1c2e3d4"']},
    },
    "Link": {
        "description": 'Address of the next page, `rel="next"`; absent on the last one.',
        "schema": {"type": "string", "maxLength": 10_000, "examples": ['</v1/panels?cursor=...>; rel="next"']},
    },
}
CREDENTIALS: dict[str, Any] = {
    "type": "http",
    "scheme": "bearer",
    "description": (
        "An API key of this service (`rr_...`), or a token (JWT) of the OpenID Connect issuer that it trusts. "
        "Reading may do without, where the operator has opened it to everybody."
    ),
}


def openapi_of(app: FastAPI, *, examples: Path) -> dict[str, Any]:
    """The document of an application, made once and kept. `examples` is the file of real answers to show in it."""
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
    """Every operation, whatever its path and method."""
    for path in document["paths"].values():
        for name, operation in path.items():
            if name not in {"parameters", "summary", "description", "servers"}:
                yield operation


def _mend_operation(operation: dict[str, Any]) -> None:
    """Problems travel as application/problem+json; reading is open to all; tags and 304 are told of."""
    operation.setdefault("security", [])
    lists = any(parameter["name"] == "cursor" for parameter in operation.get("parameters", []))
    for status, response in operation["responses"].items():
        if response["description"] == "Successful Response":
            response["description"] = "A page of the list." if lists else "What was asked for."
        if (status == "default" or status >= "4") and "content" in response:
            response["content"] = {"application/problem+json": next(iter(response["content"].values()))}
        if status in {"200", "304"} and "304" in operation["responses"]:
            named = ["ETag", "Link"] if lists and status == "200" else ["ETag"]
            response["headers"] = {name: {"$ref": f"#/components/headers/{name}"} for name in named}
        _mend_media(response.get("content", {}))
    if "304" in operation["responses"]:
        operation.setdefault("parameters", []).append(IF_NONE_MATCH)


def _mend_media(content: dict[str, Any]) -> None:
    """A text has a bound; what is neither text nor JSON is a file."""
    for kind, media in content.items():
        if media["schema"].get("type") == "string" and kind.startswith("text/") and "format" not in media["schema"]:
            media["schema"].setdefault("maxLength", LONGEST_TEXT)
        elif len(content) == 1 and not kind.startswith("text/") and not kind.endswith("json"):
            # Told that a drawing is a string, Python's client of openapi-generator refuses its media type.
            media["schema"] = {"type": "string", "format": "binary"}


def _mend_parameters(operation: dict[str, Any]) -> None:
    """A parameter is left out, not given as null; its text is printable; it is described once."""
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
        if schema.pop("deprecated", False):
            parameter["deprecated"] = True
        if parameter.get("description") == schema.get("description"):
            schema.pop("description", None)


def _asked(document: dict[str, Any]) -> list[Any]:
    """The shapes that bodies of requests have."""
    schemas = document["components"]["schemas"]
    bodies = [operation.get("requestBody") for operation in operations_of(document)]
    return [schemas[name] for name in _reached(schemas, bodies)]


def _mend_schema(node: Any, *, closed: list[Any]) -> None:
    """Nullable scalars as a list of types; bounds; shapes open to later fields; no titles made up from names."""
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
    # Answers only: an address checks its parameters itself. Go's clients refuse what a closed shape does not name.
    if node.get("additionalProperties") is False and not any(node is one for one in closed):
        del node["additionalProperties"]
    if isinstance(node.get("title"), str) and ("type" in node or "$ref" in node or "anyOf" in node):
        del node["title"]
    _bound(node)


def _bound(node: dict[str, Any]) -> None:
    """A bound where the field says none, and whole numbers bounded by whole numbers."""
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
    """A page holds as many rows as `limit` can ask for."""
    for schema in document["components"]["schemas"].values():
        fields = schema.get("properties", {})
        if {"items", "next_cursor"} <= set(fields):
            fields["items"]["maxItems"] = PAGE_MOST


def _keep_used(document: dict[str, Any]) -> None:
    """Schemas that an operation leads to, and no others.

    FastAPI writes an enum for each closed list, though the lists stand as open strings where they are used. Clients
    would get those as types that nothing takes or gives, and Go's would not compile, as two of them share a word.
    """
    schemas = document["components"]["schemas"]
    used = _reached(schemas, [document["paths"], document.get("x-webhooks")])
    document["components"]["schemas"] = {
        name: schema for name, schema in schemas.items() if name in used and name not in STOCK_VALIDATION
    }


def _reached(schemas: dict[str, Any], wanted: list[Any]) -> set[str]:
    """The names of the schemas to which these lead, over any number of steps."""
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
