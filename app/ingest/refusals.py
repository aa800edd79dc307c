"""Audit entries of rejected classified documents: digest, time, caller, and the marks by line and kind. No text."""

from collections.abc import Iterable

from sqlalchemy import Engine

from app.audit.trail import Actor, record_event
from app.records.errors import ClassifiedDocument

CLASSIFIED = "classified-document"
OPERATION = "ingest"
NAMED = 100
"""Limit of marks of one document in the audit entry."""


def record_refusals(engine: Engine, documents: Iterable[ClassifiedDocument], *, by: Actor) -> None:
    """Records each rejected document in the audit trail, in a separate transaction."""
    with engine.begin() as connection:
        for document in documents:
            reasons = [{"line": mark.line, "kind": mark.kind.value} for mark in document.marks[:NAMED]]
            detail = {"sha256": document.sha256, "reasons": reasons, "marks": len(document.marks)}
            record_event(connection, by=by, record=None, operation=OPERATION, refused=CLASSIFIED, detail=detail)
