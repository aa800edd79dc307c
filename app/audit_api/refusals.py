"""Audit of refused requests: an entry in the trail, or a count."""

from starlette.requests import Request

from app.audit.refusals import Refusals
from app.audit.trail import record_standalone
from app.auth.schemas import Caller
from app.core.errors import safe_repr
from app.http.request_id import trace_id_of
from app.vocabulary import Marking

NOBODY = Caller("unknown", "unknown", frozenset(), Marking.U, person="unknown")
"""Placeholder for a caller who is refused before authentication."""


async def record_refusal(request: Request, operation: str, code: str) -> None:
    """Records a refusal in the audit trail, or counts it if the caller is anonymous or was refused often."""
    refusals: Refusals = request.app.state.refusals
    caller: Caller = getattr(request.state, "caller", NOBODY)
    if caller is NOBODY or caller.is_anonymous or not refusals.has_own_entry(caller):
        address = request.client.host if request.client else ""
        refusals.count(caller, operation=operation, code=code, address=address)
        return
    await record_standalone(
        request.app.state.write_engine,
        by=caller,
        operation=operation,
        record=None,
        trace_id=trace_id_of(request.scope),
        detail={"path": safe_repr(request.scope["path"], limit=200).strip('"')},
        refused=code,
    )
