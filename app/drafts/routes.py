"""Endpoints of editing: the same for each editable collection, generated from one table."""

from collections.abc import Callable
from typing import Annotated, Any, NamedTuple

from fastapi import Path, Query

from app.auth.dependencies import (
    EDITS,
    REVIEWS,
    WRITES,
    Asking,
)
from app.drafts import queries
from app.drafts.commands import editing, publishing, transitions
from app.drafts.schemas.drafts import (
    DraftOut,
    DraftPage,
    DraftQuery,
    ReturnIn,
)
from app.drafts.schemas.events import EventIn, EventPatch
from app.drafts.schemas.records import (
    ParticipationIn,
    ParticipationPatch,
    RecommendationIn,
    RecommendationPatch,
    StatisticIn,
    StatisticPatch,
)
from app.http.problems import GONE
from app.http.responses import Answer, page_of
from app.http.routing import Keeping, Router
from app.http.transactions import IfMatch, Writing
from app.vocabulary import Editable

Endpoint = Callable[..., Any]


class Edited(NamedTuple):
    """Editable collection: the noun of its records, its request schemas, and the pattern of its ids."""

    one: str
    tag: str
    given: type[Any]
    patch: type[Any]
    ids: str
    example: str


EDITED = {
    Editable.RECOMMENDATIONS: Edited(
        "recommendation",
        "recommendations",
        RecommendationIn,
        RecommendationPatch,
        ids=r"^[0-9]{2}[A-Z]+[0-9]+-[RA][0-9]{3,6}$",
        example="07BEIJING7192-R001",
    ),
    Editable.STATISTICS: Edited(
        "statistic",
        "statistics",
        StatisticIn,
        StatisticPatch,
        ids=r"^[0-9]{2}[A-Z]+[0-9]+-SA?[0-9]{2,4}$",
        example="07BEIJING7192-S14",
    ),
    Editable.PARTICIPATIONS: Edited(
        "participation",
        "panels",
        ParticipationIn,
        ParticipationPatch,
        ids=r"^[0-9]{2}[A-Z]+[0-9]+-PTA?[0-9]{2,4}$",
        example="07BEIJING7192-PT04",
    ),
    Editable.EVENTS: Edited(
        "event",
        "reforms",
        EventIn,
        EventPatch,
        ids=r"^[a-z0-9]+(-[a-z0-9]+)*-EA?[0-9]{2,4}$",
        example="patent-law-E05",
    ),
}


def _id_of(kind: Edited) -> Any:
    """Path parameter of the record's id, with the same pattern as in the read endpoints."""
    name, told = f"{kind.one}_id", f"The {kind.one}'s id."
    return Annotated[str, Path(alias=name, pattern=kind.ids, max_length=48, description=told, examples=[kind.example])]


def _named(endpoint: Endpoint, name: str, told: str) -> Endpoint:
    """Sets the operationId of an endpoint, and its description in the OpenAPI document."""
    endpoint.__name__ = name
    endpoint.__doc__ = told
    return endpoint


def _editor_routes(collection: Editable, kind: Edited) -> Router:
    router = Router(prefix=f"/{collection}", tag=kind.tag, needs=EDITS)
    one, at = kind.one, f"/{{{kind.one}_id}}"
    RecordId, Given, Patch = _id_of(kind), kind.given, kind.patch  # noqa: N806 - types

    async def create(given: Given, connection: Writing, caller: Asking) -> Answer[DraftOut]:  # type: ignore[valid-type] # of the table
        record_id, draft = await editing.make(connection, collection, given, by=caller)
        return Answer(draft, made=f"{record_id}/draft")

    async def change(
        record_id: RecordId,  # type: ignore[valid-type] # of the table
        given: Patch,  # type: ignore[valid-type] # likewise
        expected: IfMatch,
        connection: Writing,
        caller: Asking,
    ) -> Answer[DraftOut]:
        changed = editing.change(connection, collection, record_id, given=given, expected=expected, by=caller)
        return Answer(await changed)

    async def delete(record_id: RecordId, expected: IfMatch, connection: Writing, caller: Asking) -> Answer[DraftOut]:  # type: ignore[valid-type] # of the table
        return Answer(await editing.remove(connection, collection, record_id, expected=expected, by=caller))

    async def submit(record_id: RecordId, expected: IfMatch, connection: Writing, caller: Asking) -> Answer[DraftOut]:  # type: ignore[valid-type] # of the table
        return Answer(await transitions.submit(connection, collection, record_id, expected=expected, by=caller))

    router.post("", status_code=201)(_named(create, f"create_{one}", f"Draft a new {one}, for someone else to review."))
    told = f"Change the open draft of a {one}; where there is none, open one beside what is published."
    router.patch(at, responses=GONE)(_named(change, f"change_{one}", told))
    told = f"Withdraw the open draft of a {one}; where there is none, open one that proposes to withdraw the {one}."
    router.delete(at, responses=GONE)(_named(delete, f"delete_{one}", told))
    told = f"Hand in the draft of a {one} for review."
    router.post(f"{at}/submit", responses=GONE)(_named(submit, f"submit_{one}", told))
    return router


