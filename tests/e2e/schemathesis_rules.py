"""Schemathesis rules beyond the API document: enum values of parameters, and rejections that are correct.

Each exception has its reason. Everything else that a check rejects is a defect.
"""

import json
from typing import Any

import schemathesis

from app.core.folding import REFUSAL
from tests.e2e.test_openapi_checks import closed_at_input

EARNED_CODES = {
    # An API key that an earlier case revoked.
    "gone",
    # The whole URL has a length limit too, which no parameter can declare alone.
    "uri-too-long",
    # Only the list itself creates valid cursors.
    "invalid-cursor",
    # Only the record itself has the valid ETag.
    "stale",
    "precondition-required",
    # An idempotency key used before with another body.
    "idempotency-mismatch",
    # A text of stop words alone matches every pattern.
    "empty-search",
}
EARNED_PARAMETERS = {
    # Body names are in the data. The error lists them.
    "body",
    "addressee",
    # Units are in the data. The error lists them.
    "unit",
    # A date that matches the pattern and is not in the calendar: 2007-02-30.
    "updated_since",
    "recorded_at",
    "from",
    # A range that ends before it starts.
    "to",
}
UNPARSABLE = b"Invalid HTTP request received."
"""Body of the server's response, before the service sees the request, to a URL of 64 KiB and more."""


@schemathesis.hook
def before_load_schema(context: Any, raw_schema: dict[str, Any]) -> None:
    """Declares enum values, which are open strings for clients, as closed enumerations for the test."""
    del context
    raw_schema.update(closed_at_input(raw_schema))


@schemathesis.hook
def filter_failure(context: Any, failure: Any, case: Any, response: Any) -> bool:
    """Returns true if a failure counts."""
    del context, case
    if response.status_code == 400 and response.content == UNPARSABLE:
        return False
    if response.status_code == 428 and b'"precondition-required"' in response.content:
        # RFC 6585 defines its own status for a missing If-Match.
        return False
    if type(failure).__name__ == "RejectedPositiveData" and response.status_code in {412, 414, 422, 428}:
        problem = json.loads(response.content)
        if (
            problem["code"] == "invalid-request"
            and problem["errors"]
            and all(one["parameter"] is None for one in problem["errors"])
        ):
            # Rules on the register's content that no schema can express: quotes appear in their paragraph, a body of
            # this name exists, a date is EDTF, one of two members is present.
            return False
        # Forbidden characters: no pattern that client generators accept can name the last ones of each plane.
        named = {one["parameter"] for one in problem["errors"] if not one["message"].startswith(REFUSAL)}
        if problem["errors"] and not named:
            return False
        return not (problem["code"] in EARNED_CODES or (named and named <= EARNED_PARAMETERS))
    return True
