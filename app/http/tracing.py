"""OpenTelemetry tracing through FastAPI. Nothing is imported unless a collector is configured."""

from fastapi.telemetry import TelemetryConfig

from app import __version__
from app.core.settings import Settings

NOTHING: TelemetryConfig = {"tracing": False, "metrics": False, "logs": False, "auto_configure": False}
"""Configuration without telemetry. `/metrics` has the metrics; logs contain data that traces must not."""


def tracing_of(settings: Settings) -> TelemetryConfig:
    """Returns FastAPI's telemetry configuration for the settings."""
    if not settings.otlp_endpoint:
        return NOTHING
    # These imports take some megabytes, which a service without tracing saves.
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter  # noqa: PLC0415 - see above
    from opentelemetry.sdk.resources import Resource  # noqa: PLC0415 - see above
    from opentelemetry.sdk.trace import Span, SpanProcessor, TracerProvider  # noqa: PLC0415 - see above
    from opentelemetry.sdk.trace.export import BatchSpanProcessor  # noqa: PLC0415 - see above

    class WithoutQuery(SpanProcessor):
        """Span processor that removes the query string, since searches must not leave the register."""

        def on_start(self, span: Span, parent_context: object = None) -> None:  # noqa: ARG002 - signature of the interface
            if span.attributes and "url.query" in span.attributes:
                span.set_attribute("url.query", "")

    provider = TracerProvider(
        resource=Resource.create({"service.name": "roundtable-register", "service.version": __version__})
    )
    provider.add_span_processor(WithoutQuery())
    address = f"{settings.otlp_endpoint.rstrip('/')}/v1/traces"
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(endpoint=address)))
    return {**NOTHING, "tracing": True, "tracer_provider": provider}
