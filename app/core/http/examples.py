"""Answers in the document: whole beside their operations, and value by value beside the fields they are made of.

Everybody gets the document, so the answers are about a made-up cable, by a service that has nothing else. They are in a
file, by operation: `[{"request", "media_type", "answer"}]`, for a write also `method`, `body` and `status`. A test asks
each request again, and rewrites the file. Of an answer that is no JSON, the file has the beginning.
"""

from collections.abc import Iterator
from typing import Any

Answers = dict[str, list[dict[str, Any]]]

LONGEST_VALUE = 200
"""How long a text may be to be shown beside its field, in characters."""


def show_answers(document: dict[str, Any], answers: Answers) -> None:
    """Puts each answer into its operation, and its values into the schemas of the document."""
    shown: set[int] = set()
    for operation in _operations(document):
        for given in answers.get(operation["operationId"], []):
            status = str(given.get("status", 200))
            response = operation["responses"].get(status, operation["responses"].get("default", {}))
            media = response.get("content", {}).get(given["media_type"])
            if media is None:
                continue
            if status < "3":
                cut = "" if given["media_type"].endswith("json") else ", its beginning"
                named = {"summary": f"{given.get('method', 'GET')} {given['request']}{cut}", "value": given["answer"]}
                media["examples"] = {"answer": named}
            if given.get("body") is not None:
                for sent in operation["requestBody"]["content"].values():
                    sent["examples"] = {"request": {"summary": "What the answer is to.", "value": given["body"]}}
                    _show_values(document, sent["schema"], given["body"], shown)
            _show_values(document, media["schema"], given["answer"], shown)


def _operations(document: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for path in document["paths"].values():
        for method in ("get", "post", "put", "patch", "delete"):
            if method in path:
                yield path[method]


def _show_values(document: dict[str, Any], schema: dict[str, Any], value: Any, shown: set[int]) -> None:
    """Walks schema and value together. The first value that a field has is its example, whatever its type would show.

    So the examples of a record's fields belong together, and a slug is that of a person where the field names one.
    """
    schema = _whole(document, schema)
    if isinstance(value, dict):
        for name, field in schema.get("properties", {}).items():
            if name in value:
                _show_values(document, field, value[name], shown)
    elif isinstance(value, list):
        if value and "examples" in schema:
            _show(schema, value, shown)
        for part in value:
            _show_values(document, schema.get("items", {}), part, shown)
    elif value is not None and value != "" and len(str(value)) <= LONGEST_VALUE and "const" not in schema:
        _show(schema, value, shown)


def _whole(document: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    """The schema that a reference or a nullable one leads to."""
    if "anyOf" in schema:
        schema = next((part for part in schema["anyOf"] if part != {"type": "null"}), {})
    if "$ref" in schema:
        named: dict[str, Any] = document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
        return _whole(document, named)
    return schema


def _show(schema: dict[str, Any], value: Any, shown: set[int]) -> None:
    if id(schema) not in shown:
        schema["examples"] = [value]
    shown.add(id(schema))
