"""One id per request: the client's own where it sends one, echoed in X-Request-Id and in problems."""

import re
from collections.abc import Mapping
from os import urandom

from starlette.types import Scope

HEADER = "X-Request-Id"
_REQUEST_ID = re.compile(rb"[A-Za-z0-9._-]{1,128}")
_TRACEPARENT = re.compile(rb"[0-9a-f]{2}-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}")


def trace_id_of(scope: Scope) -> str:
    return str(scope.get("trace_id", ""))


def choose_id(headers: Mapping[bytes, bytes]) -> str:
    own = headers.get(b"x-request-id", b"")
    if _REQUEST_ID.fullmatch(own):
        return own.decode()
    traced = _TRACEPARENT.fullmatch(headers.get(b"traceparent", b""))
    return traced.group(1).decode() if traced else urandom(16).hex()
