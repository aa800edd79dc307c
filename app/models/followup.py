"""What follows a recommendation: how it is assessed, what is done about it, and what the register said of it when."""

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

from app.core.shapes import OnDay
from app.models.base import Base, guarded_authors, matches, one_of
from app.vocabulary import Aspect, Implementation, Marking, Position, Publication, Recurrence, State

OPEN = "publication IN ('draft', 'in_review', 'returned')"
"""What is not decided yet; of one thing there is one at most."""


class Written:
    """What every revision has: who wrote it, how far its review is, and when the register took it over.

    One that was published is never changed again: the database refuses it, whoever asks.
    """

    number: Mapped[int]
    marking: Mapped[str] = mapped_column(server_default=Marking.SBU.value)
    publication: Mapped[str]
    authors: Mapped[list[str]] = mapped_column(ARRAY(Text))
    """Everyone who wrote on it, by the id of the caller."""
    persons: Mapped[list[str]] = mapped_column(ARRAY(Text))
    """The persons behind them, as folded names."""
    reviewer: Mapped[str | None]
    """Who published it; null where nobody has, or the load entered it."""
    reviewer_person: Mapped[str | None]
    note: Mapped[str | None]
    version: Mapped[int] = mapped_column(server_default="1")
    recorded_at: Mapped[datetime | None]
    """When it was published: from then on the register says it."""
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())


def _written(subject: str) -> tuple[Any, ...]:
    """The rules that all revisions are held to. `subject` are the columns that name what they are of."""
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


class Assessment(Written, Base):
    """What was said of one aspect of a recommendation, and on what it rests. The newest published one holds."""

    __tablename__ = "assessments"
    __table_args__ = (
        *_written("recommendation_id, aspect"),
        UniqueConstraint("recommendation_id", "aspect", "number"),
        # So that what a recommendation holds can be no other word than that of the assessment it names.
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
    """A document, or who told it, in words."""
    said_by_id: Mapped[str | None] = mapped_column(ForeignKey("organizations.id"))
    dated: Mapped[str | None]
    """EDTF level 1; `earliest` and `latest` are its bounds."""
    earliest: Mapped[OnDay | None]
    latest: Mapped[OnDay | None]


class RecommendationVersion(Base):
    """A recommendation as the register answered it from a time on. Only ever added to."""

    __tablename__ = "recommendation_versions"

    recommendation_id: Mapped[str] = mapped_column(ForeignKey("recommendations.id"), primary_key=True)
    recorded_at: Mapped[datetime] = mapped_column(primary_key=True, server_default=func.clock_timestamp())
    content: Mapped[Any] = mapped_column(JSON)


class Action(Base):
    """Something to be done about recommendations. What is said of it stands in its revisions."""

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
    """The revision that holds, the newest published one; null where none was."""
    carried_from: Mapped[str | None] = mapped_column(ForeignKey("actions.id"), index=True)
    withdrawn_at: Mapped[datetime | None]
    updated_at: Mapped[datetime] = mapped_column(server_default=func.now())


class ActionRevision(Written, Base):
    """An action, as it is or was to be."""

    __tablename__ = "action_revisions"
    __table_args__ = (
        *_written("action_id"),
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
    """The roundtable that it is carried to, in words, where the register does not have it."""


class ActionRecommendation(Base):
    """A recommendation that an action is about, in one of its revisions."""

    __tablename__ = "action_recommendations"
    __table_args__ = (
        ForeignKeyConstraint(["action_id", "number"], ["action_revisions.action_id", "action_revisions.number"]),
        Index(None, "recommendation_id", "action_id"),
    )

    action_id: Mapped[str] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    recommendation_id: Mapped[str] = mapped_column(ForeignKey("recommendations.id"), primary_key=True)


class ProgressReport(Base):
    """A report of what was done on an action. What it says stands in its revisions."""

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


class ProgressReportRevision(Written, Base):
    """A report, as it is or was to be."""

    __tablename__ = "progress_report_revisions"
    __table_args__ = (
        *_written("report_id"),
        CheckConstraint("text = btrim(text) AND text <> ''", name="text_is_said"),
        CheckConstraint("jsonb_typeof(evidence) = 'array'", name="evidence_is_a_list"),
    )

    report_id: Mapped[str] = mapped_column(ForeignKey("progress_reports.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    text: Mapped[str]
    evidence: Mapped[Any] = mapped_column(JSONB)
    """Pages: title, url, retrieved."""
    done_on: Mapped[OnDay | None]
    """The day on which the action was done, where the report says that it was."""
