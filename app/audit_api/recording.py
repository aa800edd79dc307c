"""Audit of refused requests and of exports: an entry in the trail, or a count."""

from starlette.requests import Request

from app.audit.summaries import AuditSummaries
from app.audit.trail import record_standalone
from app.auth.schemas import Caller
from app.core.errors import safe_repr
from app.http.problems import trace_id_of
from app.vocabulary import Marking

NOBODY = Caller("unknown", "unknown", frozenset(), Marking.U, person="unknown")
"""Placeholder for a caller who is refused before authentication."""


async def record_refusal(request: Request, operation: str, code: str) -> None:
    """Records a refusal in the audit trail, or counts it if the caller is anonymous or was refused often."""
    caller: Caller = getattr(request.state, "caller", NOBODY)
    detail = {"path": safe_repr(request.scope["path"], limit=200).strip('"')}
    is_counted = caller is NOBODY or caller.is_anonymous or not _summaries_of(request).has_own_entry(caller)
    await _record(request, operation, by=caller, is_counted=is_counted, detail=detail, code=code)


async def record_export(request: Request, operation: str) -> None:
    """Records an export in the audit trail, or counts it if the caller is anonymous."""
    caller: Caller = request.state.caller
    detail = {"query": safe_repr(request.url.query, limit=2_000).strip('"')}
    await _record(request, operation, by=caller, is_counted=caller.is_anonymous, detail=detail)


async def _record(  # noqa: PLR0913 - keyword arguments, one for each part of an entry
    request: Request, operation: str, *, by: Caller, is_counted: bool, detail: dict[str, str], code: str | None = None
) -> None:
    if is_counted:
        address = request.client.host if request.client else ""
        _summaries_of(request).count(by, operation=operation, code=code, address=address)
        return
    await record_standalone(
        request.app.state.write_engine,
        by=by,
        operation=operation,
        record=None,
        trace_id=trace_id_of(request.scope),
        detail=detail,
        refused=code,
    )


def _summaries_of(request: Request) -> AuditSummaries:
    summaries: AuditSummaries = request.app.state.audit_summaries
    return summaries
