"""Answers made of JSON that PostgreSQL wrote, sent on as it is."""

import json
from typing import Generic, TypeVar

from starlette.requests import Request
from starlette.responses import Response

from app.core.paging import Slice
from app.core.versions import Tags, Versioned

ShapeT = TypeVar("ShapeT")


class Answer(Response, Generic[ShapeT]):
    """A JSON answer of shape `ShapeT`. The shape is the contract in the document; a law test holds the bytes to it.

    A record that can be changed comes with its version, which its tag then carries.
    """

    media_type = "application/json"
    next_cursor: str | None = None
    versioned: Versioned | None = None
    made: str | int | None = None
    """The id of the record that a write made; its address is the one asked, and this."""

    def __init__(self, found: str | Versioned, *, made: str | int | None = None) -> None:
        text = found.text if isinstance(found, Versioned) else found
        super().__init__(text.encode(), status_code=200 if made is None else 201)
        self.made = made
        if isinstance(found, Versioned):
            self.versioned = found


def tag_of(request: Request, response: Response) -> str | None:
    """The entity tag of an answer that has a version; None for another."""
    versioned: Versioned | None = getattr(response, "versioned", None)
    if versioned is None:
        return None
    tags: Tags = request.app.state.tags
    return tags.tag(versioned)


def page_of(found: Slice, **added: str) -> Answer[ShapeT]:
    """One page of a list; the route adds the Link header from `next_cursor`. `added` are further fields, as JSON."""
    fields = {
        "items": f"[{','.join(found.items)}]",
        "next_cursor": json.dumps(found.next_cursor),
        "total": json.dumps(found.total),
        **added,
    }
    answer: Answer[ShapeT] = Answer(f"{{{','.join(f'{json.dumps(name)}:{value}' for name, value in fields.items())}}}")
    answer.next_cursor = found.next_cursor
    return answer


class Drawing(Response):
    """A drawing, as SVG."""

    media_type = "image/svg+xml"


class Verbatim(Response):
    """A text sent byte for byte, known by the digest it is stored with; so it is never packed, under another tag."""

    media_type = "text/plain"
    packs = False

    def __init__(self, text: str, *, digest: str, status_code: int = 200) -> None:
        super().__init__(text.encode(), status_code=status_code, headers={"ETag": f'"{digest}"'})
