"""Entries in transactions of their own: what was refused, and what was taken out of the register."""

from sqlalchemy.ext.asyncio import AsyncEngine

from app.audit.chain import Json
from app.audit.trail import Named, enter


async def enter_alone(  # noqa: PLR0913 - each is a part of the entry, given by its name
    engine: AsyncEngine,
    *,
    by: Named,
    operation: str,
    record: str | None,
    trace_id: str,
    detail: Json | None = None,
    refused: str | None = None,
) -> None:
    """Enters what changes nothing else, and returns when it is committed."""
    async with engine.connect() as connection:
        await connection.execution_options(operation=operation, trace_id=trace_id)
        async with connection.begin():
            enter(connection, by=by, record=record, detail=detail, refused=refused)
