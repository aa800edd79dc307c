"""What is stored of a classified document that was refused: its digest, when, and who tried. Nothing else."""

from collections.abc import Iterable

from sqlalchemy import Engine

from app.audit.trail import Named, enter
from app.ingest.faults import ClassifiedDocument

CLASSIFIED = "classified-document"
OPERATION = "ingest"
NAMED = 100
"""Marks of one document that the trail names."""


def enter_refusals(engine: Engine, documents: Iterable[ClassifiedDocument], *, by: Named) -> None:
    """Enters each refused document into the audit trail, in a transaction of its own."""
    with engine.begin() as connection:
        for document in documents:
            reasons = [{"line": mark.line, "kind": mark.kind.value} for mark in document.marks[:NAMED]]
            detail = {"sha256": document.sha256, "reasons": reasons, "marks": len(document.marks)}
            enter(connection, by=by, record=None, operation=OPERATION, refused=CLASSIFIED, detail=detail)
