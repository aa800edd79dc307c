"""The OpenAPI document: what FastAPI writes, mended where client generators stumble."""

from collections.abc import Iterator
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

SCALARS = {"string", "integer", "number", "boolean"}
STOCK_VALIDATION = {"HTTPValidationError", "ValidationError"}
SCHEMAS = "#/components/schemas/"


def openapi_of(app: FastAPI) -> dict[str, Any]:
    """The document of an application, made once and kept."""
    if not app.openapi_schema:
        document = get_openapi(
            title=app.title,
            version=app.version,
            description=app.description,
            routes=app.routes,
            tags=app.openapi_tags,
            license_info=app.license_info,
            separate_input_output_schemas=False,
        )
        for name in STOCK_VALIDATION:
            document["components"]["schemas"].pop(name, None)
        for path in document["paths"].values():
            for operation in path.values():
                _mend_operation(operation)
        _mend_schema(document)
        for path in document["paths"].values():
            for operation in path.values():
                for parameter in operation.get("parameters", []):
                    _mend_parameter(parameter["schema"])
                    if parameter["schema"].pop("deprecated", False):
                        parameter["deprecated"] = True
        _keep_what_is_used(document)
        app.openapi_schema = document
    return app.openapi_schema


def _mend_operation(operation: dict[str, Any]) -> None:
    """Problems travel as application/problem+json; what is neither text nor JSON is a file; reading is open to all."""
    operation.setdefault("security", [])
    for status, response in operation["responses"].items():
        if (status == "default" or status >= "4") and "content" in response:
            response["content"] = {"application/problem+json": next(iter(response["content"].values()))}
        elif len(response.get("content", ())) == 1:
            # Told that a drawing is a string, Python's client of openapi-generator refuses its media type.
            ((media_type, content),) = response["content"].items()
            if not media_type.startswith("text/") and not media_type.endswith("json"):
                content["schema"] = {"type": "string", "format": "binary"}


def _mend_parameter(schema: dict[str, Any]) -> None:
    """A parameter is left out, not given as null."""
    if isinstance(schema.get("type"), list):
        schema["type"] = schema["type"][0]
    if schema.get("default", "") is None:
        del schema["default"]


def _mend_schema(node: Any) -> None:
    """Nullable scalars as a list of types; no titles or defaults made up from names; shapes open to later fields."""
    if isinstance(node, list):
        for part in node:
            _mend_schema(part)
    if not isinstance(node, dict):
        return
    for part in node.values():
        _mend_schema(part)
    either = node.get("anyOf")
    if isinstance(either, list) and len(either) == 2 and {"type": "null"} in either:  # noqa: PLR2004 - X or null
        scalar = next(part for part in either if part != {"type": "null"})
        if scalar.get("type") in SCALARS:
            del node["anyOf"]
            node.update(scalar | {"type": [scalar["type"], "null"]})
    # Answers only: an address checks its parameters itself. Go's clients refuse what a closed shape does not name.
    if node.get("additionalProperties") is False:
        del node["additionalProperties"]
    if isinstance(node.get("title"), str) and ("type" in node or "$ref" in node or "anyOf" in node):
        del node["title"]


def _keep_what_is_used(document: dict[str, Any]) -> None:
    """Without the schemas that no operation leads to.

    FastAPI writes an enum for each closed list, though the lists stand as open strings where they are used. Clients
    would get those as types that nothing takes or gives, and Go's would not compile, as two of them share a word.
    """
    schemas = document["components"]["schemas"]
    used: set[str] = set()
    open_ends = list(_references(document["paths"]))
    while open_ends:
        name = open_ends.pop()
        if name not in used:
            used.add(name)
            open_ends += _references(schemas[name])
    document["components"]["schemas"] = {name: schema for name, schema in schemas.items() if name in used}


def _references(node: Any) -> Iterator[str]:
    """The names of the schemas that a part of the document refers to."""
    if isinstance(node, dict):
        if isinstance(node.get("$ref"), str):
            yield node["$ref"].removeprefix(SCHEMAS)
        node = list(node.values())
    if isinstance(node, list):
        for part in node:
            yield from _references(part)
