"""Request id: the client's own if it sends one, returned in X-Request-Id and in problems."""

import re
from collections.abc import Mapping
from random import Random

from starlette.types import Scope

HEADER = "X-Request-Id"
# Ids distinguish requests and are not secret; system randomness for each would cost more than the rest of this file.
_ids = Random()  # noqa: S311 - see above
_REQUEST_ID = re.compile(rb"[A-Za-z0-9._-]{1,128}")
_TRACEPARENT = re.compile(rb"[0-9a-f]{2}-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}")


def trace_id_of(scope: Scope) -> str:
    return str(scope.get("trace_id", ""))


def choose_request_id(headers: Mapping[bytes, bytes]) -> str:
    own = headers.get(b"x-request-id")
    if own is not None and _REQUEST_ID.fullmatch(own):
        return own.decode()
    traceparent = headers.get(b"traceparent")
    traced = _TRACEPARENT.fullmatch(traceparent) if traceparent is not None else None
    return traced.group(1).decode() if traced else f"{_ids.getrandbits(128):032x}"
