"""Endpoints of editing: the same for each editable collection, generated from one table."""

from collections.abc import Callable
from typing import Annotated, Any, NamedTuple

from fastapi import Path, Query

from app.auth.dependencies import CurrentCaller, require_editor, require_editor_or_reviewer, require_reviewer
from app.core.schemas import RECORD_ID_MOST
from app.drafts import queries
from app.drafts.commands import editing, publishing, transitions
from app.drafts.schemas import DraftOut, DraftPage, DraftQuery, ReturnIn
from app.http.problems import GONE
from app.http.responses import RawJsonResponse, page_response
from app.http.routing import PrivilegedConnection, Router
from app.http.transactions import IfMatch, WriteTransaction
from app.records.schemas.event_inputs import EventIn, EventPatch
from app.records.schemas.record_inputs import (
    ParticipationIn,
    ParticipationPatch,
    RecommendationIn,
    RecommendationPatch,
    StatisticIn,
    StatisticPatch,
)
from app.vocabulary import Editable

Endpoint = Callable[..., Any]


class DraftResource(NamedTuple):
    """Editable collection: the noun of its records, its request schemas, and the pattern of its ids."""

    one: str
    tag: str
    body: type[Any]
    patch: type[Any]
    ids: str
    example: str
    longest: int = 48
    """Maximum characters of an id."""


DRAFT_RESOURCES = {
    Editable.RECOMMENDATIONS: DraftResource(
        "recommendation",
        "recommendations",
        RecommendationIn,
        RecommendationPatch,
        ids=r"^[0-9]{2}[A-Z]+[0-9]+-[RA][0-9]{3,6}$",
        example="07BEIJING7192-R001",
    ),
    Editable.STATISTICS: DraftResource(
        "statistic",
        "statistics",
        StatisticIn,
        StatisticPatch,
        ids=r"^[0-9]{2}[A-Z]+[0-9]+-SA?[0-9]{2,4}$",
        example="07BEIJING7192-S14",
    ),
    Editable.PARTICIPATIONS: DraftResource(
        "participation",
        "panels",
        ParticipationIn,
        ParticipationPatch,
        ids=r"^[0-9]{2}[A-Z]+[0-9]+-PTA?[0-9]{2,4}$",
        example="07BEIJING7192-PT04",
    ),
    Editable.EVENTS: DraftResource(
        "event",
        "reforms",
        EventIn,
        EventPatch,
        ids=r"^[a-z0-9]+(-[a-z0-9]+)*-EA?[0-9]{2,4}$",
        example="patent-law-E05",
        longest=RECORD_ID_MOST,
    ),
}


def _id_of(kind: DraftResource) -> Any:
    """Path parameter of the record's id, with the same pattern as in the read endpoints."""
    name, description = f"{kind.one}_id", f"Id of the {kind.one}."
    return Annotated[
        str,
        Path(alias=name, pattern=kind.ids, max_length=kind.longest, description=description, examples=[kind.example]),
    ]


def _named_endpoint(endpoint: Endpoint, name: str, summary: str) -> Endpoint:
    """Sets the operationId of an endpoint, and its description in the OpenAPI document."""
    endpoint.__name__ = name
    endpoint.__doc__ = summary
    return endpoint


def _editor_routes(collection: Editable, kind: DraftResource) -> Router:
    router = Router(prefix=f"/{collection}", tag=kind.tag, requires=require_editor)
    one, at = kind.one, f"/{{{kind.one}_id}}"
    RecordId, Body, Patch = _id_of(kind), kind.body, kind.patch  # noqa: N806 - types

    async def create(body: Body, connection: WriteTransaction, caller: CurrentCaller) -> RawJsonResponse[DraftOut]:  # type: ignore[valid-type] # of the table
        record_id, draft = await editing.create_draft(connection, collection, body, by=caller)
        return RawJsonResponse(draft, location=f"{record_id}/draft")

    async def change(
        record_id: RecordId,  # type: ignore[valid-type] # of the table
        body: Patch,  # type: ignore[valid-type] # likewise
        expected: IfMatch,
        connection: WriteTransaction,
        caller: CurrentCaller,
    ) -> RawJsonResponse[DraftOut]:
        changed = editing.change_draft(connection, collection, record_id, body=body, expected=expected, by=caller)
        return RawJsonResponse(await changed)

    async def delete(
        record_id: RecordId,  # type: ignore[valid-type] # of the table
        expected: IfMatch,
        connection: WriteTransaction,
        caller: CurrentCaller,
    ) -> RawJsonResponse[DraftOut]:
        return RawJsonResponse(
            await editing.remove_record(connection, collection, record_id, expected=expected, by=caller)
        )

    router.post("", status_code=201)(
        _named_endpoint(create, f"create_{one}", f"Create a draft of a new {one}. Another person reviews it.")
    )
    summary = f"Change the open draft of the {one}. Without an open draft, open one for the published {one}."
    router.patch(at, responses=GONE)(_named_endpoint(change, f"change_{one}", summary))
    summary = (
        f"Withdraw the open draft of the {one}. Without an open draft, open one that proposes to withdraw the {one}."
    )
    router.delete(at, responses=GONE)(_named_endpoint(delete, f"delete_{one}", summary))
    return router


