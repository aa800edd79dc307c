"""What is asked and answered about changes and feeds."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any

from pydantic import Field

from app.core.paging import PAGE_DEFAULT, PageSize
from app.core.shapes import Identifier, Line, Out, Prose, Query
from app.vocabulary import CollectionWord


class ChangeQuery(Query):
    since: Annotated[str, Field(max_length=1_000, examples=[""])] = ""
    """`next_since` of the answer before; left out, everything there is comes first. It fits only the collections it
    came with."""
    collection: Annotated[list[CollectionWord], Field(max_length=20, examples=[["recommendations"]])] = []
    """Only changes of these lists."""
    limit: PageSize = PAGE_DEFAULT


class ChangeOut(Out):
    """A record as it is now, or word that it is gone."""

    collection: CollectionWord
    """The list that the record is in, by the name of its export."""
    id: Identifier
    """The record's id; of a reform the slug, of a paragraph the cable's id, a hyphen and the label."""
    removed: bool
    """Whether the record is gone: drop it from the copy."""
    changed_at: datetime
    record: dict[str, Any] | None
    """The record as its list has it, in the shape of that list; null where it is gone."""


class ChangePage(Out):
    """What changed after a place in the order of changes, and the place after it."""

    items: list[ChangeOut]
    next_since: Line
    """Give it as `since` the next time, whether or not there is more now."""
    has_more: bool
    """Whether more is to be had at once."""


@dataclass(frozen=True)
class FeedEntry:
    """A record in a feed, before it has a form."""

    collection: str
    id: str
    path: str
    """Where the record is, below the root of the service."""
    title: str
    quote: str | None
    cite_as: str
    source: str | None
    """Address of the web page that it rests on."""
    updated: datetime


@dataclass(frozen=True)
class Feed:
    """What changed last about one thing, the newest first."""

    title: str
    about: str
    path: str
    updated: datetime
    entries: list[FeedEntry]


class JsonFeedItem(Out):
    """A record in a feed."""

    id: Line
    """A URN that stays the same when the record changes."""
    url: Line
    title: Line
    content_html: Prose
    """The words or the page that the record rests on."""
    date_modified: datetime


class JsonFeed(Out):
    """A JSON Feed, version 1.1."""

    version: Line
    title: Line
    description: Line
    home_page_url: Line
    feed_url: Line
    language: Line
    items: list[JsonFeedItem]
