"""OpenAPI of write operations: their headers, If-Match and Idempotency-Key."""

from typing import Any

from app.http.idempotency import FORM

WRITING = {"post", "put", "patch", "delete"}
TAG = '"2c4749d78ebc3365-8d35533e190dcca019979fc382453451"'

IDEMPOTENCY_KEY: dict[str, Any] = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "description": "Unique key of the request. A retry with the same key is not carried out again, and gets "
    "the same response for 24 hours.",
    "schema": {
        "type": "string",
        "minLength": 1,
        "maxLength": 200,
        "pattern": FORM,
        "examples": ["8e03978e-40d5-43dd-bc93-6894a57f9324"],
    },
}
IF_MATCH: dict[str, Any] = {
    "name": "If-Match",
    "in": "header",
    "required": True,
    "description": "The `ETag` of the record as it was read. If the record was changed since, the response is a 412.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 4_096, "examples": [TAG]},
}
WRITE_HEADERS: dict[str, Any] = {
    "Location": {
        "description": "Path of the created record.",
        "schema": {"type": "string", "maxLength": 10_000, "examples": ["/v1/audit/checkpoints/1"]},
    },
    "Idempotent-Replayed": {
        "description": "`true` if the request was carried out before, and this is its stored response.",
        "schema": {"type": "string", "maxLength": 10, "examples": ["true"]},
    },
}


def mend_write(method: str, operation: dict[str, Any]) -> None:
    """Adds the headers and responses of a write. A response 412 marks a write that needs If-Match."""
    responses = operation["responses"]
    responses.pop("304", None)
    versioned = "412" in responses
    if method == "post":
        operation.setdefault("parameters", []).append(IDEMPOTENCY_KEY)
    if versioned:
        operation.setdefault("parameters", []).append(IF_MATCH)
    for status, response in responses.items():
        named = ["ETag"] if versioned and status in {"200", "412"} else []
        if status == "200":
            response["description"] = "The record after the write."
        if status == "201":
            response["description"] = "The created record."
            named = ["ETag", "Location", "Idempotent-Replayed"]
        if status == "204":
            response["description"] = "Done."
        if named:
            response["headers"] = {name: {"$ref": f"#/components/headers/{name}"} for name in named}
