"""Traces of requests by OpenTelemetry, which FastAPI makes; nothing of it is loaded where no collector is named."""

from fastapi.telemetry import TelemetryConfig

from app import __version__
from app.core.settings import Settings

NOTHING: TelemetryConfig = {"tracing": False, "metrics": False, "logs": False, "auto_configure": False}
"""What is not asked for. Figures are at `/metrics`; logs hold what a trace must not."""


def telemetry_of(settings: Settings) -> TelemetryConfig:
    """What FastAPI is to tell of requests, and whom."""
    if not settings.otlp_endpoint:
        return NOTHING
    # Some megabytes, for which others have no use.
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter  # noqa: PLC0415 - as said
    from opentelemetry.sdk.resources import Resource  # noqa: PLC0415 - as said
    from opentelemetry.sdk.trace import Span, SpanProcessor, TracerProvider  # noqa: PLC0415 - as said
    from opentelemetry.sdk.trace.export import BatchSpanProcessor  # noqa: PLC0415 - as said

    class WithoutQuery(SpanProcessor):
        """What somebody looks for is nobody's business but the register's."""

        def on_start(self, span: Span, parent_context: object = None) -> None:  # noqa: ARG002 - of the interface
            if span.attributes and "url.query" in span.attributes:
                span.set_attribute("url.query", "")

    provider = TracerProvider(
        resource=Resource.create({"service.name": "roundtable-register", "service.version": __version__})
    )
    provider.add_span_processor(WithoutQuery())
    address = f"{settings.otlp_endpoint.rstrip('/')}/v1/traces"
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(endpoint=address)))
    return {**NOTHING, "tracing": True, "tracer_provider": provider}
