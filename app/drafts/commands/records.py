"""Drafts of records (`RECORD_DRAFT_KINDS`), one kind for each record type, and their publishing.

Publishing writes the rows of the record and the stored edit in one transaction.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from pydantic import ValidationError
from sqlalchemy import Connection, Row, bindparam, delete, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from app.core.errors import ProblemError
from app.core.etags import Versioned
from app.drafts.commands import record_content
from app.drafts.commands.kinds import Columns, DraftKind
from app.drafts.queries import get_draft
from app.drafts.workflow import TRANSITIONS, Decision, Transition, check_reviewer, reviewed
from app.models import Cable, Draft, RecordContent, RecordEdit
from app.records.types import RECORD_TYPES, RecordType, write_record
from app.records.writer import LOAD_LOCK, entry_of
from app.vocabulary import Editable, Publication

Content = dict[str, Any]
_OPEN_CABLE = select(Cable.id).where(Cable.id == bindparam("id"), Cable.publication != Publication.PUBLISHED)


async def advisory_lock(connection: AsyncConnection, name: str) -> None:
    """Takes the advisory lock of this name, until the transaction ends."""
    await connection.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(name, 0))))


@dataclass(frozen=True, eq=False)
class RecordDraftKind(DraftKind):
    """Records of one collection. A draft is the whole record as JSON; published rows are in other tables."""

    collection: Editable
    type: RecordType
    no_draft: ClassVar[str] = "The record has no open draft. A PATCH opens one."

    def key(self, record_id: str) -> Columns:
        return {"collection": self.collection.value, "record_id": record_id}

    def name(self, record_id: str) -> str:
        return f"{self.collection}/{record_id}"

    async def lock(self, connection: AsyncConnection, record_id: str, *, to_publish: bool = False) -> None:
        """Takes the advisory lock of a record. Publishing waits for a running load first, which may change it."""
        if to_publish:
            await connection.execute(select(func.pg_advisory_xact_lock_shared(LOAD_LOCK)))
            if not self.type.of_cable:
                # Publishing such a record reads and writes all records of its collection: one at a time.
                await advisory_lock(connection, self.collection)
        await advisory_lock(connection, self.name(record_id))

    async def get(self, connection: AsyncConnection, record_id: str, draft: Row[Any] | None) -> Versioned:
        return await (get_draft(connection, draft.id) if draft is not None else self.type.get(connection, record_id))

    def is_at_u(self, _values: Mapping[str, Any], /) -> bool:
        """Events that cite a web page are U; all others have the marking of their passage."""
        return self.collection is Editable.EVENTS

    def stamps(self, decision: Decision) -> Columns:
        decided = {**reviewed(decision.by), "reviewed_at": func.now()}
        more = {
            Transition.SUBMIT: {"submitted_at": func.now()},
            Transition.PUBLISH: decided,
            Transition.RETURN: {"note": decision.note, **decided},
        }
        return {"updated_at": func.now(), **more.get(decision.move, {})}

    def detail(self, draft: Row[Any], decision: Decision) -> Columns:
        state = {"publication": {"from": draft.publication, "to": TRANSITIONS[decision.move].target.value}}
        return state | ({"note": {"from": draft.note, "to": decision.note}} if decision.note else {})

    async def published_content(self, connection: AsyncConnection, record_id: str) -> Content | None:
        """Returns the content of the published record, if there is one."""
        own = (RecordContent.collection == self.collection) & (RecordContent.record_id == record_id)
        content: Content | None = await connection.scalar(select(RecordContent.content).where(own))
        return content

    async def publish(
        self, connection: AsyncConnection, record_id: str, drafts: Mapping[DraftKind, Row[Any]], decision: Decision
    ) -> Columns:
        """Writes the rows of the record. Withdrawing it needs a reviewer who is an author of no revision of it."""
        draft = drafts[self]
        if draft.withdraws:
            check_reviewer(decision.by, *await self.find_written_drafts(connection, record_id))
        published = await self.published_content(connection, record_id)
        content = _rebase_draft(draft, published)
        await connection.run_sync(self._write, draft, content, before=published)
        return record_content.audit_diff(published or {}, content)

    def _write(self, connection: Connection, draft: Row[Any], content: Content, *, before: Content | None) -> None:
        kind = self.type
        cable = kind.cable_of(draft.record_id, content)
        context = record_content.validation_context(connection, kind, cable)
        if connection.scalar(_OPEN_CABLE, {"id": cable}) is not None:
            raise ProblemError("conflict", f"Cable {cable} is not published. Publish it first, or with this record.")
        if not draft.withdraws:
            try:
                record_content.validate_content(connection, kind, content, context=context)
            except ProblemError as error:
                advice = "The draft no longer fits the register: return it for correction."
                raise ProblemError("conflict", f"{advice} {error.detail}", error.errors) from None
        try:
            entry = entry_of(kind.schema, content)
        except ValidationError:
            raise ProblemError(
                "conflict", "The record does not fit this release. Load the register with this release first."
            ) from None
        write_record(connection, self.collection, entry, context=context, known=before is not None)
        _store_edit(connection, draft, content, before=before)


RECORD_DRAFT_KINDS = {collection: RecordDraftKind(Draft, collection, kind) for collection, kind in RECORD_TYPES.items()}
"""Kind of draft of each record type."""


def _rebase_draft(draft: Row[Any], published: Content | None) -> Content:
    """Rebases the draft onto the currently published content (three-way merge).

    Raises a conflict if both changed a field.
    """
    if draft.made:
        content: Content = draft.content
        return content
    if published is None:
        raise ProblemError("conflict", "The record is no longer in the register. Withdraw the draft.")
    if draft.withdraws:
        return {**published, "withdrawn": True}
    opened_on, wanted = draft.opened_on, draft.content
    names = record_content.changed_fields(opened_on, wanted)
    conflicts = [name for name in names if published.get(name) not in (opened_on.get(name), wanted.get(name))]
    if conflicts:
        raise ProblemError(
            "conflict",
            f"A load has changed {', '.join(conflicts)} since the draft was opened. Return it to be redone.",
        )
    return {**published, **{name: wanted.get(name) for name in names}}


def _store_edit(connection: Connection, draft: Row[Any], content: Content, *, before: Content | None) -> None:
    """Stores the fields that a person changed, with the values that the curated files have there."""
    here = (RecordEdit.collection == draft.collection) & (RecordEdit.record_id == draft.record_id)
    edit = connection.execute(select(RecordEdit).where(here)).one_or_none()
    made = draft.made or (edit is not None and edit.made)
    fields: Content = content if made else dict(edit.fields) if edit else {}
    base: Content = dict(edit.base) if edit else {}
    curated: Content = dict(edit.curated) if edit else {}
    for name in [] if made else record_content.changed_fields(before or {}, content):
        # Value of the files: the one that the last load found if it is new, otherwise the one before the first edit.
        theirs = curated.pop(name, base.get(name) if name in fields else (before or {}).get(name))
        if content.get(name) == theirs:
            del fields[name], base[name]
        else:
            fields[name], base[name] = content.get(name), theirs
    if not fields:
        connection.execute(delete(RecordEdit).where(here))
        return
    row = {"fields": fields, "base": base, "curated": curated, "made": made}
    wanted = insert(RecordEdit).values(collection=draft.collection, record_id=draft.record_id, **row)
    connection.execute(wanted.on_conflict_do_update(index_elements=["collection", "record_id"], set_=row))
