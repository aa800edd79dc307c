"""Atom and JSON Feed formats. Pure functions."""

from dataclasses import replace
from datetime import UTC, datetime
from html import escape
from uuid import NAMESPACE_URL, uuid5

from feedgenerator import Atom1Feed

from app.core.folding import printable_text
from app.exports.schemas import Feed, FeedEntry, JsonFeed, JsonFeedItem

LANGUAGE = "en"
TITLE = "Roundtable Register"


def as_atom(feed: Feed, *, base: str, address: str) -> str:
    """Renders the feed as Atom (RFC 4287). `base` is the URL of the service, `address` the URL of the feed."""
    feed = _printable(feed)
    atom = _Atom(
        title=f"{TITLE}: {feed.title}",
        subtitle=feed.about,
        description="",
        link=f"{base}{feed.path}",
        feed_url=address,
        feed_guid=_urn(feed.path),
        author_name=TITLE,
        language=LANGUAGE,
        updated=feed.updated,
    )
    for entry in feed.entries:
        atom.add_item(
            title=entry.title,
            link=f"{base}{entry.path}",
            description=None,
            content=_content(entry),
            updateddate=_without_zone(entry.updated),
            unique_id=_urn(entry.path),
        )
    return str(atom.writeString("utf-8"))


def as_json_feed(feed: Feed, *, base: str, address: str) -> str:
    """Renders the feed as JSON Feed 1.1."""
    feed = _printable(feed)
    return JsonFeed(
        version="https://jsonfeed.org/version/1.1",
        title=f"{TITLE}: {feed.title}",
        description=feed.about,
        home_page_url=f"{base}{feed.path}",
        feed_url=address,
        language=LANGUAGE,
        items=[
            JsonFeedItem(
                id=_urn(entry.path),
                url=f"{base}{entry.path}",
                title=entry.title,
                content_html=_content(entry),
                date_modified=entry.updated,
            )
            for entry in feed.entries
        ],
    ).model_dump_json()


def _printable(feed: Feed) -> Feed:
    """Returns the feed without characters that XML forbids; old records may contain them."""
    entries = [
        replace(
            entry,
            title=printable_text(entry.title),
            quote=printable_text(entry.quote) if entry.quote else None,
            cite_as=printable_text(entry.cite_as),
        )
        for entry in feed.entries
    ]
    return replace(feed, title=printable_text(feed.title), about=printable_text(feed.about), entries=entries)


class _Atom(Atom1Feed):  # type: ignore[misc] # the library has no types
    """Atom feed with its own update time, also if it has no entries."""

    def latest_post_date(self) -> datetime:
        updated: datetime = self.feed["updated"]
        return _without_zone(updated)


def _without_zone(moment: datetime) -> datetime:
    """Returns the time in UTC without a zone, as the library requires; the library then appends `Z`."""
    return moment.astimezone(UTC).replace(tzinfo=None)


def _content(entry: FeedEntry) -> str:
    """Renders the source of the record as HTML: the quote and its citation."""
    quote = f"<blockquote>{escape(entry.quote)}</blockquote>" if entry.quote else ""
    cited = escape(entry.cite_as)
    return f'{quote}<p><a href="{escape(entry.source)}">{cited}</a></p>' if entry.source else f"{quote}<p>{cited}</p>"


def _urn(path: str) -> str:
    """Returns the URN of a record or feed. It does not depend on the URL of the service."""
    return uuid5(NAMESPACE_URL, f"roundtable-register:{path}").urn
