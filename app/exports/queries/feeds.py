"""Feeds of the latest changes for one target or reform."""

import json
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, func, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from app.core.errors import not_found
from app.exports.queries.changes import get_records, placed_changes
from app.exports.schemas import Feed, FeedEntry
from app.models import Change, Event, RecommendationReform, RecommendationTarget, Reform
from app.vocabulary import MEANINGS, Collection, Target

ENTRIES_MOST = 100
NEVER = datetime.fromtimestamp(0, UTC)
"""Update time of a feed whose lists never had a record."""


async def get_target_feed(connection: AsyncConnection, target: str) -> Feed:
    """Feed of the recommendations to one target, latest change first."""
    if target not in set(Target):
        raise not_found("target", target)
    asked = select(RecommendationTarget.recommendation_id).where(RecommendationTarget.target == target)
    return await _feed(
        connection,
        title=f"Recommendations to {target}",
        about=MEANINGS[Target(target)],
        path=f"/v1/recommendations?target={target}",
        entries=_in(Collection.RECOMMENDATIONS, asked),
        of=(Collection.RECOMMENDATIONS,),
    )


async def get_reform_feed(connection: AsyncConnection, slug: str) -> Feed:
    """Feed of the events of one reform and of the recommendations that mention it, latest change first."""
    reform = (await connection.execute(select(Reform.name, Reform.summary).where(Reform.id == slug))).one_or_none()
    if reform is None:
        raise not_found("reform", slug)
    events = select(Event.id).where(Event.reform_id == slug)
    asked = select(RecommendationReform.recommendation_id).where(RecommendationReform.reform_id == slug)
    return await _feed(
        connection,
        title=reform.name,
        about=reform.summary or reform.name,
        path=f"/v1/reforms/{slug}",
        entries=or_(_in(Collection.EVENTS, events), _in(Collection.RECOMMENDATIONS, asked)),
        of=(Collection.EVENTS, Collection.RECOMMENDATIONS),
    )


def _in(collection: Collection, ids: Select[Any]) -> ColumnElement[bool]:
    return (Change.collection == collection) & Change.record_id.in_(ids)


async def _feed(  # noqa: PLR0913 - the parts of a feed, each by its name
    connection: AsyncConnection,
    *,
    title: str,
    about: str,
    path: str,
    entries: ColumnElement[bool],
    of: tuple[Collection, ...],
) -> Feed:
    """Builds a feed of the records that still exist.

    Its update time is the last change in its lists, including changes of records that have left it, so that the time
    never goes back.
    """
    last_first = (
        placed_changes().where(entries).order_by(Change.changed_at.desc(), Change.record_id.desc()).limit(ENTRIES_MOST)
    )
    changes = (await connection.execute(last_first)).all()
    records = await get_records(connection, [(change.collection, change.record_id) for change in changes])
    found = [
        _entry(change.collection, json.loads(records[change.collection, change.record_id]), change.changed_at)
        for change in changes
        if (change.collection, change.record_id) in records
    ]
    last = placed_changes().where(Change.collection.in_(of)).with_only_columns(func.max(Change.changed_at))
    newest = await connection.scalar(last)
    return Feed(title=title, about=about, path=path, updated=newest or NEVER, entries=found)


def _entry(collection: str, record: dict[str, Any], changed_at: Any) -> FeedEntry:
    """Record as a feed entry: our sentence as its title, with the words or the page that it rests on."""
    web = None
    if collection == Collection.EVENTS:
        cable, web = record["citation"]["cable"], record["citation"]["source"]
        title = ": ".join(filter(None, (_when(record), record["text"])))
        quote = cable and cable["quote"]
        cite_as = f"{cable['cable_id']}, para. {cable['paragraph']}" if cable else web["title"]
    else:
        title, quote, cite_as = record["text"], record["quote"], record["cite_as"]
    return FeedEntry(
        collection=collection,
        id=record["id"],
        path=f"/v1/{collection}/{record['id']}",
        title=title,
        quote=quote,
        cite_as=cite_as,
        source=web and web["url"],
        updated=changed_at,
    )


def _when(event: dict[str, Any]) -> str | None:
    """Date in the words of the source; if they contain no digit, such as a weekday, with the date as we read it."""
    said, date = event["date_text"], event["date"]
    return f"{said} ({date})" if said and date and not any(char.isdigit() for char in said) else said
