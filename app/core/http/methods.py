"""Which methods an address takes: asked by 405 and OPTIONS, and nowhere else."""

from fastapi.routing import iter_route_contexts
from starlette.requests import Request


def allowed_methods(request: Request) -> str:
    """The value of Allow for the address of a request; reading includes HEAD, which `Edge` answers for every GET."""
    path = request.scope["path"].removeprefix(request.scope["root_path"])
    found = {"OPTIONS"}
    for route in iter_route_contexts(request.app.routes):
        pattern = getattr(route, "path_regex", None)
        if pattern is not None and pattern.match(path):
            # A mounted folder of files names no methods, and takes GET.
            found |= route.methods or {"GET"}
    if "GET" in found:
        found.add("HEAD")
    return ", ".join(sorted(found))
