"""What becomes of a refused write: an entry in the audit trail."""

from starlette.requests import Request

from app.access.schemas import Caller
from app.audit.alone import enter_alone
from app.core.errors import printable
from app.core.http.correlation import trace_id_of
from app.vocabulary import Marking

NOBODY = Caller("unknown", "unknown", frozenset(), Marking.U, person="unknown")
"""Who is refused before it is known who asks."""


async def enter_refusal(request: Request, operation: str, code: str) -> None:
    """Enters into the audit trail that a write was refused."""
    await enter_alone(
        request.app.state.writing_engine,
        by=getattr(request.state, "caller", NOBODY),
        operation=operation,
        record=None,
        trace_id=trace_id_of(request.scope),
        detail={"path": printable(request.scope["path"], limit=200).strip('"')},
        refused=code,
    )
