"""Follow-up of recommendations: assessments, actions, progress reports, and the versions of recommendations."""

from datetime import datetime
from typing import Any

from sqlalchemy import (
    ARRAY,
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Text,
    UniqueConstraint,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import JSON, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.core.schemas import OnDay
from app.models.base import Base, VisibleMixin, guarded_authors, matches, one_of
from app.vocabulary import Aspect, Implementation, Marking, Position, Publication, Recurrence, State

OPEN = "publication IN ('draft', 'in_review', 'returned')"
"""Condition for open drafts; each record has one at most."""


class RevisionMixin:
    """Columns of every revision: authors, editing state, and time of publication.

    A published revision never changes: the database rejects it for every user.
    """

    number: Mapped[int]
    marking: Mapped[str] = mapped_column(server_default=Marking.SBU.value)
    publication: Mapped[str]
    authors: Mapped[list[str]] = mapped_column(ARRAY(Text))
    """Caller ids of all authors."""
    persons: Mapped[list[str]] = mapped_column(ARRAY(Text))
    """Normalized names of the authors' persons."""
    reviewer: Mapped[str | None]
    """Caller who published it; null if it is not published, or if the load created it."""
    reviewer_person: Mapped[str | None]
    note: Mapped[str | None]
    version: Mapped[int] = mapped_column(server_default="1")
    recorded_at: Mapped[datetime | None]
    """Time of publication, from which the register shows it."""
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())


def _revision_constraints(subject: str) -> tuple[Any, ...]:
    """Constraints of all revisions. `subject` are the columns that identify the revised record."""
    columns = subject.split(", ")
    return (
        one_of("marking", Marking),
        one_of("publication", Publication),
        CheckConstraint("number > 0", name="number_is_counted"),
        CheckConstraint("cardinality(authors) > 0", name="someone_wrote_it"),
        CheckConstraint("reviewer <> ALL (authors)", name="reviewed_by_another"),
        *guarded_authors(),
        CheckConstraint("(publication = 'published') = (recorded_at IS NOT NULL)", name="recorded_when_published"),
        Index(None, *columns, unique=True, postgresql_where=text(OPEN)),
    )


