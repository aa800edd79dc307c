"""Health checks: liveness and readiness probes."""

import asyncio
from typing import Any, Literal

from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from starlette.requests import Request

from app.core.errors import ProblemError
from app.core.schemas import ResponseModel
from app.core.session import UnfitServer
from app.http.routing import Router

READINESS_TIMEOUT_SECONDS = 1

router = Router(prefix="/healthz", tag="health")


class HealthOut(ResponseModel):
    """Result of a successful health check. A failed one is a problem."""

    status: Literal["ok"]


@router.get("/live")
async def check_live() -> HealthOut:
    """Check liveness: the process answers. Does not query the database."""
    return HealthOut(status="ok")


@router.get("/ready")
async def check_readiness(request: Request) -> HealthOut:
    """Check readiness: the database answers within a second, and its schema is that of this release."""
    revision = await _schema_revision(request)
    if revision != request.app.state.schema_revision:
        raise ProblemError("unavailable", "The database schema is not that of this release. Run `roundtable migrate`.")
    return HealthOut(status="ok")


async def _schema_revision(request: Request) -> Any:
    """Returns the migration that the database is at; raises `unavailable` if it does not answer."""
    try:
        engine = next(iter(request.app.state.engines.values()))
        async with asyncio.timeout(READINESS_TIMEOUT_SECONDS), engine.connect() as connection:
            return (await connection.execute(text("SELECT version_num FROM alembic_version"))).scalar()
    except (SQLAlchemyError, TimeoutError) as error:
        if isinstance(getattr(error, "orig", None), UnfitServer):
            raise ProblemError("unavailable", f"The database is unsuitable: {error.orig}.") from error  # type: ignore[union-attr]
        raise ProblemError(
            "unavailable", "The database does not answer, or refuses the reader roles: see docs/operations.md, Roles."
        ) from error
