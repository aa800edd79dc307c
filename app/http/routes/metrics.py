"""Prometheus metrics of one process: requests, durations, and resources in use."""

from prometheus_client import generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from starlette.requests import Request
from starlette.responses import Response

from app.core.errors import ProblemError
from app.http.forwarding_headers import is_forwarded, is_rebound
from app.http.metrics import Metrics
from app.http.routing import Router

router = Router(tag="health")


@router.get("/metrics", include_in_schema=False, response_class=Response)
async def read_metrics(request: Request) -> Response:
    """Return the metrics of this process, for Prometheus. A forwarded request gets 404."""
    metrics: Metrics | None = request.app.state.metrics
    headers, peer = request.scope["headers"], request.scope.get("peer")
    if metrics is None or is_forwarded(headers) or is_rebound(headers, peer=peer, hosts=metrics.hosts):
        raise ProblemError("not-found", "This path does not exist.")
    return Response(generate_latest(metrics.registry), media_type=CONTENT_TYPE_LATEST)
