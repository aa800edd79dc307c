"""Problem kinds (RFC 9457): status, title and texts of every error code, for responses, the document and the pages."""

from typing import NamedTuple


class ProblemKind(NamedTuple):
    """Kind of problem. Backticks in `meaning` and `remedy` mark code."""

    status: int
    title: str
    advice: str
    """One sentence for the client, in the description of the response."""
    meaning: str
    """Cause, on the problem's page."""
    remedy: str
    instance: str
    """Path of the example on the page."""
    detail: str
    errors: tuple[dict[str, str | None], ...] = ()
    """Validation errors of the example."""


def _parameter(name: str, message: str) -> tuple[dict[str, str | None], ...]:
    return ({"parameter": name, "pointer": None, "message": message},)


PROBLEMS = {
    "bad-request": ProblemKind(
        400,
        "Bad request",
        advice="Send one Host header, and a path without control characters.",
        meaning=(
            "The request is not valid HTTP: its path contains a control character, such as `%0A` or `%00`, or "
            "its `Host` header is missing, repeated, or not a host name or address."
        ),
        remedy=(
            "Send the path without control characters, and one `Host` header. HTTP libraries do this; a common "
            "cause is a line break at the end of a value."
        ),
        instance="/v1/panels?",
        detail="The path contains a control character.",
    ),
    "malformed-json": ProblemKind(
        400,
        "Malformed JSON",
        advice="Send a body that is valid JSON.",
        meaning="The body of the request is not valid JSON, or an object in it has the same key twice.",
        remedy=(
            "Send one JSON object in UTF-8. Common causes are a comma after the last member, single quotes, and `NaN`."
        ),
        instance="/v1/recommendations",
        detail="The body is not valid JSON.",
    ),
    "unauthenticated": ProblemKind(
        401,
        "Authentication required",
        advice="Send credentials: see docs/operations.md of the service.",
        meaning="The endpoint requires authentication, and the credentials of the request are missing or invalid.",
        remedy="Send the credentials that the operator of this service gave you.",
        instance="/v1/recommendations",
        detail="Authentication required. Send credentials.",
    ),
    "forbidden": ProblemKind(
        403,
        "Forbidden",
        advice="Use credentials that have the required role.",
        meaning="The caller is authenticated, but does not have the role that the endpoint requires.",
        remedy="Ask the operator for the role, or use credentials that have it.",
        instance="/v1/audit",
        detail="The role auditor is required.",
    ),
    "not-found": ProblemKind(
        404,
        "Not found",
        advice="Check the path and the id; the lists contain all ids.",
        meaning=(
            "The path does not exist, there is no record with this id, or the id has an invalid format. The "
            "response is the same for a record that you may not read."
        ),
        remedy=(
            "Check the path, letter for letter: it has no slash at its end. Take ids from the lists, which "
            "contain all of them."
        ),
        instance="/v1/panels/none",
        detail="This path does not exist.",
    ),
    "method-not-allowed": ProblemKind(
        405,
        "Method not allowed",
        advice="Use a method listed in the Allow header.",
        meaning="The path exists, but does not support this method.",
        remedy="Use a method listed in the `Allow` header of the response.",
        instance="/v1/recommendations",
        detail="Method Not Allowed. Use a method listed in the Allow header.",
    ),
    "conflict": ProblemKind(
        409,
        "Conflict",
        advice="Read the record again, and resolve the conflict.",
        meaning=(
            "The write conflicts with the register: a name or id is taken, a required record does not exist, or "
            "two values contradict each other."
        ),
        remedy="Read the record again, and the records that it refers to. Nothing was written.",
        instance="/v1/audit/checkpoints",
        detail="Read the record again, and resolve the conflict.",
    ),
    "idempotency-in-flight": ProblemKind(
        409,
        "Request in progress",
        advice="Repeat the request after the time in Retry-After.",
        meaning="A request with the same `Idempotency-Key` is in progress.",
        remedy=(
            "Repeat the request after the number of seconds in the `Retry-After` header. You then get the "
            "response of the first request."
        ),
        instance="/v1/audit/checkpoints",
        detail=(
            "The first request with this Idempotency-Key is still in progress. Repeat the request after the time "
            "in Retry-After."
        ),
    ),
    "idempotency-spent": ProblemKind(
        409,
        "Response not repeatable",
        advice="Look up the created record in its list.",
        meaning=(
            "The request with this `Idempotency-Key` succeeded. Its response contained a secret, which is shown "
            "once and not stored, so the response cannot be repeated."
        ),
        remedy=(
            "Look up the created record in its list. If the secret did not reach you, revoke the record and "
            "create another one."
        ),
        instance="/v1/audit/checkpoints",
        detail=(
            "The request succeeded, but its response contained a secret and was not stored. Look up the created "
            "record in its list."
        ),
    ),
    "gone": ProblemKind(
        410,
        "Record withdrawn",
        advice="The record was withdrawn; delete your copy of it.",
        meaning=(
            "The recommendation was in the register and has been withdrawn. Its id is not given to another record."
        ),
        remedy=(
            "Delete your copy, and everything derived from it. Do not repeat the request: the record does not "
            "return under this id."
        ),
        instance="/v1/recommendations/07BEIJING7192-R999",
        detail="The recommendation was withdrawn.",
    ),
    "too-old": ProblemKind(
        410,
        "Change position expired",
        advice="Start a new copy: send the request without `since`.",
        meaning=(
            "The value of `since` belongs to another clearance, or to the register before it was restored from a "
            "backup. The changes between the two are unknown."
        ),
        remedy="Delete your copy and start a new one: send the request without `since`.",
        instance="/v1/changes",
        detail="This `since` is of another clearance, or of the register before it was restored: begin without it.",
    ),
    "stale": ProblemKind(
        412,
        "Precondition failed",
        advice="Read the record again, and repeat the change on the current version.",
        meaning="The record was changed after you read it. The version in `If-Match` is not the current one.",
        remedy=(
            "Read the record again, review what changed, and repeat your change on that version. The `ETag` of "
            "this response is that of the current version."
        ),
        instance="/v1/audit/checkpoints/1",
        detail=(
            "If-Match is not the current ETag of /v1/audit/checkpoints/1, which this response has. The record "
            "was changed since it was read, or the ETag is that of another record."
        ),
    ),
    "too-large": ProblemKind(
        413,
        "Content too large",
        advice="Send a smaller body.",
        meaning="The body of the request is larger than the limit of the endpoint.",
        remedy="Send less in one request: split it, or omit what is not needed.",
        instance="/v1/recommendations",
        detail="Send a smaller body.",
    ),
    "uri-too-long": ProblemKind(
        414,
        "URI too long",
        advice="Shorten the query: the URI may have at most 8 KiB.",
        meaning="The URI, with its query, is longer than 8 KiB.",
        remedy="Shorten the query. Request a batch of ids in several requests.",
        instance="/v1/recommendations",
        detail="The URI is longer than 8 KiB.",
    ),
    "unsupported-media-type": ProblemKind(
        415,
        "Unsupported media type",
        advice="Send the body as application/json.",
        meaning="The body was not sent as JSON. Forms are rejected, so that a page of another site cannot write.",
        remedy=(
            "Send one JSON object in UTF-8, uncompressed, with `Content-Type: application/json`; a `PATCH` may also be "
            "`application/merge-patch+json`."
        ),
        instance="/v1/audit/checkpoints",
        detail="The body must be JSON. Send it as application/json.",
    ),
    "misdirected": ProblemKind(
        421,
        "Misdirected request",
        advice="Use a host name of this service.",
        meaning="The `Host` header is not one of the host names that the operator of this service has configured.",
        remedy="Use a host name of the service. A proxy must forward the name.",
        instance="/v1/recommendations",
        detail="The Host header is not a name of this service.",
    ),
    "invalid-request": ProblemKind(
        422,
        "Invalid request",
        advice="Correct the errors listed in `errors`.",
        meaning=(
            "A parameter is unknown, is repeated but takes one value, or has an invalid value. Nothing is "
            "ignored or rounded, since the response would look right and be wrong."
        ),
        remedy=(
            "Correct the errors listed in `errors`: each entry has the `parameter`, or the `pointer` into the "
            "body, and a `message`. For an unknown parameter, the message names the nearest known one; for an "
            "unknown enum value, the known values."
        ),
        instance="/v1/recommendations",
        detail="tarjet: unknown parameter; the nearest known one is target",
        errors=_parameter("tarjet", "unknown parameter; the nearest known one is target"),
    ),
    "invalid-cursor": ProblemKind(
        422,
        "Invalid cursor",
        advice="Start at the first page; keep filters and order while paging.",
        meaning="This list did not issue the cursor for these filters and this order, or the cursor was modified.",
        remedy=(
            "Start at the first page, without a cursor. Keep filters and order the same from page to page; only "
            "`limit` and `include` may change. Treat cursors as opaque: their content is not part of the "
            "contract."
        ),
        instance="/v1/panels",
        detail="The cursor is invalid for this list with these filters and order: start at the first page.",
    ),
    "empty-search": ProblemKind(
        422,
        "Empty search",
        advice="Use at least one word that is not a stop word.",
        meaning=(
            "The query contains only symbols, or words that are so common that they are not indexed (stop words)."
        ),
        remedy="Use at least one specific word: a name, a thing, a verb.",
        instance="/v1/search",
        detail="q: contains only stop words or symbols. Use at least one other word.",
    ),
    "idempotency-mismatch": ProblemKind(
        422,
        "Idempotency key mismatch",
        advice="Use a new Idempotency-Key.",
        meaning="This `Idempotency-Key` was used before, with another body or path.",
        remedy="Use a new key for each new request. For a retry, send the same key with the same body.",
        instance="/v1/audit/checkpoints",
        detail="This Idempotency-Key was used for another request. Use a new one.",
    ),
    "precondition-required": ProblemKind(
        428,
        "Precondition required",
        advice="Send the record's ETag as If-Match.",
        meaning=(
            "A change to an existing record must name the version on which it is based, and this request does "
            "not. Without the version, it could overwrite the change of another caller."
        ),
        remedy="Read the record, and send its `ETag` as `If-Match`. `*` is not accepted.",
        instance="/v1/audit/checkpoints/1",
        detail="If-Match is missing. Send the record's ETag as If-Match.",
    ),
    "too-many-requests": ProblemKind(
        429,
        "Too many requests",
        advice="Repeat the request after the time in Retry-After.",
        meaning="You sent more requests than the operator of this service allows one caller.",
        remedy=(
            "Repeat the request after the number of seconds in the `Retry-After` header. `RateLimit` has the "
            "number of requests that are left, and `RateLimit-Policy` the limit."
        ),
        instance="/v1/recommendations",
        detail="The rate limit is 600/minute per caller. Repeat the request after the time in Retry-After.",
    ),
    "headers-too-large": ProblemKind(
        431,
        "Request header fields too large",
        advice="Send fewer or shorter headers, at most 16 KiB in total.",
        meaning="The headers of the request are larger than 16 KiB in total.",
        remedy="Send fewer or shorter headers. A common cause is cookies of other services on the same host.",
        instance="/v1/recommendations",
        detail="The headers are larger than 16 KiB.",
    ),
    "internal-error": ProblemKind(
        500,
        "Internal server error",
        advice="Report the error with its trace id.",
        meaning="The request triggered a defect of the service. The request itself may be valid.",
        remedy=(
            "Report the error to the operator of this service, with the `trace_id`: the log has the details "
            "under the same id."
        ),
        instance="/v1/recommendations",
        detail="Report the error with its trace id.",
    ),
    "unavailable": ProblemKind(
        503,
        "Service unavailable",
        advice="Repeat the request after the time in Retry-After.",
        meaning="The service cannot respond at present: its database does not answer, is full or is restarting.",
        remedy=(
            "Repeat the request after the number of seconds in the `Retry-After` header. The service recovers by "
            "itself. Its operators find details at `/healthz/ready`."
        ),
        instance="/v1/recommendations",
        detail="Repeat the request after the time in Retry-After.",
    ),
    "query-timeout": ProblemKind(
        503,
        "Query timeout",
        advice="Narrow the filters, or repeat the request.",
        meaning="The database query exceeded its time limit.",
        remedy="Narrow the filters, or repeat the request after the number of seconds in the `Retry-After` header.",
        instance="/v1/search",
        detail="Narrow the filters, or repeat the request.",
    ),
}
