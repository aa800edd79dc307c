"""Kinds of records that are drafted and reviewed (`DraftKind`): what the commands of drafts need of each."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from sqlalchemy import ColumnElement, Row, select
from sqlalchemy.ext.asyncio import AsyncConnection

from app.core.etags import Versioned
from app.drafts.workflow import OPEN_STATES, WRITTEN_STATES, Decision
from app.vocabulary import Marking

Columns = dict[str, Any]


@dataclass(frozen=True, eq=False)
class DraftKind(ABC):
    """Kind of record under review. Each room above `drafts` defines its own, and hands them to the same commands."""

    table: Any
    """Table of the drafts, open and decided: state, version, authors, reviewer, and content."""
    no_draft: ClassVar[str] = "There is no open draft to {}."
    """Error text if a transition finds no open draft."""

    @abstractmethod
    def key(self, record_id: str) -> Columns:
        """Returns the columns of the table that identify a record."""

    @abstractmethod
    def name(self, record_id: str) -> str:
        """Returns the name of a record in the audit trail."""

    @abstractmethod
    async def lock(self, connection: AsyncConnection, record_id: str, *, to_publish: bool = False) -> None:
        """Locks a record against other writes until the transaction ends."""

    @abstractmethod
    async def get(self, connection: AsyncConnection, record_id: str, draft: Row[Any] | None) -> Versioned:
        """Returns a draft as it is now, or the published record if there is none. Raises if there is neither."""

    @abstractmethod
    async def publish(
        self, connection: AsyncConnection, record_id: str, drafts: "Mapping[DraftKind, Row[Any]]", decision: Decision
    ) -> Columns:
        """Applies drafts of a record that are published together. Returns details for the audit trail."""

    @abstractmethod
    def stamps(self, decision: Decision) -> Columns:
        """Returns the further columns that a transition sets: reviewer, note and time."""

    @abstractmethod
    def detail(self, draft: Row[Any], decision: Decision) -> Columns:
        """Returns the details of a transition for the audit trail. `draft` is the row before it."""

    def is_at_u(self, values: Mapping[str, Any], /) -> bool:
        """True if readers of U get the texts of a draft with these values when it is published."""
        return bool(values.get("marking") == Marking.U)

    def of(self, record_id: str) -> list[ColumnElement[bool]]:
        """Conditions for all drafts of a record."""
        return [getattr(self.table, column) == value for column, value in self.key(record_id).items()]

    def open(self, record_id: str) -> list[ColumnElement[bool]]:
        """Conditions for the open draft of a record. It has at most one."""
        return [*self.of(record_id), self.table.publication.in_(OPEN_STATES)]

    async def find_open_draft(self, connection: AsyncConnection, record_id: str) -> Row[Any] | None:
        """Returns the open draft of a record, if any."""
        return (await connection.execute(select(self.table.__table__).where(*self.open(record_id)))).one_or_none()

    async def find_written_drafts(self, connection: AsyncConnection, record_id: str) -> Sequence[Row[Any]]:
        """Returns the published and open drafts of a record: the work that its withdrawal would undo."""
        written = self.table.publication.in_(WRITTEN_STATES)
        return (await connection.execute(select(self.table.__table__).where(*self.of(record_id), written))).all()
