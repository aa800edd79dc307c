"""Write operations of checkpoints of the audit trail."""

import json

from sqlalchemy import func, update
from sqlalchemy.ext.asyncio import AsyncConnection

from app.audit.checkpoints import take_checkpoint
from app.audit.trail import record_event
from app.audit_api.queries import CHECKPOINTS, get_checkpoint
from app.audit_api.schemas import CheckpointIn, CheckpointPatch
from app.auth.schemas import Caller
from app.core.etags import ExpectedVersions, Versioned
from app.models import AuditCheckpoint


async def make_checkpoint(connection: AsyncConnection, body: CheckpointIn, *, by: Caller) -> tuple[int, Versioned]:
    """Creates a checkpoint at the end of the trail. Returns its id and the checkpoint."""
    made, checkpoint = await connection.run_sync(take_checkpoint, location=body.location)
    record_event(
        connection,
        by=by,
        record=f"{CHECKPOINTS}/{made}",
        detail={"position": checkpoint.position, "hash": checkpoint.hash, "location": body.location},
    )
    return made, await get_checkpoint(connection, made)


async def change_checkpoint(
    connection: AsyncConnection, checkpoint_id: int, body: CheckpointPatch, *, expected: ExpectedVersions, by: Caller
) -> Versioned:
    """Applies the patch. A patch that changes nothing creates no new version."""
    before = await get_checkpoint(connection, checkpoint_id, to_change=True)
    expected.check(before)
    there = json.loads(before.text)
    here = AuditCheckpoint.id == checkpoint_id
    for name, value in body.model_dump(include=body.model_fields_set).items():
        column = getattr(AuditCheckpoint, name)
        changed = update(AuditCheckpoint).where(here, column.is_distinct_from(value))
        news = {name: value, "version": AuditCheckpoint.version + 1, "updated_at": func.now()}
        if (await connection.execute(changed.values(**news))).rowcount:
            record_event(connection, by=by, record=before.record, detail={name: {"from": there[name], "to": value}})
    return await get_checkpoint(connection, checkpoint_id)
