"""What Schemathesis is told beyond the document: which words parameters take, and which refusals are earned.

Each exception has its reason; everything else that a check does not like is a defect.
"""

import json
from typing import Any

import schemathesis

from app.core.folding import REFUSAL
from tests.verify.test_gates import closed_at_input

EARNED_CODES = {
    # A key that an earlier case has revoked.
    "gone",
    # The whole address has a bound too, which no parameter can tell alone.
    "uri-too-long",
    # A cursor is made by the list that it belongs to; none can be made up.
    "invalid-cursor",
    # A tag is given by the record that it belongs to; none can be made up.
    "stale",
    "precondition-required",
    # A key that came before, with another body.
    "idempotency-mismatch",
    # Words that are all stop words are words by any pattern.
    "empty-search",
}
EARNED_PARAMETERS = {
    # Names of bodies are in the data; the refusal lists them.
    "body",
    "addressee",
    # Units of figures are in the data; the refusal lists them.
    "unit",
    # A day by its pattern that is none of the calendar: 2007-02-30.
    "updated_since",
    "recorded_at",
    "from",
    # A range that ends before it starts.
    "to",
}
UNPARSABLE = b"Invalid HTTP request received."
"""What the server answers, before the service sees it, to an address of 64 KiB and more."""


@schemathesis.hook
def before_load_schema(context: Any, raw_schema: dict[str, Any]) -> None:
    """Words that a parameter takes are told as open strings, so that clients live on; for a test they are closed."""
    del context
    raw_schema.update(closed_at_input(raw_schema))


@schemathesis.hook
def filter_failure(context: Any, failure: Any, case: Any, response: Any) -> bool:
    """Whether a failure counts."""
    del context, case
    if response.status_code == 400 and response.content == UNPARSABLE:
        return False
    if response.status_code == 428 and b'"precondition-required"' in response.content:
        # RFC 6585 has a status of its own for If-Match that is missing.
        return False
    if type(failure).__name__ == "RejectedPositiveData" and response.status_code in {412, 414, 422, 428}:
        problem = json.loads(response.content)
        if (
            problem["code"] == "invalid-request"
            and problem["errors"]
            and all(one["parameter"] is None for one in problem["errors"])
        ):
            # What a body says of the register, no schema can hold it to: that words stand in their paragraph, that
            # there is a body of this name, that a date is EDTF, that one of two members is given.
            return False
        # Characters that no text has: no pattern that generators of clients take can name the last of each plane.
        named = {one["parameter"] for one in problem["errors"] if not one["message"].startswith(REFUSAL)}
        if problem["errors"] and not named:
            return False
        return not (problem["code"] in EARNED_CODES or (named and named <= EARNED_PARAMETERS))
    return True
