"""Endpoints of drafts: transitions of any kind of record, and editing of each record type, from their tables."""

from collections.abc import Callable, Mapping
from typing import Annotated, Any, NamedTuple

from fastapi import Path, Query

from app.auth.dependencies import CurrentCaller, require_editor, require_editor_or_reviewer, require_roles
from app.drafts import queries
from app.drafts.commands import editing
from app.drafts.commands.kinds import DraftKind
from app.drafts.commands.records import RECORD_DRAFT_KINDS, RecordDraftKind
from app.drafts.commands.transitions import transition
from app.drafts.schemas import DraftOut, DraftPage, DraftQuery, ReturnIn
from app.drafts.workflow import TRANSITIONS, Transition
from app.http.problems import GONE
from app.http.responses import RawJsonResponse, page_response
from app.http.routing import PrivilegedConnection, Router
from app.http.transactions import IfMatch, WriteTransaction

Endpoint = Callable[..., Any]
CABLE_RECORD_ID_MOST = 48
"""Maximum characters of the id of a cable's record."""
SUMMARIES: dict[Transition, str] = {
    Transition.SUBMIT: "Submit the draft of the {} for review.",
    Transition.PUBLISH: "Publish the draft of the {}. Readers see it immediately. The caller must not be one of its "
    "authors.",
    Transition.RETURN: "Return the draft of the {} to its author, with a note on the requested changes.",
    Transition.WITHDRAW: "Withdraw the draft of the {}. The published one does not change. Editors withdraw only their "
    "own drafts.",
}
"""Summary of each transition; it takes the noun of the record."""


class DraftResource(NamedTuple):
    """Resource whose drafts are reviewed: its kind, and its endpoints."""

    kind: DraftKind
    noun: str
    tag: str
    path: str
    """Path of a record, with the parameter of its id."""
    parameter: Any
    """Type of this parameter."""
    shape: Any
    """Response schema."""
    names: Mapping[Transition, str] = {}
    """OperationIds that are not `{transition}_{noun}`."""


def named_endpoint(endpoint: Endpoint, name: str, summary: str) -> Endpoint:
    """Sets the operationId of an endpoint, and its description in the OpenAPI document."""
    endpoint.__name__ = name
    endpoint.__doc__ = summary
    return endpoint


def _transition_endpoint(kind: DraftKind, move: Transition, parameter: Any, shape: Any) -> Endpoint:
    async def apply(
        record_id: parameter, expected: IfMatch, connection: WriteTransaction, caller: CurrentCaller
    ) -> RawJsonResponse[shape]:
        return RawJsonResponse(await transition(connection, kind, record_id, move, expected=expected, by=caller))

    async def apply_with_note(
        record_id: parameter,
        body: ReturnIn,
        expected: IfMatch,
        connection: WriteTransaction,
        caller: CurrentCaller,
    ) -> RawJsonResponse[shape]:
        moved = transition(connection, kind, record_id, move, expected=expected, by=caller, note=body.note)
        return RawJsonResponse(await moved)

    return apply_with_note if move is Transition.RETURN else apply


def _transition_router(resource: DraftResource, move: Transition, endpoint: Endpoint) -> Router:
    router = Router(tag=resource.tag, requires=require_roles(*TRANSITIONS[move].roles))
    name = resource.names.get(move, f"{move}_{resource.noun}")
    summary = SUMMARIES[move].format(resource.noun.replace("_", " "))
    router.post(f"{resource.path}/{move}", responses=GONE)(named_endpoint(endpoint, name, summary))
    return router


def transition_routers(resource: DraftResource, *, publish: Endpoint | None = None) -> list[Router]:
    """Routers of the transitions of a resource. `publish` replaces the endpoint made here, for further parameters."""
    endpoints = {
        move: _transition_endpoint(resource.kind, move, resource.parameter, resource.shape) for move in TRANSITIONS
    } | ({Transition.PUBLISH: publish} if publish is not None else {})
    return [_transition_router(resource, move, endpoint) for move, endpoint in endpoints.items()]