def _submission_routes(collection: Editable, kind: DraftResource) -> Router:
    router = Router(prefix=f"/{collection}", tag=kind.tag, requires=require_editor)
    one, at = kind.one, f"/{{{kind.one}_id}}"
    RecordId = _id_of(kind)  # noqa: N806 - a type

    async def submit(
        record_id: RecordId,  # type: ignore[valid-type] # of the table
        expected: IfMatch,
        connection: WriteTransaction,
        caller: CurrentCaller,
    ) -> RawJsonResponse[DraftOut]:
        return RawJsonResponse(
            await transitions.submit(connection, collection, record_id, expected=expected, by=caller)
        )

    summary = f"Submit the draft of the {one} for review."
    router.post(f"{at}/submit", responses=GONE)(_named_endpoint(submit, f"submit_{one}", summary))
    return router


def _reviewer_routes(collection: Editable, kind: DraftResource) -> Router:
    router = Router(prefix=f"/{collection}", tag=kind.tag, requires=require_reviewer)
    one, at = kind.one, f"/{{{kind.one}_id}}"
    RecordId = _id_of(kind)  # noqa: N806 - a type

    async def publish(
        record_id: RecordId,  # type: ignore[valid-type] # of the table
        expected: IfMatch,
        connection: WriteTransaction,
        caller: CurrentCaller,
    ) -> RawJsonResponse[DraftOut]:
        return RawJsonResponse(
            await publishing.publish(connection, collection, record_id, expected=expected, by=caller)
        )

    async def give_back(
        record_id: RecordId,  # type: ignore[valid-type] # of the table
        body: ReturnIn,
        expected: IfMatch,
        connection: WriteTransaction,
        caller: CurrentCaller,
    ) -> RawJsonResponse[DraftOut]:
        note = body.note
        returned = transitions.return_to_author(
            connection, collection, record_id, note=note, expected=expected, by=caller
        )
        return RawJsonResponse(await returned)

    summary = f"Publish the draft of the {one}. Readers see it immediately."
    router.post(f"{at}/publish", responses=GONE)(_named_endpoint(publish, f"publish_{one}", summary))
    summary = f"Return the draft of the {one} to its author, with a note on the requested changes."
    router.post(f"{at}/return", responses=GONE)(_named_endpoint(give_back, f"return_{one}", summary))
    return router


def _writer_routes(collection: Editable, kind: DraftResource) -> Router:
    router = Router(prefix=f"/{collection}", tag=kind.tag, requires=require_editor_or_reviewer)
    one, at = kind.one, f"/{{{kind.one}_id}}"
    RecordId = _id_of(kind)  # noqa: N806 - a type

    async def get_draft(record_id: RecordId, connection: PrivilegedConnection) -> RawJsonResponse[DraftOut]:  # type: ignore[valid-type] # of the table
        return RawJsonResponse(await queries.get_open_draft(connection, collection, record_id))

    async def withdraw(
        record_id: RecordId,  # type: ignore[valid-type] # of the table
        expected: IfMatch,
        connection: WriteTransaction,
        caller: CurrentCaller,
    ) -> RawJsonResponse[DraftOut]:
        return RawJsonResponse(
            await transitions.withdraw(connection, collection, record_id, expected=expected, by=caller)
        )

    summary = f"The open draft of the {one}: a new {one}, or a change to the published one."
    router.get(f"{at}/draft")(_named_endpoint(get_draft, f"get_{one}_draft", summary))
    summary = (
        f"Withdraw the draft of the {one}. The published one does not change. Editors withdraw only their own drafts."
    )
    router.post(f"{at}/withdraw", responses=GONE)(_named_endpoint(withdraw, f"withdraw_{one}", summary))
    return router


all_drafts = Router(tag="drafts", requires=require_editor_or_reviewer)


@all_drafts.get("/drafts")
async def list_drafts(
    query: Annotated[DraftQuery, Query()], connection: PrivilegedConnection
) -> RawJsonResponse[DraftPage]:
    """Drafts of new records and of changes to records, newest first: open ones and decided ones."""
    return page_response(await queries.find_drafts(connection, query))


routers = [
    all_drafts,
    *(
        make(collection, kind)
        for collection, kind in DRAFT_RESOURCES.items()
        for make in (_editor_routes, _submission_routes, _reviewer_routes, _writer_routes)
    ),
]
