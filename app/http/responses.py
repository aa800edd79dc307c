"""Response classes for JSON that PostgreSQL built, which is sent unchanged."""

import json
from typing import Generic, TypeVar

from starlette.responses import Response

from app.core.etags import Versioned
from app.core.pagination import PageSlice

ShapeT = TypeVar("ShapeT")


class RawJsonResponse(Response, Generic[ShapeT]):
    """JSON response of schema `ShapeT`. The schema is in the OpenAPI document; a test validates the bytes against it.

    A record that can be changed has a version, which its ETag carries.
    """

    media_type = "application/json"
    next_cursor: str | None = None
    versioned: Versioned | None = None
    location: str | int | None = None
    """Id of the created record; its path is the request path followed by this id."""

    def __init__(self, found: str | Versioned, *, location: str | int | None = None) -> None:
        text = found.text if isinstance(found, Versioned) else found
        super().__init__(text.encode(), status_code=200 if location is None else 201)
        self.location = location
        if isinstance(found, Versioned):
            self.versioned = found


def page_response(found: PageSlice, **added: str) -> RawJsonResponse[ShapeT]:
    """Returns one page of a list. `added` are further fields as JSON; the route adds the Link header."""
    fields = {
        "items": f"[{','.join(found.items)}]",
        "next_cursor": json.dumps(found.next_cursor),
        "total": json.dumps(found.total),
        "total_at_least": json.dumps(found.total_at_least),
        **added,
    }
    answer: RawJsonResponse[ShapeT] = RawJsonResponse(
        f"{{{','.join(f'{json.dumps(name)}:{value}' for name, value in fields.items())}}}"
    )
    answer.next_cursor = found.next_cursor
    return answer


class SvgResponse(Response):
    """SVG response."""

    media_type = "image/svg+xml"


class SourceTextResponse(Response):
    """Plain text sent byte for byte, with its stored digest as ETag. It is never compressed: that changes the tag."""

    media_type = "text/plain"
    packs = False

    def __init__(self, text: str, *, digest: str, status_code: int = 200) -> None:
        super().__init__(text.encode(), status_code=status_code, headers={"ETag": f'"{digest}"'})
