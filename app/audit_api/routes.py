"""Endpoints of the audit trail."""

from typing import Annotated

from fastapi import Path, Query

from app.audit_api import commands, queries
from app.audit_api.schemas import (
    AuditPage,
    AuditQuery,
    CheckpointIn,
    CheckpointOut,
    CheckpointPage,
    CheckpointPatch,
    CheckpointQuery,
    ReadCountPage,
    ReadCountQuery,
)
from app.auth.dependencies import CurrentCaller, require_roles
from app.core.literals import WholeInPath
from app.http.responses import RawJsonResponse, page_response
from app.http.routing import PrivilegedConnection, Router
from app.http.transactions import IfMatch, WriteTransaction
from app.vocabulary import Role

AUDITS = require_roles(Role.AUDITOR)
router = Router(prefix="/audit", tag="audit", requires=AUDITS)

CheckpointId = Annotated[
    int,
    Path(
        ge=1,
        le=2**53,
        description="The checkpoint's number.",
        examples=[1],
        json_schema_extra={"format": "int64"},
    ),
    WholeInPath,
]


@router.get("")
async def list_audit_entries(
    query: Annotated[AuditQuery, Query()], connection: PrivilegedConnection
) -> RawJsonResponse[AuditPage]:
    """Audit trail: every write and export, refused writes and forbidden reads, with caller and time."""
    return page_response(await queries.find_entries(connection, query))


@router.get("/reads")
async def list_read_counts(
    query: Annotated[ReadCountQuery, Query()], connection: PrivilegedConnection
) -> RawJsonResponse[ReadCountPage]:
    """Usage counts of reads: one row for each hour, caller and operation, up to a minute behind."""
    return page_response(await queries.find_read_counts(connection, query))


@router.get("/checkpoints")
async def list_checkpoints(
    query: Annotated[CheckpointQuery, Query()], connection: PrivilegedConnection
) -> RawJsonResponse[CheckpointPage]:
    """Signed checkpoints: the end of the trail at different times."""
    return page_response(await queries.find_checkpoints(connection, query))


@router.post("/checkpoints", status_code=201)
async def create_checkpoint(
    body: CheckpointIn, connection: WriteTransaction, caller: CurrentCaller
) -> RawJsonResponse[CheckpointOut]:
    """Creates a checkpoint of the end of the trail.

    Keep the response elsewhere: `audit verify --checkpoint` compares the trail with it.
    """
    made, checkpoint = await commands.make_checkpoint(connection, body, by=caller)
    return RawJsonResponse(checkpoint, location=made)


@router.get("/checkpoints/{checkpoint_id}")
async def get_checkpoint(
    checkpoint_id: CheckpointId, connection: PrivilegedConnection
) -> RawJsonResponse[CheckpointOut]:
    """One checkpoint."""
    return RawJsonResponse(await queries.get_checkpoint(connection, checkpoint_id))


@router.patch("/checkpoints/{checkpoint_id}")
async def change_checkpoint(
    checkpoint_id: CheckpointId,
    body: CheckpointPatch,
    expected: IfMatch,
    connection: WriteTransaction,
    caller: CurrentCaller,
) -> RawJsonResponse[CheckpointOut]:
    """Sets the place where a copy of a checkpoint is kept. Its other fields cannot be changed."""
    changed = commands.change_checkpoint(connection, checkpoint_id, body, expected=expected, by=caller)
    return RawJsonResponse(await changed)
