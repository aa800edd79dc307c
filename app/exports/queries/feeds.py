"""What changed last for one target or reform, as the entries of a feed."""

import json
from typing import Any

from sqlalchemy import ColumnElement, Select, func, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from app.core.errors import not_found
from app.exports.queries.changes import get_records, placed_changes
from app.exports.schemas import Feed, FeedEntry
from app.models import Change, Event, RecommendationReform, RecommendationTarget, Reform
from app.vocabulary import MEANINGS, Collection, Target

ENTRIES_MOST = 100


async def get_target_feed(connection: AsyncConnection, target: str) -> Feed:
    """The recommendations to one target, those that changed last first."""
    if target not in set(Target):
        raise not_found("target", target)
    asked = select(RecommendationTarget.recommendation_id).where(RecommendationTarget.target == target)
    return await _feed(
        connection,
        title=f"Recommendations to {target}",
        about=MEANINGS[Target(target)],
        path=f"/v1/recommendations?target={target}",
        entries=_in(Collection.RECOMMENDATIONS, asked),
    )


async def get_reform_feed(connection: AsyncConnection, slug: str) -> Feed:
    """The events of one reform and the recommendations that speak of it, those that changed last first."""
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
    )


def _in(collection: Collection, ids: Select[Any]) -> ColumnElement[bool]:
    return (Change.collection == collection) & Change.record_id.in_(ids)


async def _feed(
    connection: AsyncConnection, *, title: str, about: str, path: str, entries: ColumnElement[bool]
) -> Feed:
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
    newest = (await connection.execute(select(func.max(Change.changed_at)))).scalar_one()
    return Feed(title=title, about=about, path=path, updated=found[0].updated if found else newest, entries=found)


def _entry(collection: str, record: dict[str, Any], changed_at: Any) -> FeedEntry:
    """A record as an entry: our sentence as its title, and below it the words or the page that it rests on."""
    web = None
    if collection == Collection.EVENTS:
        cable, web = record["citation"]["cable"], record["citation"]["source"]
        title = ": ".join(filter(None, (record["date_text"], record["text"])))
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