class Assessment(RevisionMixin, VisibleMixin, Base):
    """Assessment of one aspect of a recommendation, with its source. The newest published one is current."""

    __tablename__ = "assessments"
    __table_args__ = (
        *_revision_constraints("recommendation_id, aspect"),
        UniqueConstraint("recommendation_id", "aspect", "number"),
        # Target of the foreign key that keeps a recommendation's value equal to that of its assessment.
        UniqueConstraint("id", "value"),
        one_of("aspect", Aspect),
        CheckConstraint("id = recommendation_id || ':' || aspect || ':' || number", name="id_is_its_place"),
        CheckConstraint(
            "CASE aspect "
            + " ".join(
                f"WHEN '{aspect}' THEN value IN ({', '.join(repr(word.value) for word in words)})"
                for aspect, words in ((Aspect.POSITION, Position), (Aspect.IMPLEMENTATION, Implementation))
            )
            + f" ELSE value IN ({', '.join(repr(word.value) for word in State)}) END",
            name="value_is_a_word",
        ),
        CheckConstraint("num_nonnulls(anchor_id, source_url, source_words) <= 1", name="one_source"),
        CheckConstraint(
            "num_nonnulls(source_url, source_title, source_retrieved) IN (0, 3)", name="a_page_is_told_whole"
        ),
        CheckConstraint(
            "aspect = 'state' OR value IN ('none', 'unknown') OR num_nonnulls(anchor_id, source_url, source_words) = 1",
            name="value_has_its_source",
        ),
        CheckConstraint("(dated IS NULL) = (num_nonnulls(earliest, latest) = 0)", name="date_has_its_bounds"),
        CheckConstraint("earliest <= latest", name="dates_are_in_order"),
        Index(None, "recommendation_id", "aspect", "recorded_at"),
        Index(None, "anchor_id"),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    recommendation_id: Mapped[str] = mapped_column(ForeignKey("recommendations.id", deferrable=True))
    aspect: Mapped[str]
    value: Mapped[str]
    anchor_id: Mapped[str | None] = mapped_column(ForeignKey("anchors.id"))
    source_title: Mapped[str | None]
    source_url: Mapped[str | None]
    source_retrieved: Mapped[OnDay | None]
    source_words: Mapped[str | None]
    """Document or informant, in words."""
    said_by_id: Mapped[str | None] = mapped_column(ForeignKey("organizations.id"))
    dated: Mapped[str | None]
    """EDTF level 1; `earliest` and `latest` are its bounds."""
    earliest: Mapped[OnDay | None]
    latest: Mapped[OnDay | None]


class RecommendationVersion(VisibleMixin, Base):
    """Version of a recommendation: its JSON in responses from a time on. Append-only."""

    __tablename__ = "recommendation_versions"

    recommendation_id: Mapped[str] = mapped_column(ForeignKey("recommendations.id"), primary_key=True)
    recorded_at: Mapped[datetime] = mapped_column(primary_key=True, server_default=func.clock_timestamp())
    content: Mapped[Any] = mapped_column(JSON)


class Action(VisibleMixin, Base):
    """Action on recommendations. Its content is in its revisions."""

    __tablename__ = "actions"
    __table_args__ = (
        matches("id", "^ACT-[0-9]{4,9}$", name="id_is_a_reference"),
        CheckConstraint("carried_from <> id", name="not_carried_from_itself"),
        ForeignKeyConstraint(
            ["id", "current"],
            ["action_revisions.action_id", "action_revisions.number"],
            name="fk_actions_current",
            use_alter=True,
        ),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    current: Mapped[int | None]
    """Number of the current revision, the newest published one; null if none is published."""
    carried_from: Mapped[str | None] = mapped_column(ForeignKey("actions.id"), index=True)
    withdrawn_at: Mapped[datetime | None]
    updated_at: Mapped[datetime] = mapped_column(server_default=func.now())


class ActionRevision(RevisionMixin, VisibleMixin, Base):
    """Revision of an action."""

    __tablename__ = "action_revisions"
    __table_args__ = (
        *_revision_constraints("action_id"),
        CheckConstraint("title = btrim(title) AND title <> ''", name="title_is_said"),
        one_of("recurrence", Recurrence),
        CheckConstraint("(due IS NULL) = (num_nonnulls(due_earliest, due_latest) = 0)", name="due_has_its_bounds"),
        CheckConstraint("due_earliest <= due_latest", name="due_days_are_in_order"),
        CheckConstraint("num_nonnulls(roundtable_id, edition) <= 1", name="one_roundtable"),
        Index(None, "due_latest", "action_id"),
        Index(None, "body_id"),
    )

    action_id: Mapped[str] = mapped_column(ForeignKey("actions.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    title: Mapped[str]
    body_id: Mapped[str | None] = mapped_column(ForeignKey("organizations.id"))
    due: Mapped[str | None]
    """EDTF level 1; `due_earliest` and `due_latest` are its bounds."""
    due_earliest: Mapped[OnDay | None]
    due_latest: Mapped[OnDay | None]
    recurrence: Mapped[str | None]
    roundtable_id: Mapped[str | None] = mapped_column(ForeignKey("roundtables.id"))
    edition: Mapped[str | None]
    """Roundtable that the action is carried to, in words, if the register does not have it."""


class ActionRecommendation(VisibleMixin, Base):
    """Recommendation of an action, in one of its revisions."""

    __tablename__ = "action_recommendations"
    __table_args__ = (
        ForeignKeyConstraint(["action_id", "number"], ["action_revisions.action_id", "action_revisions.number"]),
        Index(None, "recommendation_id", "action_id"),
    )

    action_id: Mapped[str] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    recommendation_id: Mapped[str] = mapped_column(ForeignKey("recommendations.id"), primary_key=True)


class ProgressReport(VisibleMixin, Base):
    """Progress report on an action. Its content is in its revisions."""

    __tablename__ = "progress_reports"
    __table_args__ = (
        matches("id", "^REP-[0-9]{4,9}$", name="id_is_a_reference"),
        ForeignKeyConstraint(
            ["id", "current"],
            ["progress_report_revisions.report_id", "progress_report_revisions.number"],
            name="fk_progress_reports_current",
            use_alter=True,
        ),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    action_id: Mapped[str] = mapped_column(ForeignKey("actions.id"), index=True)
    current: Mapped[int | None]
    withdrawn_at: Mapped[datetime | None]
    updated_at: Mapped[datetime] = mapped_column(server_default=func.now())


class ProgressReportRevision(RevisionMixin, VisibleMixin, Base):
    """Revision of a progress report."""

    __tablename__ = "progress_report_revisions"
    __table_args__ = (
        *_revision_constraints("report_id"),
        CheckConstraint("text = btrim(text) AND text <> ''", name="text_is_said"),
        CheckConstraint("jsonb_typeof(evidence) = 'array'", name="evidence_is_a_list"),
    )

    report_id: Mapped[str] = mapped_column(ForeignKey("progress_reports.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    text: Mapped[str]
    evidence: Mapped[Any] = mapped_column(JSONB)
    """List of web pages: title, url, retrieved."""
    done_on: Mapped[OnDay | None]
    """Day on which the action was done; null if the report does not say so."""
