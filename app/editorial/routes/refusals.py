"""The audit trail's part in a refusal: an entry, or one more in a count of them."""

from starlette.requests import Request

from app.access.schemas import Caller
from app.audit.alone import enter_alone
from app.audit.refusals import Refusals
from app.core.errors import printable
from app.core.http.correlation import trace_id_of
from app.vocabulary import Marking

NOBODY = Caller("unknown", "unknown", frozenset(), Marking.U, person="unknown")
"""Who is refused before it is known who asks."""


async def enter_refusal(request: Request, operation: str, code: str) -> None:
    """Enters a refusal into the audit trail, or counts it where the caller is a stranger or was refused often."""
    refusals: Refusals = request.app.state.refusals
    caller: Caller = getattr(request.state, "caller", NOBODY)
    if caller is NOBODY or caller.is_anonymous or not refusals.has_own_entry(caller):
        address = request.client.host if request.client else ""
        refusals.count(caller, operation=operation, code=code, address=address)
        return
    await enter_alone(
        request.app.state.writing_engine,
        by=caller,
        operation=operation,
        record=None,
        trace_id=trace_id_of(request.scope),
        detail={"path": printable(request.scope["path"], limit=200).strip('"')},
        refused=code,
    )
