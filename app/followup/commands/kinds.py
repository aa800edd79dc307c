"""Kinds of follow-up (`ASSESSMENTS`, `ACTIONS`, `REPORTS`). Their drafts are numbered revisions under a head row."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from secrets import randbelow
from typing import Any

from sqlalchemy import Row, func, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from app.core.errors import ProblemError
from app.core.etags import Versioned
from app.drafts.commands.kinds import Columns, DraftKind
from app.drafts.workflow import Decision, Transition, check_changeable, reviewed
from app.followup.queries.actions import get_action, get_report
from app.followup.queries.assessments import get_assessment
from app.followup.schemas.writes import ImplementationIn, PositionIn, StateIn
from app.models import (
    Action,
    ActionRevision,
    Assessment,
    ProgressReport,
    ProgressReportRevision,
    Recommendation,
)
from app.recommendations.commands import keep_versions
from app.vocabulary import Aspect

ID_NUMBERS = 10**6
"""Numbers that an id may have."""
CONTRADICTIONS = {
    "closed_as_implemented_is_implemented": "The state closed_implemented and the implementation implemented "
    "require each other.",
    "closed_as_not_implemented_is_not": "The state closed_not_implemented requires the implementation not_implemented "
    "or overtaken.",
    "resolved_is_agreed": "The state open_resolved requires the position supported or supported_in_part.",
    "unresolved_is_not_agreed": "The state open_unresolved is not allowed with the position supported.",
}
"""Error texts by the name of the database constraint that rejects a combination."""
REMEDY = "Draft and submit the other aspect too, then publish both in one step with `together_with`."


@dataclass(frozen=True, eq=False)
class RevisionKind(DraftKind):
    """Kind of record with a head row, which writes lock, and numbered revisions."""

    head: Any

    async def lock(self, connection: AsyncConnection, record_id: str, *, to_publish: bool = False) -> None:  # noqa: ARG002 - one lock for all writes
        await connection.execute(select(self.head.id).where(self.head.id == record_id).with_for_update(key_share=True))

    async def number_to_draft(self, connection: AsyncConnection, record_id: str, draft: Row[Any] | None) -> int:
        """Returns the number of the locked open draft, or the next number. Raises a conflict if it is in review."""
        if draft is not None:
            check_changeable(draft)
            return int(draft.number)
        last = await connection.scalar(select(func.max(self.table.number)).where(*self.of(record_id)))
        return int(last or 0) + 1

    def stamps(self, decision: Decision) -> Columns:
        publishes = decision.move is Transition.PUBLISH
        return {**reviewed(decision.by), "recorded_at": func.clock_timestamp()} if publishes else {}

    def detail(self, draft: Row[Any], decision: Decision) -> Columns:
        return {"number": draft.number} | ({"note": decision.note} if decision.note else {})


@dataclass(frozen=True, eq=False)
class AssessmentKind(RevisionKind):
    """Assessments of one aspect of a recommendation, which is their head."""

    aspect: Aspect
    body: type[PositionIn | ImplementationIn | StateIn]
    """Request schema of a draft."""

    def key(self, record_id: str) -> Columns:
        return {"recommendation_id": record_id, "aspect": self.aspect.value}

    def name(self, record_id: str) -> str:
        return f"recommendations/{record_id}/{self.aspect}"

    async def get(self, connection: AsyncConnection, record_id: str, draft: Row[Any] | None) -> Versioned:
        return await get_assessment(connection, record_id, self.aspect, number=draft and draft.number)

    def detail(self, draft: Row[Any], decision: Decision) -> Columns:
        return {"value": draft.value, **super().detail(draft, decision)}

    async def publish(
        self, connection: AsyncConnection, record_id: str, drafts: Mapping[DraftKind, Row[Any]], _decision: Decision
    ) -> Columns:
        """Sets the published values in the recommendation, and stores a new version of it."""
        values: Columns = {"updated_at": func.clock_timestamp()}
        for row in drafts.values():
            values |= {row.aspect: row.value, f"{row.aspect}_assessment_id": row.id}
            if row.aspect == Aspect.POSITION:
                values["position_anchor_id"] = row.anchor_id
        try:
            await connection.execute(update(Recommendation).where(Recommendation.id == record_id).values(values))
        except IntegrityError as error:
            raise _contradiction(error) from error
        await connection.run_sync(keep_versions, [record_id])
        return {}


def _contradiction(error: IntegrityError) -> Exception:
    name = str(getattr(getattr(error.orig, "diag", None), "constraint_name", ""))
    contradiction = CONTRADICTIONS.get(name.removeprefix("ck_recommendations_"))
    return ProblemError("conflict", f"{contradiction} {REMEDY}") if contradiction else error


async def _check_action(connection: AsyncConnection, report_id: str) -> None:
    """Rejects a report whose action was withdrawn."""
    rows = select(Action.id).join(ProgressReport, ProgressReport.action_id == Action.id)
    if await connection.scalar(rows.where(ProgressReport.id == report_id, Action.withdrawn_at.is_(None))) is None:
        raise ProblemError("conflict", "The action of this report was withdrawn.")


@dataclass(frozen=True, eq=False)
class NumberedKind(RevisionKind):
    """Records with ids of their own and a head that names the current revision: actions and progress reports."""

    id_column: str
    prefix: str
    getter: Callable[..., Awaitable[Versioned]]
    check: Callable[[AsyncConnection, str], Awaitable[None]] | None = None
    """Check of a record that is published."""

    def key(self, record_id: str) -> Columns:
        return {self.id_column: record_id}

    def name(self, record_id: str) -> str:
        return f"{self.head.__tablename__}/{record_id}"

    async def get(self, connection: AsyncConnection, record_id: str, draft: Row[Any] | None) -> Versioned:
        return await self.getter(connection, record_id, number=draft and draft.number)

    async def new_id(self, connection: AsyncConnection) -> str:
        """Returns a free id at random: numbers in order would count the records that a reader may not see."""
        while True:
            found = f"{self.prefix}-{randbelow(ID_NUMBERS):06}"
            if await connection.scalar(select(self.head.id).where(self.head.id == found)) is None:
                return found

    async def current_revision(self, connection: AsyncConnection, record_id: str) -> Row[Any] | None:
        """Returns the published revision, if there is one."""
        rows = select(self.table.__table__).join(self.head, self.head.current == self.table.number)
        return (await connection.execute(rows.where(*self.of(record_id), self.head.id == record_id))).one_or_none()

    async def set_head(self, connection: AsyncConnection, record_id: str, **values: Any) -> None:
        values["updated_at"] = func.clock_timestamp()
        await connection.execute(update(self.head).where(self.head.id == record_id).values(values))

    async def publish(
        self, connection: AsyncConnection, record_id: str, drafts: Mapping[DraftKind, Row[Any]], _decision: Decision
    ) -> Columns:
        """Makes the draft the current revision."""
        if self.check is not None:
            await self.check(connection, record_id)
        await self.set_head(connection, record_id, current=drafts[self].number)
        return {}


ASSESSMENTS = {
    kind.aspect: kind
    for kind in (
        AssessmentKind(Assessment, Recommendation, Aspect.POSITION, PositionIn),
        AssessmentKind(Assessment, Recommendation, Aspect.IMPLEMENTATION, ImplementationIn),
        AssessmentKind(Assessment, Recommendation, Aspect.STATE, StateIn),
    )
}
ACTIONS = NumberedKind(ActionRevision, Action, "action_id", "ACT", get_action)
REPORTS = NumberedKind(ProgressReportRevision, ProgressReport, "report_id", "REP", get_report, _check_action)
