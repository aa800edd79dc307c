"""Suggested paths for a 404. They depend on the routes only, so they disclose no data.

A trailing slash, a missing `/v1`, an id in another case, a misspelled list: each has one likely path.
"""

import re
from collections.abc import Iterator, Sequence
from typing import Any

from fastapi.routing import iter_route_contexts
from starlette.requests import Request

from app.core.errors import safe_repr
from app.core.nearest import nearest

VERSION = "/v1"


def hint(request: Request, faults: Sequence[Any] = ()) -> str:
    """Returns the sentence that suggests a path, or an empty string. `faults` are validation errors of the path."""
    prefix = request.scope.get("root_path", "")
    path = request.scope["path"].removeprefix(prefix)
    found = _recased(path, faults) if faults else _routed(request, path)
    return f" Perhaps you mean {safe_repr(prefix + found, limit=200).strip(chr(34))}." if found else ""


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


def _routed(request: Request, path: str) -> str | None:
    """Returns a routed path that differs in a slash, the version or case; else the nearest list path, or None."""
    routes = [route for route in iter_route_contexts(request.app.routes) if getattr(route, "path_regex", None)]
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
