"""Endpoints of feeds."""

from typing import Annotated, Any

from fastapi import Path
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from app.auth.dependencies import require_reader
from app.core.schemas import SLUG_MOST
from app.exports import queries
from app.exports.formats.feeds import as_atom, as_json_feed
from app.exports.schemas import Feed, JsonFeed
from app.http.routing import ReadConnection, Router

router = Router(prefix="/feeds", tag="exports", requires=require_reader, cacheable=True)

Target = Annotated[
    str, Path(pattern=r"^[a-z_]{1,64}$", max_length=64, description="Party asked to act.", examples=["embassy"])
]
Slug = Annotated[
    str,
    Path(
        pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$",
        max_length=SLUG_MOST,
        description="Slug of the reform.",
        examples=["patent-law"],
    ),
]


class AtomFeed(Response):
    media_type = "application/atom+xml"


class NewsFeed(JSONResponse):
    """JSON response whose schema is declared in the OpenAPI document; its content is already JSON text."""

    media_type = "application/feed+json"

    def render(self, content: str) -> bytes:
        return content.encode()


ATOM: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The feed (RFC 4287).",
        "content": {AtomFeed.media_type: {"schema": {"type": "string", "format": "binary"}}},
    }
}


def _atom(feed: Feed, request: Request) -> AtomFeed:
    return AtomFeed(as_atom(feed, **_places(request)))


def _news(feed: Feed, request: Request) -> NewsFeed:
    return NewsFeed(as_json_feed(feed, **_places(request)))


def _places(request: Request) -> dict[str, str]:
    """URLs of the service and the feed: under the public URL that the operator set, or relative.

    No request header is used.
    """
    root = request.scope.get("root_path", "")
    base = request.app.state.public_url or root
    return {"base": base, "address": f"{base}{request.scope['path'].removeprefix(root)}"}


@router.get("/targets/{target}.atom", response_class=AtomFeed, responses=ATOM)
async def get_target_atom(target: Target, request: Request, connection: ReadConnection) -> Response:
    """Atom feed: the latest changed recommendations to one target, at most a hundred."""
    return _atom(await queries.get_target_feed(connection, target), request)


@router.get("/targets/{target}.json", response_class=NewsFeed, response_model=JsonFeed)
async def get_target_json_feed(target: Target, request: Request, connection: ReadConnection) -> Response:
    """JSON Feed: the latest changed recommendations to one target, at most a hundred."""
    return _news(await queries.get_target_feed(connection, target), request)


@router.get("/reforms/{slug}.atom", response_class=AtomFeed, responses=ATOM)
async def get_reform_atom(slug: Slug, request: Request, connection: ReadConnection) -> Response:
    """Atom feed: the latest changed events of one reform and recommendations about it, at most a hundred."""
    return _atom(await queries.get_reform_feed(connection, slug), request)


@router.get("/reforms/{slug}.json", response_class=NewsFeed, response_model=JsonFeed)
async def get_reform_json_feed(slug: Slug, request: Request, connection: ReadConnection) -> Response:
    """JSON Feed: the latest changed events of one reform and recommendations about it, at most a hundred."""
    return _news(await queries.get_reform_feed(connection, slug), request)
