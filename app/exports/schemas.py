"""Request and response schemas of changes and feeds."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any

from pydantic import Field

from app.core.pagination import PAGE_DEFAULT, PageSize
from app.core.schemas import Identifier, LongText, QueryParams, ResponseModel, ShortText
from app.vocabulary import Collection


class ChangeQuery(QueryParams):
    since: Annotated[str, Field(max_length=1_000, examples=[""])] = ""
    """`next_since` of the previous response; leave it out to start with all records. It is valid only for the same
    collections."""
    collection: Annotated[list[Collection], Field(max_length=20, examples=[["recommendations"]])] = []
    """Only changes of these lists."""
    limit: PageSize = PAGE_DEFAULT


class ChangeOut(ResponseModel):
    """Record as it is now, or the notice of its removal."""

    collection: Collection
    """List of the record, by the name of its export."""
    id: Identifier
    """Id of the record; for a reform the slug, for a paragraph the cable's id, a hyphen and the label."""
    removed: bool
    """True if the record is gone: delete it from the copy."""
    changed_at: datetime
    record: dict[str, Any] | None
    """Record in the shape of its list; null if it is gone."""


class ChangePage(ResponseModel):
    """Changes after a position, and the next position."""

    items: list[ChangeOut]
    next_since: ShortText
    """Value of `since` for the next request, whether or not there are more changes now."""
    has_more: bool
    """True if more changes can be fetched at once."""


@dataclass(frozen=True)
class FeedEntry:
    """Record in a feed, independent of the format."""

    collection: str
    id: str
    path: str
    """Path of the record, below the root of the service."""
    title: str
    quote: str | None
    cite_as: str
    source: str | None
    """Address of the web page that the record rests on."""
    updated: datetime


@dataclass(frozen=True)
class Feed:
    """Latest changes of one target or reform, newest first."""

    title: str
    about: str
    path: str
    updated: datetime
    entries: list[FeedEntry]


class JsonFeedItem(ResponseModel):
    """Record in a feed."""

    id: ShortText
    """URN that does not change when the record changes."""
    url: ShortText
    title: LongText
    content_html: LongText
    """Words or page that the record rests on."""
    date_modified: datetime


class JsonFeed(ResponseModel):
    """JSON Feed, version 1.1."""

    version: ShortText
    title: LongText
    description: ShortText
    home_page_url: ShortText
    feed_url: ShortText
    language: ShortText
    items: list[JsonFeedItem]
