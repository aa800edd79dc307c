"""What is to go away: announced in the headers of answers (RFC 9745, RFC 8594) and in the document."""

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
    """Since when something is deprecated, the day it will be gone where that is known, and where to read more.

    Above the function of a route it holds for the address; in the annotation of a field of a query, for that parameter.
    """

    since: date
    link: str
    sunset: date | None = None

    def __call__(self, endpoint: EndpointT) -> EndpointT:
        """Marks a route's function; to stand below `@router.get`."""
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
