"""Routes below /.well-known/: the API catalog (RFC 9727) and security.txt (RFC 9116)."""

import json
from datetime import timedelta

from starlette.requests import Request
from starlette.responses import Response

from app.core.dates import today
from app.core.errors import ProblemError
from app.http.routing import Router

router = Router(prefix="/.well-known", tag="well-known")

EXPIRES_AFTER = timedelta(days=180)
CATALOG_TYPE = 'application/linkset+json; profile="https://www.rfc-editor.org/info/rfc9727"'


@router.get("/api-catalog", include_in_schema=False)
async def get_api_catalog(request: Request) -> Response:
    """Return links to the OpenAPI document, its pages, and the readiness probe."""
    root = request.scope["root_path"]
    linked = {
        "anchor": f"{root}/v1",
        "service-desc": [{"href": f"{root}/openapi.json", "type": "application/json"}],
        "service-doc": [{"href": f"{root}{path}", "type": "text/html"} for path in ("/docs", "/reference")],
        "status": [{"href": f"{root}/healthz/ready", "type": "application/json"}],
    }
    answer = Response(json.dumps({"linkset": [linked]}), media_type=CATALOG_TYPE)
    answer.headers["Link"] = f'<{root}/.well-known/api-catalog>; rel="api-catalog"'
    return answer


@router.get("/security.txt", include_in_schema=False)
async def get_security_contact(request: Request) -> Response:
    """Return the operator's security contact. Its expiry is always 180 days from today."""
    contact = request.app.state.security_contact
    if not contact:
        raise ProblemError("not-found", "The operator has not configured a security contact.")
    expires = f"{today() + EXPIRES_AFTER}T00:00:00Z"
    return Response(f"Contact: {contact}\nExpires: {expires}\nPreferred-Languages: en\n", media_type="text/plain")
