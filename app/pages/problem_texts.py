"""Texts of the problem pages: meaning, remedy and an example for each code. Backticks mark code."""

from typing import NamedTuple


class Kind(NamedTuple):
    """Text of one kind of problem: its cause, the remedy, and the members of the example that differ by kind."""

    meaning: str
    remedy: str
    instance: str
    detail: str
    errors: tuple[dict[str, str | None], ...] = ()


def _parameter(name: str, message: str) -> tuple[dict[str, str | None], ...]:
    return ({"parameter": name, "pointer": None, "message": message},)


KINDS = {
    "bad-request": Kind(
        "The request is no proper HTTP request: its path has a control character in it, as `%0A` or `%00`, or it has "
        "no `Host` header, two of them, or one that is no name or address.",
        "Send the path without control characters, and one `Host` header. HTTP libraries do; a line end that was not "
        "cut off a value is the usual slip.",
        "/v1/panels?",
        "The path has a control character in it.",
    ),
    "malformed-json": Kind(
        "The request has a body that is not JSON, or that has a key twice in one object.",
        "Send one JSON object in UTF-8. The usual slips are a comma after the last member, single quotes, and `NaN`.",
        "/v1/recommendations",
        "The body is not JSON.",
    ),
    "unauthenticated": Kind(
        "The address needs to know who asks, and the request shows no credentials, or none that hold.",
        "Show credentials that the operator of this service has given you.",
        "/v1/recommendations",
        "Reading needs credentials here.",
    ),
    "forbidden": Kind(
        "The service knows who asks, and that caller has not the role which the address needs.",
        "Ask the operator for the role, or use credentials that have it.",
        "/v1/audit",
        "This needs the role auditor.",
    ),
    "not-found": Kind(
        "Nothing is at this address, or there is no record of this id, or the id is of a form that no id has. A record "
        "that you may not see is answered in the same way.",
        "Check the address, letter for letter: it has no slash at its end. Take ids from the lists, which name all "
        "there are.",
        "/v1/panels/none",
        "There is nothing at this address.",
    ),
    "method-not-allowed": Kind(
        "The address exists, but does not take this method.",
        "Use a method that the `Allow` header of the answer names.",
        "/v1/recommendations",
        "Method Not Allowed. Use a method that the Allow header names.",
    ),
    "conflict": Kind(
        "Something in the register stands against the write: a name or id that is taken, a record that is needed and "
        "not there, or two things that cannot both hold.",
        "Read the record again, and what it refers to. Nothing of the write was kept.",
        "/v1/audit/checkpoints",
        "Read the record again, and mend what stands against the write.",
    ),
    "idempotency-in-flight": Kind(
        "A request with the same `Idempotency-Key` is under way at this moment.",
        "Send the same request again after the seconds that the `Retry-After` header names: the answer is then the one "
        "that the first request gets.",
        "/v1/audit/checkpoints",
        "The first request with this key is not finished.",
    ),
    "idempotency-spent": Kind(
        "The request with this `Idempotency-Key` was carried out. Its answer held a secret, which is shown once and "
        "kept nowhere, so it cannot be given again.",
        "Look in the list for what was made. Where the secret did not reach you, revoke that, and make another one.",
        "/v1/audit/checkpoints",
        "The request was carried out. Its answer held a secret, so it was not kept.",
    ),
    "gone": Kind(
        "The recommendation was in the register and has been withdrawn. Its id will not be given to another.",
        "Drop your copy, and whatever you derived from it. Do not ask again: it does not come back under this id.",
        "/v1/recommendations/07BEIJING7192-R999",
        "The recommendation was withdrawn.",
    ),
    "too-old": Kind(
        "The `since` is of another clearance, or of the register before it was restored from a backup. What changed "
        "between the two is not known.",
        "Drop your copy and begin a new one: ask without `since`.",
        "/v1/changes",
        "This `since` is of another clearance, or of the register before it was restored: begin without it.",
    ),
    "stale": Kind(
        "Someone changed the record after you read it. The version in `If-Match` is not the present one.",
        "Read the record again, look at what changed, and repeat your change on that. The `ETag` of this answer is "
        "that of the present version.",
        "/v1/audit/checkpoints/1",
        "The record was changed since the version in If-Match; the ETag of this answer is the present one.",
    ),
    "too-large": Kind(
        "The body of the request is larger than the address takes.",
        "Send less at once: split the request, or leave out what is not needed.",
        "/v1/recommendations",
        "Send less.",
    ),
    "uri-too-long": Kind(
        "The address, with its query, is longer than 8 KiB.",
        "Shorten the query. Ask for a batch of ids in several requests.",
        "/v1/recommendations",
        "Shorten the query to 8 KiB.",
    ),
    "unsupported-media-type": Kind(
        "The body is not sent as JSON. Forms are refused, so that a page of another site cannot write.",
        "Send one JSON object with `Content-Type: application/json`; a `PATCH` may also be "
        "`application/merge-patch+json`.",
        "/v1/audit/checkpoints",
        "The body has to be JSON, sent as application/json.",
    ),
    "misdirected": Kind(
        "The `Host` header names none of the names that the operator of this service has set.",
        "Use a name of the service. Behind a proxy, the proxy has to pass the name on.",
        "/v1/recommendations",
        "This service does not go by the name in the Host header.",
    ),
    "headers-too-large": Kind(
        "The headers of the request are larger than 16 KiB together.",
        "Send fewer or shorter headers. Cookies of other services on the same host are the usual cause.",
        "/v1/recommendations",
        "The headers are larger than 16 KiB.",
    ),
    "invalid-request": Kind(
        "A parameter is not known to this address, is given twice where it takes one value, or has a value that does "
        "not fit. Nothing is ignored and nothing is rounded, since the answer would look right and be wrong.",
        "Mend what `errors` names: each entry has the `parameter`, or the `pointer` into the body, and a `message`. "
        "For an unknown parameter it names the nearest one that there is; for a word that is not on a list, the list.",
        "/v1/recommendations",
        "tarjet: there is no such parameter; the nearest known one is target",
        _parameter("tarjet", "there is no such parameter; the nearest known one is target"),
    ),
    "idempotency-mismatch": Kind(
        "This `Idempotency-Key` came before, with another body or to another address.",
        "Use a new key for each request that you mean. Keep key and body together for retries.",
        "/v1/audit/checkpoints",
        "This Idempotency-Key came before, with another request.",
    ),
    "precondition-required": Kind(
        "A change to a record that is there has to say which version it means, and this one does not. Without that, it "
        "could undo what someone else changed meanwhile.",
        "Read the record, and send its `ETag` as `If-Match`. `*` is not taken.",
        "/v1/audit/checkpoints/1",
        "A change needs If-Match with the ETag of the record as it was read.",
    ),
    "invalid-cursor": Kind(
        "The cursor is not one that this list gave for these filters and this order, or it was changed on the way.",
        "Start at the first page, without a cursor. Keep filters and order the same from page to page; only `limit` "
        "and `include` may change. Take cursors as they come: what is inside is not part of the contract.",
        "/v1/panels",
        "This cursor does not belong to this list with these filters and order.",
    ),
    "empty-search": Kind(
        "The words to search for are all so common that they are not indexed, or there are only signs.",
        "Use at least one word that says something: a name, a thing, a verb.",
        "/v1/search",
        "q: there is no word to look for, only stop words or signs.",
    ),
    "too-many-requests": Kind(
        "You asked more often than those who run this service let one caller ask.",
        "Ask again after the seconds that the `Retry-After` header names. `RateLimit` tells how many requests are "
        "left, and `RateLimit-Policy` how many there are.",
        "/v1/recommendations",
        "Ask again after the time in Retry-After.",
    ),
    "internal-error": Kind(
        "The service has a defect, and your request met it. The request may have been right.",
        "Report it to those who run this service, with the `trace_id`: the log has the rest under the same id.",
        "/v1/recommendations",
        "Report it with the trace id.",
    ),
    "unavailable": Kind(
        "The service cannot answer for the moment: its database does not answer, is full or is restarting.",
        "Try again after the seconds that the `Retry-After` header names. The service comes back by itself. Those who "
        "run it find more at `/healthz/ready`.",
        "/v1/recommendations",
        "Try again after the time in Retry-After.",
    ),
    "query-timeout": Kind(
        "The database took longer over the request than it may.",
        "Narrow the filters, or try again after the seconds that the `Retry-After` header names.",
        "/v1/search",
        "Narrow the filters, or try again.",
    ),
}
"""Texts by problem code, one for each of `PROBLEMS`."""
