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
            "The request is no proper HTTP request: its path has a control character in it, as `%0A` or `%00`, or it "
            "has no `Host` header, two of them, or one that is no name or address."
        ),
        remedy=(
            "Send the path without control characters, and one `Host` header. HTTP libraries do; a line end that was "
            "not cut off a value is the usual slip."
        ),
        instance="/v1/panels?",
        detail="The path has a control character in it.",
    ),
    "malformed-json": ProblemKind(
        400,
        "Malformed JSON",
        advice="Send a body that is JSON.",
        meaning="The request has a body that is not JSON, or that has a key twice in one object.",
        remedy=(
            "Send one JSON object in UTF-8. The usual slips are a comma after the last member, single quotes, and "
            "`NaN`."
        ),
        instance="/v1/recommendations",
        detail="The body is not JSON.",
    ),
    "unauthenticated": ProblemKind(
        401,
        "Authentication required",
        advice="Show credentials: see docs/operations.md of the service.",
        meaning="The address needs to know who asks, and the request shows no credentials, or none that hold.",
        remedy="Show credentials that the operator of this service has given you.",
        instance="/v1/recommendations",
        detail="Reading needs credentials here.",
    ),
    "forbidden": ProblemKind(
        403,
        "Forbidden",
        advice="Ask with credentials that have the role.",
        meaning="The service knows who asks, and that caller has not the role which the address needs.",
        remedy="Ask the operator for the role, or use credentials that have it.",
        instance="/v1/audit",
        detail="This needs the role auditor.",
    ),
    "not-found": ProblemKind(
        404,
        "Not found",
        advice="Check the address and the id; lists give the ids there are.",
        meaning=(
            "Nothing is at this address, or there is no record of this id, or the id is of a form that no id has. A "
            "record that you may not see is answered in the same way."
        ),
        remedy=(
            "Check the address, letter for letter: it has no slash at its end. Take ids from the lists, which name "
            "all there are."
        ),
        instance="/v1/panels/none",
        detail="There is nothing at this address.",
    ),
    "method-not-allowed": ProblemKind(
        405,
        "Method not allowed",
        advice="Use a method that the Allow header names.",
        meaning="The address exists, but does not take this method.",
        remedy="Use a method that the `Allow` header of the answer names.",
        instance="/v1/recommendations",
        detail="Method Not Allowed. Use a method that the Allow header names.",
    ),
    "conflict": ProblemKind(
        409,
        "Conflict",
        advice="Read the record again, and mend what stands against the write.",
        meaning=(
            "Something in the register stands against the write: a name or id that is taken, a record that is needed "
            "and not there, or two things that cannot both hold."
        ),
        remedy="Read the record again, and what it refers to. Nothing of the write was kept.",
        instance="/v1/audit/checkpoints",
        detail="Read the record again, and mend what stands against the write.",
    ),
    "idempotency-in-flight": ProblemKind(
        409,
        "Request in progress",
        advice="Ask again after the time in Retry-After.",
        meaning="A request with the same `Idempotency-Key` is under way at this moment.",
        remedy=(
            "Send the same request again after the seconds that the `Retry-After` header names: the answer is then "
            "the one that the first request gets."
        ),
        instance="/v1/audit/checkpoints",
        detail="The first request with this key is not finished.",
    ),
    "idempotency-spent": ProblemKind(
        409,
        "Response not repeatable",
        advice="Look in the list for what was made.",
        meaning=(
            "The request with this `Idempotency-Key` was carried out. Its answer held a secret, which is shown once "
            "and kept nowhere, so it cannot be given again."
        ),
        remedy=(
            "Look in the list for what was made. Where the secret did not reach you, revoke that, and make another one."
        ),
        instance="/v1/audit/checkpoints",
        detail="The request was carried out. Its answer held a secret, so it was not kept.",
    ),
    "gone": ProblemKind(
        410,
        "Record withdrawn",
        advice="The record was withdrawn; drop your copy of it.",
        meaning="The recommendation was in the register and has been withdrawn. Its id will not be given to another.",
        remedy=(
            "Drop your copy, and whatever you derived from it. Do not ask again: it does not come back under this id."
        ),
        instance="/v1/recommendations/07BEIJING7192-R999",
        detail="The recommendation was withdrawn.",
    ),
    "too-old": ProblemKind(
        410,
        "Change position expired",
        advice="Begin a new copy: ask without `since`.",
        meaning=(
            "The `since` is of another clearance, or of the register before it was restored from a backup. What "
            "changed between the two is not known."
        ),
        remedy="Drop your copy and begin a new one: ask without `since`.",
        instance="/v1/changes",
        detail="This `since` is of another clearance, or of the register before it was restored: begin without it.",
    ),
    "stale": ProblemKind(
        412,
        "Precondition failed",
        advice="Read the record again, and repeat the change on what it is now.",
        meaning="Someone changed the record after you read it. The version in `If-Match` is not the present one.",
        remedy=(
            "Read the record again, look at what changed, and repeat your change on that. The `ETag` of this answer "
            "is that of the present version."
        ),
        instance="/v1/audit/checkpoints/1",
        detail="The record was changed since the version in If-Match; the ETag of this answer is the present one.",
    ),
    "too-large": ProblemKind(
        413,
        "Content too large",
        advice="Send less.",
        meaning="The body of the request is larger than the address takes.",
        remedy="Send less at once: split the request, or leave out what is not needed.",
        instance="/v1/recommendations",
        detail="Send less.",
    ),
    "uri-too-long": ProblemKind(
        414,
        "URI too long",
        advice="Shorten the query to 8 KiB.",
        meaning="The address, with its query, is longer than 8 KiB.",
        remedy="Shorten the query. Ask for a batch of ids in several requests.",
        instance="/v1/recommendations",
        detail="Shorten the query to 8 KiB.",
    ),
    "unsupported-media-type": ProblemKind(
        415,
        "Unsupported media type",
        advice="Send the body as application/json.",
        meaning="The body is not sent as JSON. Forms are refused, so that a page of another site cannot write.",
        remedy=(
            "Send one JSON object in UTF-8, uncompressed, with `Content-Type: application/json`; a `PATCH` may also be "
            "`application/merge-patch+json`."
        ),
        instance="/v1/audit/checkpoints",
        detail="The body has to be JSON, sent as application/json.",
    ),
    "misdirected": ProblemKind(
        421,
        "Misdirected request",
        advice="Use a name that this service goes by.",
        meaning="The `Host` header names none of the names that the operator of this service has set.",
        remedy="Use a name of the service. Behind a proxy, the proxy has to pass the name on.",
        instance="/v1/recommendations",
        detail="This service does not go by the name in the Host header.",
    ),
    "invalid-request": ProblemKind(
        422,
        "Invalid request",
        advice="Mend what `errors` names.",
        meaning=(
            "A parameter is not known to this address, is given twice where it takes one value, or has a value that "
            "does not fit. Nothing is ignored and nothing is rounded, since the answer would look right and be "
            "wrong."
        ),
        remedy=(
            "Mend what `errors` names: each entry has the `parameter`, or the `pointer` into the body, and a "
            "`message`. For an unknown parameter it names the nearest one that there is; for a word that is not on a "
            "list, the list."
        ),
        instance="/v1/recommendations",
        detail="tarjet: there is no such parameter; the nearest known one is target",
        errors=_parameter("tarjet", "there is no such parameter; the nearest known one is target"),
    ),
    "invalid-cursor": ProblemKind(
        422,
        "Invalid cursor",
        advice="Start at the first page; keep filters and order while paging.",
        meaning=(
            "The cursor is not one that this list gave for these filters and this order, or it was changed on the way."
        ),
        remedy=(
            "Start at the first page, without a cursor. Keep filters and order the same from page to page; only "
            "`limit` and `include` may change. Take cursors as they come: what is inside is not part of the "
            "contract."
        ),
        instance="/v1/panels",
        detail="This cursor does not belong to this list with these filters and order.",
    ),
    "empty-search": ProblemKind(
        422,
        "Empty search",
        advice="Use at least one word that is no stop word.",
        meaning="The words to search for are all so common that they are not indexed, or there are only signs.",
        remedy="Use at least one word that says something: a name, a thing, a verb.",
        instance="/v1/search",
        detail="q: there is no word to look for, only stop words or signs.",
    ),
    "idempotency-mismatch": ProblemKind(
        422,
        "Idempotency key mismatch",
        advice="Use a new Idempotency-Key.",
        meaning="This `Idempotency-Key` came before, with another body or to another address.",
        remedy="Use a new key for each request that you mean. Keep key and body together for retries.",
        instance="/v1/audit/checkpoints",
        detail="This Idempotency-Key came before, with another request.",
    ),
    "precondition-required": ProblemKind(
        428,
        "Precondition required",
        advice="Send the record's ETag as If-Match.",
        meaning=(
            "A change to a record that is there has to say which version it means, and this one does not. Without "
            "that, it could undo what someone else changed meanwhile."
        ),
        remedy="Read the record, and send its `ETag` as `If-Match`. `*` is not taken.",
        instance="/v1/audit/checkpoints/1",
        detail="A change needs If-Match with the ETag of the record as it was read.",
    ),
    "too-many-requests": ProblemKind(
        429,
        "Too many requests",
        advice="Ask again after the time in Retry-After.",
        meaning="You asked more often than those who run this service let one caller ask.",
        remedy=(
            "Ask again after the seconds that the `Retry-After` header names. `RateLimit` tells how many requests "
            "are left, and `RateLimit-Policy` how many there are."
        ),
        instance="/v1/recommendations",
        detail="Ask again after the time in Retry-After.",
    ),
    "headers-too-large": ProblemKind(
        431,
        "Request header fields too large",
        advice="Send fewer or shorter headers, 16 KiB in all.",
        meaning="The headers of the request are larger than 16 KiB together.",
        remedy="Send fewer or shorter headers. Cookies of other services on the same host are the usual cause.",
        instance="/v1/recommendations",
        detail="The headers are larger than 16 KiB.",
    ),
    "internal-error": ProblemKind(
        500,
        "Internal server error",
        advice="Report it with the trace id.",
        meaning="The service has a defect, and your request met it. The request may have been right.",
        remedy=(
            "Report it to those who run this service, with the `trace_id`: the log has the rest under the same id."
        ),
        instance="/v1/recommendations",
        detail="Report it with the trace id.",
    ),
    "unavailable": ProblemKind(
        503,
        "Service unavailable",
        advice="Try again after the time in Retry-After.",
        meaning="The service cannot answer for the moment: its database does not answer, is full or is restarting.",
        remedy=(
            "Try again after the seconds that the `Retry-After` header names. The service comes back by itself. "
            "Those who run it find more at `/healthz/ready`."
        ),
        instance="/v1/recommendations",
        detail="Try again after the time in Retry-After.",
    ),
    "query-timeout": ProblemKind(
        503,
        "Query timeout",
        advice="Narrow the filters, or try again.",
        meaning="The database took longer over the request than it may.",
        remedy="Narrow the filters, or try again after the seconds that the `Retry-After` header names.",
        instance="/v1/search",
        detail="Narrow the filters, or try again.",
    ),
}