def _record_resource(kind: RecordDraftKind) -> DraftResource:
    noun, constraints = kind.type.noun, kind.type.id_constraints
    record_id = Annotated[
        str,
        Path(
            alias=f"{noun}_id",
            pattern=constraints["pattern"],
            max_length=constraints.get("maxLength", CABLE_RECORD_ID_MOST),
            description=f"Id of the {noun}.",
            examples=[kind.type.example],
        ),
    ]
    return DraftResource(kind, noun, kind.type.tag, f"/{kind.collection}/{{{noun}_id}}", record_id, DraftOut)


def _editor_router(kind: RecordDraftKind, resource: DraftResource) -> Router:
    router = Router(tag=resource.tag, requires=require_editor)
    RecordId, Body, Patch = resource.parameter, kind.type.body, kind.type.patch  # noqa: N806 - types

    async def create(body: Body, connection: WriteTransaction, caller: CurrentCaller) -> RawJsonResponse[DraftOut]:  # type: ignore[valid-type] # of the table
        record_id, draft = await editing.create_draft(connection, kind, body, by=caller)
        return RawJsonResponse(draft, location=f"{record_id}/draft")

    async def change(
        record_id: RecordId,  # type: ignore[valid-type] # of the table
        body: Patch,  # type: ignore[valid-type] # of the table
        expected: IfMatch,
        connection: WriteTransaction,
        caller: CurrentCaller,
    ) -> RawJsonResponse[DraftOut]:
        changed = editing.change_draft(connection, kind, record_id, body=body, expected=expected, by=caller)
        return RawJsonResponse(await changed)

    async def delete(
        record_id: RecordId,  # type: ignore[valid-type] # of the table
        expected: IfMatch,
        connection: WriteTransaction,
        caller: CurrentCaller,
    ) -> RawJsonResponse[DraftOut]:
        return RawJsonResponse(await editing.remove_record(connection, kind, record_id, expected=expected, by=caller))

    one = resource.noun
    summary = f"Create a draft of a new {one}. Another person reviews it."
    router.post(f"/{kind.collection}", status_code=201)(named_endpoint(create, f"create_{one}", summary))
    summary = f"Change the open draft of the {one}. Without an open draft, open one for the published {one}."
    router.patch(resource.path, responses=GONE)(named_endpoint(change, f"change_{one}", summary))
    summary = (
        f"Withdraw the open draft of the {one}. Without an open draft, open one that proposes to withdraw the {one}."
    )
    router.delete(resource.path, responses=GONE)(named_endpoint(delete, f"delete_{one}", summary))
    return router


def _draft_router(kind: RecordDraftKind, resource: DraftResource) -> Router:
    router = Router(tag=resource.tag, requires=require_editor_or_reviewer)
    RecordId = resource.parameter  # noqa: N806 - a type

    async def get_draft(record_id: RecordId, connection: PrivilegedConnection) -> RawJsonResponse[DraftOut]:  # type: ignore[valid-type] # of the table
        return RawJsonResponse(await queries.get_open_draft(connection, kind.collection, record_id))

    one = resource.noun
    summary = f"The open draft of the {one}: a new {one}, or a change to the published one."
    router.get(f"{resource.path}/draft")(named_endpoint(get_draft, f"get_{one}_draft", summary))
    return router


all_drafts = Router(tag="drafts", requires=require_editor_or_reviewer)


@all_drafts.get("/drafts")
async def list_drafts(
    query: Annotated[DraftQuery, Query()], connection: PrivilegedConnection
) -> RawJsonResponse[DraftPage]:
    """Drafts of new records and of changes to records, newest first: open ones and decided ones."""
    return page_response(await queries.find_drafts(connection, query))


def _record_routers(kind: RecordDraftKind) -> list[Router]:
    resource = _record_resource(kind)
    return [_editor_router(kind, resource), *transition_routers(resource), _draft_router(kind, resource)]


routers = [all_drafts, *(router for kind in RECORD_DRAFT_KINDS.values() for router in _record_routers(kind))]
