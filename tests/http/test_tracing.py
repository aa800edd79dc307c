"""Traces, as a collector receives them from a service on a real socket."""

import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import httpx
import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from app.core.settings import Settings
from app.main import create_app
from tests.conftest import ROOT, serving

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
WAIT_SECONDS = 20


class Collector:
    """An OpenTelemetry collector that stores the received requests."""

    def __init__(self) -> None:
        self.bodies: list[bytes] = []
        bodies = self.bodies

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                assert self.path == "/v1/traces"
                bodies.append(self.rfile.read(int(self.headers["content-length"])))
                self.send_response(200)
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        self.server = HTTPServer(("127.0.0.1", 0), Handler)

    def spans(self, *, of: str) -> list[Span]:
        """Returns the received spans of a trace."""
        requests = [ExportTraceServiceRequest.FromString(body) for body in list(self.bodies)]
        spans = [span for one in requests for of_all in one.resource_spans for of_one in of_all.scope_spans
                for span in of_one.spans]  # fmt: skip
        return [span for span in spans if span.trace_id.hex() == of]


@pytest.fixture(scope="module")
def collector() -> Iterator[Collector]:
    made = Collector()
    thread = threading.Thread(target=made.server.serve_forever, daemon=True)
    thread.start()
    yield made
    made.server.shutdown()
    made.server.server_close()
    thread.join()


@pytest.fixture(scope="module")
def traced(collector: Collector, served_url: str) -> Iterator[httpx.Client]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("OTEL_BSP_SCHEDULE_DELAY", "50")
        settings = Settings(otlp_endpoint=f"http://127.0.0.1:{collector.server.server_port}")
        app = create_app(settings, database_url=served_url)
    with serving(app) as address, httpx.Client(base_url=address) as http:
        yield http


def wait_for(collector: Collector, trace: str) -> Span:
    """Returns the span of the request itself."""
    until = time.monotonic() + WAIT_SECONDS
    while time.monotonic() < until:
        for span in collector.spans(of=trace):
            if span.kind == Span.SPAN_KIND_SERVER:
                return span
        time.sleep(0.05)
    raise AssertionError(f"no span of {trace} came")


def ask(http: httpx.Client, path: str, *, trace: str) -> httpx.Response:
    return http.get(path, headers={"traceparent": f"00-{trace}-00f067aa0ba902b7-01"})


def test_a_span_has_route_status_and_request_id(traced: httpx.Client, collector: Collector) -> None:
    answer = ask(traced, "/v1/recommendations/07BEIJING7192-R999", trace=TRACE)
    assert (answer.status_code, answer.headers["x-request-id"]) == (404, TRACE)
    span = wait_for(collector, TRACE)
    attributes = {one.key: one.value for one in span.attributes}
    assert span.name == "GET /v1/recommendations/{recommendation_id}"
    assert attributes["http.route"].string_value == "/v1/recommendations/{recommendation_id}"
    assert attributes["http.response.status_code"].int_value == 404


def test_traces_contain_no_search_terms_or_credentials(traced: httpx.Client, collector: Collector) -> None:
    trace = TRACE.replace("4", "5")
    headers = {"traceparent": f"00-{trace}-00f067aa0ba902b7-01", "Authorization": "Bearer zanzibar-key"}
    assert traced.get("/v1/search", params={"q": "zanzibar"}, headers=headers).status_code == 401
    assert ask(traced, "/v1/search?q=zanzibar", trace=trace).status_code == 200
    wait_for(collector, trace)
    assert not any(b"zanzibar" in body for body in collector.bodies)


def test_cached_responses_are_not_traced(traced: httpx.Client, collector: Collector) -> None:
    first, second, after = (TRACE.replace("4", digit) for digit in "678")
    for trace in (first, second):
        assert ask(traced, "/v1/panels?limit=2", trace=trace).status_code == 200
    ask(traced, "/v1/panels?limit=3", trace=after)
    wait_for(collector, first)
    wait_for(collector, after)
    assert collector.spans(of=second) == []


def test_nothing_of_it_is_loaded_where_no_collector_is_named() -> None:
    program = (
        "import sys; from app.main import create_app; from app.core.settings import Settings; "
        "create_app(Settings(), database_url='postgresql://'); "
        "sys.exit(any(name.startswith(('opentelemetry.sdk', 'google.protobuf')) for name in sys.modules))"
    )
    assert (
        subprocess.run([sys.executable, "-P", "-c", program], env={"PYTHONPATH": str(ROOT)}, check=False).returncode
        == 0
    )


@pytest.mark.parametrize("address", ["collector:4318", "http://collector:4318/v1/traces", "http://me:word@collector"])
def test_an_invalid_collector_address_is_refused(address: str) -> None:
    with pytest.raises(ValueError, match="give the address of a collector"):
        Settings(otlp_endpoint=address)