def _reviewer_routes(collection: Editable, kind: Edited) -> Router:
    router = Router(prefix=f"/{collection}", tag=kind.tag, needs=REVIEWS)
    one, at = kind.one, f"/{{{kind.one}_id}}"
    RecordId = _id_of(kind)  # noqa: N806 - a type

    async def publish(record_id: RecordId, expected: IfMatch, connection: Writing, caller: Asking) -> Answer[DraftOut]:  # type: ignore[valid-type] # of the table
        return Answer(await publishing.publish(connection, collection, record_id, expected=expected, by=caller))

    async def give_back(
        record_id: RecordId,  # type: ignore[valid-type] # of the table
        given: ReturnIn,
        expected: IfMatch,
        connection: Writing,
        caller: Asking,
    ) -> Answer[DraftOut]:
        note = given.note
        returned = transitions.give_back(connection, collection, record_id, note=note, expected=expected, by=caller)
        return Answer(await returned)

    told = f"Publish the draft of a {one}; readers see it at once."
    router.post(f"{at}/publish", responses=GONE)(_named(publish, f"publish_{one}", told))
    told = f"Return the draft of a {one} to its author, with a note on what is to be mended."
    router.post(f"{at}/return", responses=GONE)(_named(give_back, f"return_{one}", told))
    return router


def _writer_routes(collection: Editable, kind: Edited) -> Router:
    router = Router(prefix=f"/{collection}", tag=kind.tag, needs=WRITES)
    one, at = kind.one, f"/{{{kind.one}_id}}"
    RecordId = _id_of(kind)  # noqa: N806 - a type

    async def get_draft(record_id: RecordId, connection: Keeping) -> Answer[DraftOut]:  # type: ignore[valid-type] # of the table
        return Answer(await queries.get_open_draft(connection, collection, record_id))

    async def withdraw(record_id: RecordId, expected: IfMatch, connection: Writing, caller: Asking) -> Answer[DraftOut]:  # type: ignore[valid-type] # of the table
        return Answer(await transitions.withdraw(connection, collection, record_id, expected=expected, by=caller))

    told = f"The open draft of a {one}: a new one, or a change to what is published."
    router.get(f"{at}/draft")(_named(get_draft, f"get_{one}_draft", told))
    told = f"Withdraw the draft of a {one}; what is published stays. An editor withdraws what he wrote in."
    router.post(f"{at}/withdraw", responses=GONE)(_named(withdraw, f"withdraw_{one}", told))
    return router


all_drafts = Router(tag="drafts", needs=WRITES)


@all_drafts.get("/drafts")
async def list_drafts(query: Annotated[DraftQuery, Query()], connection: Keeping) -> Answer[DraftPage]:
    """Drafts of new records and of changes to records, newest first: open ones and decided ones."""
    return page_of(await queries.find_drafts(connection, query))


routers = [
    all_drafts,
    *(
        make(collection, kind)
        for collection, kind in EDITED.items()
        for make in (_editor_routes, _reviewer_routes, _writer_routes)
    ),
]
