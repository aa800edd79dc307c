"""Suggested paths for a 404. The path of a record is suggested only if the caller may read that record.

A trailing slash, a missing `/v1`, an id in another case, a misspelled list: each has one likely path.
"""

import re
from collections.abc import Iterator, Sequence
from http import HTTPStatus
from typing import Any

from fastapi.routing import iter_route_contexts
from starlette.requests import Request
from starlette.types import Message

from app.core.errors import safe_repr
from app.core.nearest import nearest

VERSION = "/v1"
HINTED = "app.hinted"
"""Mark in the scope of a request that only looks whether a record is there."""
OF_CALLER = (
    *("type", "asgi", "http_version", "scheme", "server", "client", "method", "headers", "root_path", "extensions"),
    *("app", "peer", "trace_id", "caller", "refusal", "starlette.exception_handlers", "fastapi_middleware_astack"),
)
"""Members of a scope that do not depend on the path. The others belong to one passage through the router."""


async def hint(request: Request, faults: Sequence[Any] = ()) -> str:
    """Returns the sentence that suggests a path, or an empty string. `faults` are validation errors of the path."""
    prefix = request.scope.get("root_path", "")
    path = request.scope["path"].removeprefix(prefix)
    routes = [route for route in iter_route_contexts(request.app.routes) if getattr(route, "path_regex", None)]
    found = _recased(path, faults) if faults else _routed(routes, path)
    if not found or not await _is_there(request, routes, found):
        return ""
    return f" Perhaps you mean {safe_repr(prefix + found, limit=200).strip(chr(34))}."


async def _is_there(request: Request, routes: Sequence[Any], path: str) -> bool:
    """True for a path without ids, and for one whose record this caller gets: the router answers as to a request."""
    if any("{" not in str(route.path) and route.path_regex.match(path) for route in routes):
        return True
    if request.method not in {"GET", "HEAD"} or HINTED in request.scope:
        return False
    statuses: list[int] = []

    async def send(message: Message) -> None:
        if message["type"] == "http.response.start":
            statuses.append(message["status"])

    async def receive() -> Message:
        return {"type": "http.request", "body": b"", "more_body": False}

    whole = request.scope.get("root_path", "") + path
    scope = {name: value for name, value in request.scope.items() if name in OF_CALLER}
    state = dict(request.scope.get("state", {}))
    scope |= {"path": whole, "raw_path": whole.encode(), "query_string": b"", "state": state, HINTED: True}
    await request.app.router(scope, receive, send)
    return statuses == [HTTPStatus.OK]


def _recased(path: str, faults: Sequence[Any]) -> str | None:
    """Returns the path with each invalid value in the case in which it is valid, or None."""
    segments = path.split("/")
    for fault in faults:
        pattern, value = fault.get("ctx", {}).get("pattern"), fault.get("input")
        fitting = [one for one in (str(value).upper(), str(value).lower()) if pattern and re.search(pattern, one)]
        places = [place for place, one in enumerate(segments) if one.partition(".")[0] == value]
        if not fitting or not places:
            return None
        segments[places[0]] = segments[places[0]].replace(value, fitting[0], 1)
    return "/".join(segments)


def _routed(routes: Sequence[Any], path: str) -> str | None:
    """Returns a routed path that differs in a slash, the version or case; else the nearest list path, or None."""
    bare = "/" + path.strip("/")
    for one in dict.fromkeys(_variants(bare)):
        if one != path and any(route.path_regex.match(one) and "GET" in (route.methods or ()) for route in routes):
            return one
    paths = [str(route.path) for route in routes]
    listed = [one for one in paths if "{" not in one and one.startswith(VERSION)]
    near = nearest(bare if bare.startswith(VERSION) else VERSION + bare, listed)
    return near[0] if near and near[0].count("/") == bare.count("/") + (not bare.startswith(VERSION)) else None


def _variants(bare: str) -> Iterator[str]:
    for one in (bare, VERSION + bare):
        yield one
        head, slash, last = one.rpartition("/")
        yield f"{head.lower()}{slash}{last}"
        yield one.lower()
