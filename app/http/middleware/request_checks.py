"""Request checks before routing: sizes, path and Host header."""

import re
from collections.abc import Collection

from starlette.types import Scope

from app.core.errors import ProblemError
from app.http.forwarding_headers import host_name
from app.http.middleware.size_limits import check_size

PROBES = frozenset({"/healthz/live", "/healthz/ready"})
"""Paths that answer for any Host and under any load: an orchestrator calls them by IP address."""
UNLIMITED = PROBES | {"/metrics"}
"""Paths that neither the rate limits nor the concurrency limit apply to."""
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_HOST = re.compile(rb"(\[[0-9A-Fa-f:.]{2,45}\]|[A-Za-z0-9._~%-]*)(:[0-9]{0,5})?")


def path_of(scope: Scope) -> str:
    """Returns the path without the prefix that a proxy strips."""
    path: str = scope["path"]
    return path.removeprefix(scope.get("root_path", ""))


def check_request(scope: Scope, *, hosts: Collection[str]) -> None:
    """Rejects requests that are too large, with control characters in the path, or with a wrong Host header."""
    check_size(scope)
    if _CONTROL.search(scope["path"]):
        # Route patterns end with `$`, which also matches before a line feed, so this check is here for all routes.
        raise ProblemError("bad-request", "The path contains a control character.")
    named = [value for name, value in scope["headers"] if name == b"host"]
    if len(named) > 1:
        raise ProblemError("bad-request", "The request has more than one Host header.")
    if not named and scope.get("http_version") == "1.1":
        raise ProblemError("bad-request", "The request has no Host header.")
    host = named[0] if named else b""
    if not _HOST.fullmatch(host):
        raise ProblemError("bad-request", "The Host header is not a host name or address.")
    if hosts and host_name(host.decode("latin-1")) not in hosts and path_of(scope) not in PROBES:
        raise ProblemError("misdirected", "The Host header is not a name of this service.")
