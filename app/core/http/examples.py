"""Real answers in the document: whole beside their operations, and value by value beside the fields they are made of.

The answers are kept in a file, by operation: `[{"request", "media_type", "answer"}]`, for a write also `method`, `body`
and `status`. A test asks each request again, and rewrites the file. What is no JSON is kept as the beginning of its
text.
"""

from collections.abc import Iterator
from typing import Any

Answers = dict[str, list[dict[str, Any]]]

LONGEST_VALUE = 200
"""How long a text may be to be shown beside its field, in characters."""


def show_answers(document: dict[str, Any], answers: Answers) -> None:
    """Puts each answer into its operation, and its values into the schemas of the document."""
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
                    _show_values(document, sent["schema"], given["body"])
            _show_values(document, media["schema"], given["answer"])


def _operations(document: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for path in document["paths"].values():
        for method in ("get", "post", "put", "patch", "delete"):
            if method in path:
                yield path[method]


def _show_values(document: dict[str, Any], schema: dict[str, Any], value: Any) -> None:
    """Walks schema and value together; the first value that a field has is its example."""
    if "$ref" in schema:
        named = document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
        _show_values(document, named, value)
    elif "anyOf" in schema:
        whole = next((part for part in schema["anyOf"] if part != {"type": "null"}), None)
        if whole is not None and value is not None:
            _show_values(document, whole, value)
    elif isinstance(value, dict):
        for name, field in schema.get("properties", {}).items():
            if name in value:
                _show_values(document, field, value[name])
    elif isinstance(value, list):
        for part in value:
            _show_values(document, schema.get("items", {}), part)
    elif value is not None and value != "" and len(str(value)) <= LONGEST_VALUE and "const" not in schema:
        schema.setdefault("examples", [value])
