"""Examples in the OpenAPI document: whole responses for operations, and single values for fields.

The document is public, so the examples are about a made-up cable, from a service without other data. They come from
a file, by operation: `[{"request", "media_type", "answer"}]`, for a write also `method`, `body` and `status`. A test
sends each request again and rewrites the file. Of responses that are not JSON, the file has the beginning only.
"""

from collections.abc import Iterator
from typing import Any

Answers = dict[str, list[dict[str, Any]]]

LONGEST_VALUE = 200
"""Maximum length of a string that is shown as the example of a field, in characters."""


def show_answers(document: dict[str, Any], answers: Answers) -> None:
    """Adds each response to its operation, and its values to the schemas of the document."""
    shown: set[int] = set()
    for operation in _operations(document):
        for example in answers.get(operation["operationId"], []):
            status = str(example.get("status", 200))
            response = operation["responses"].get(status, operation["responses"].get("default", {}))
            media = response.get("content", {}).get(example["media_type"])
            if media is None:
                continue
            if status < "3":
                cut = "" if example["media_type"].endswith("json") else ", beginning only"
                named = {
                    "summary": f"{example.get('method', 'GET')} {example['request']}{cut}",
                    "value": example["answer"],
                }
                media["examples"] = {"answer": named}
            if example.get("body") is not None:
                for sent in operation["requestBody"]["content"].values():
                    sent["examples"] = {
                        "request": {"summary": "Request of the example response.", "value": example["body"]}
                    }
                    _show_values(document, sent["schema"], example["body"], shown)
            _show_values(document, media["schema"], example["answer"], shown)


def _operations(document: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for path in document["paths"].values():
        for method in ("get", "post", "put", "patch", "delete"):
            if method in path:
                yield path[method]


def _show_values(document: dict[str, Any], schema: dict[str, Any], value: Any, shown: set[int]) -> None:
    """Walks schema and value together. The first value of a field becomes its example, in place of its type's example.

    So the examples of one record's fields are consistent, and a slug is a person's where the field refers to a person.
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
    """Resolves a reference or a nullable schema."""
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
