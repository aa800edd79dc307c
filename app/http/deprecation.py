"""Deprecation of routes and parameters: response headers (RFC 9745, RFC 8594) and marks in the OpenAPI document."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from email.utils import format_datetime
from typing import Any, TypeVar

from pydantic import GetJsonSchemaHandler
from pydantic_core import CoreSchema
from starlette.datastructures import MutableHeaders

EndpointT = TypeVar("EndpointT", bound=Callable[..., Any])


@dataclass(frozen=True)
class Deprecation:
    """Deprecation: the day since when, the day of removal if it is known, and a link to the explanation.

    As a decorator of a route's function it applies to the route; in the annotation of a query field, to that parameter.
    """

    since: date
    link: str
    sunset: date | None = None

    def __call__(self, endpoint: EndpointT) -> EndpointT:
        """Marks a route's function; place it below `@router.get`."""
        endpoint.deprecation = self  # type: ignore[attr-defined] # a mark that the route class reads
        return endpoint

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        """Marks the schema of a parameter."""
        return {**handler(schema), "deprecated": True}

    def announce(self, headers: MutableHeaders) -> None:
        headers["Deprecation"] = f"@{_midnight(self.since).timestamp():.0f}"
        if self.sunset is not None:
            headers["Sunset"] = format_datetime(_midnight(self.sunset), usegmt=True)
        headers.append("Link", f'<{self.link}>; rel="deprecation"; type="text/html"')


def _midnight(day: date) -> datetime:
    return datetime.combine(day, datetime.min.time(), tzinfo=UTC)
