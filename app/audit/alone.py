"""Audit entries in a transaction of their own, for refusals and exports."""

from sqlalchemy.ext.asyncio import AsyncEngine

from app.audit.chain import Json
from app.audit.trail import Named, enter


async def enter_alone(  # noqa: PLR0913 - keyword arguments, one for each field
    engine: AsyncEngine,
    *,
    by: Named,
    operation: str,
    record: str | None,
    trace_id: str,
    detail: Json | None = None,
    refused: str | None = None,
) -> None:
    """Writes an entry that belongs to no other change, and returns when it is committed."""
    async with engine.connect() as connection:
        await connection.execution_options(operation=operation, trace_id=trace_id)
        async with connection.begin():
            enter(connection, by=by, record=record, detail=detail, refused=refused)
