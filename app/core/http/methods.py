"""Allow header: the methods of a path, for 405 and OPTIONS."""

from fastapi.routing import iter_route_contexts
from starlette.requests import Request


def allowed_methods(request: Request) -> str:
    """Returns the Allow header for the path of a request. HEAD is included with GET, since `Edge` handles it."""
    path = request.scope["path"].removeprefix(request.scope["root_path"])
    found = {"OPTIONS"}
    for route in iter_route_contexts(request.app.routes):
        pattern = getattr(route, "path_regex", None)
        if pattern is not None and pattern.match(path):
            # A mounted folder of files declares no methods, and serves GET.
            found |= route.methods or {"GET"}
    if "GET" in found:
        found.add("HEAD")
    return ", ".join(sorted(found))
