"""OpenAPI of write operations: their headers, If-Match and Idempotency-Key."""

from typing import Any

from app.http.idempotency import FORM

WRITING = {"post", "put", "patch", "delete"}
TAG = '"2c4749d78ebc3365-8d35533e190dcca019979fc382453451"'

IDEMPOTENCY_KEY: dict[str, Any] = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "description": "A new word for each request that is meant. Sent again with it, the request is carried out once, "
    "and gets the same answer for 24 hours.",
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
    "description": "The `ETag` of the record as it was read. Where it has been changed since, the answer is a 412.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 4_096, "examples": [TAG]},
}
WRITE_HEADERS: dict[str, Any] = {
    "Location": {
        "description": "Address of what was made.",
        "schema": {"type": "string", "maxLength": 10_000, "examples": ["/v1/audit/checkpoints/1"]},
    },
    "Idempotent-Replayed": {
        "description": "`true` where the request was carried out before, and this is the answer it had.",
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
            response["description"] = "The record as it is now."
        if status == "201":
            response["description"] = "What was made."
            named = ["ETag", "Location", "Idempotent-Replayed"]
        if status == "204":
            response["description"] = "Done."
        if named:
            response["headers"] = {name: {"$ref": f"#/components/headers/{name}"} for name in named}
