"""Recommendations: one row for one ask, and the lists that hang on it."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, Computed, ForeignKey, ForeignKeyConstraint, Index, UniqueConstraint, func, text
from sqlalchemy.dialects.postgresql import TSVECTOR
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, matches, one_of
from app.vocabulary import (
    Aspect,
    Basis,
    Certainty,
    Implementation,
    Position,
    Publication,
    RelationKind,
    State,
    Target,
    Topic,
)

FILTERING = ("cable_id", "certainty", "continuing", "implementation", "position", "seeks_change_by", "state")
"""Columns that lists are filtered by: in the order of ids, so that a page of a rare word costs no more than another."""


def _holds(aspect: Aspect) -> tuple[CheckConstraint, ForeignKeyConstraint]:
    """An aspect is what the assessment says that is named beside it, and that one is its own."""
    column = f"{aspect}_assessment_id"
    return (
        CheckConstraint(f"starts_with({column}, id || ':{aspect}:')", name=f"{aspect}_assessment_is_its_own"),
        ForeignKeyConstraint(
            [column, aspect.value],
            ["assessments.id", "assessments.value"],
            name=f"fk_recommendations_{column}",
            deferrable=True,
            initially="DEFERRED",
            use_alter=True,
        ),
    )


class Recommendation(Base):
    """One separately actionable ask. Position, implementation and state are three things, never one."""

    __tablename__ = "recommendations"
    __table_args__ = (
        matches("id", "^[0-9]{2}[A-Z]+[0-9]+-[RA][0-9]{3,}$", name="id_is_a_reference"),
        one_of("seeks_change_by", Target),
        one_of("certainty", Certainty),
        one_of("position", Position),
        one_of("implementation", Implementation),
        one_of("state", State),
        one_of("publication", Publication),
        CheckConstraint("text = btrim(text) AND text <> ''", name="text_is_said"),
        CheckConstraint(
            "position = 'none' OR num_nonnulls(position_anchor_id, position_assessment_id) > 0",
            name="position_has_its_source",
        ),
        CheckConstraint(
            "implementation = 'unknown' OR num_nonnulls(implementation_source, implementation_assessment_id) > 0",
            name="implementation_has_its_source",
        ),
        *(held for aspect in Aspect for held in _holds(aspect)),
        CheckConstraint(
            "(state = 'closed_implemented') = (implementation = 'implemented')",
            name="closed_as_implemented_is_implemented",
        ),
        CheckConstraint(
            "state <> 'closed_not_implemented' OR implementation IN ('not_implemented', 'overtaken')",
            name="closed_as_not_implemented_is_not",
        ),
        CheckConstraint(
            "state <> 'open_resolved' OR position IN ('supported', 'supported_in_part')",
            name="resolved_is_agreed",
        ),
        CheckConstraint("state <> 'open_unresolved' OR position <> 'supported'", name="unresolved_is_not_agreed"),
        UniqueConstraint("id", "publication"),
        Index(None, "search", postgresql_using="gin"),
        Index(None, "updated_at", "id"),
        Index(None, "panel_id", "id"),
        *(Index(None, word, "id") for word in FILTERING),
        Index("ix_recommendations_unpublished", "id", postgresql_where=text("publication <> 'published'::text")),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    cable_id: Mapped[str] = mapped_column(ForeignKey("cables.id"))
    anchor_id: Mapped[str] = mapped_column(ForeignKey("anchors.id"), unique=True)
    lead_in_anchor_id: Mapped[str | None] = mapped_column(ForeignKey("anchors.id"))
    text: Mapped[str]
    seeks_change_by: Mapped[str | None]
    panel_id: Mapped[str | None] = mapped_column(ForeignKey("panels.id"))
    certainty: Mapped[str]
    continuing: Mapped[bool]
    position: Mapped[str]
    position_anchor_id: Mapped[str | None] = mapped_column(ForeignKey("anchors.id"))
    implementation: Mapped[str]
    implementation_source: Mapped[str | None]
    state: Mapped[str]
    position_assessment_id: Mapped[str | None]
    """The assessment that holds, of each aspect; null where there was none."""
    implementation_assessment_id: Mapped[str | None]
    state_assessment_id: Mapped[str | None]
    publication: Mapped[str]
    updated_at: Mapped[datetime] = mapped_column(server_default=func.now())
    searched: Mapped[str]
    """Our sentence, the quote with words cut at line ends made whole, and the proposers."""
    search: Mapped[Any] = mapped_column(
        TSVECTOR, Computed("to_tsvector('english'::regconfig, search_text(searched))", persisted=True)
    )


class RecommendationTarget(Base):
    __tablename__ = "recommendation_targets"
    __table_args__ = (one_of("target", Target), Index(None, "target", "recommendation_id"))

    recommendation_id: Mapped[str] = mapped_column(ForeignKey("recommendations.id"), primary_key=True)
    target: Mapped[str] = mapped_column(primary_key=True)


class RecommendationAddressee(Base):
    """The agency inside the target that is asked."""

    __tablename__ = "recommendation_addressees"
    __table_args__ = (one_of("basis", Basis), Index(None, "organization_id", "recommendation_id"))

    recommendation_id: Mapped[str] = mapped_column(ForeignKey("recommendations.id"), primary_key=True)
    organization_id: Mapped[str] = mapped_column(ForeignKey("organizations.id"), primary_key=True)
    basis: Mapped[str]


class RecommendationProposer(Base):
    """Who asks: a person, the employer, the organization spoken for; or the cable's own word (panelists)."""

    __tablename__ = "recommendation_proposers"
    __table_args__ = (
        CheckConstraint(
            "person_id IS NOT NULL OR organization_id IS NOT NULL OR description IS NOT NULL",
            name="someone_asks",
        ),
        Index(None, "person_id", "recommendation_id"),
        Index(None, "organization_id", "recommendation_id"),
        Index(None, "on_behalf_of_id", "recommendation_id"),
    )

    recommendation_id: Mapped[str] = mapped_column(ForeignKey("recommendations.id"), primary_key=True)
    ordinal: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[str | None] = mapped_column(ForeignKey("people.id"))
    organization_id: Mapped[str | None] = mapped_column(ForeignKey("organizations.id"))
    on_behalf_of_id: Mapped[str | None] = mapped_column(ForeignKey("organizations.id"))
    description: Mapped[str | None]


class RecommendationBody(Base):
    """A body that the ask mentions."""

    __tablename__ = "recommendation_bodies"
    __table_args__ = (Index(None, "organization_id", "recommendation_id"),)

    recommendation_id: Mapped[str] = mapped_column(ForeignKey("recommendations.id"), primary_key=True)
    organization_id: Mapped[str] = mapped_column(ForeignKey("organizations.id"), primary_key=True)


class RecommendationTopic(Base):
    __tablename__ = "recommendation_topics"
    __table_args__ = (one_of("topic", Topic), Index(None, "topic", "recommendation_id"))

    recommendation_id: Mapped[str] = mapped_column(ForeignKey("recommendations.id"), primary_key=True)
    topic: Mapped[str] = mapped_column(primary_key=True)
    ordinal: Mapped[int]


class RecommendationReform(Base):
    """A reform that the ask speaks of."""

    __tablename__ = "recommendation_reforms"
    __table_args__ = (Index(None, "reform_id", "recommendation_id"),)

    recommendation_id: Mapped[str] = mapped_column(ForeignKey("recommendations.id"), primary_key=True)
    reform_id: Mapped[str] = mapped_column(ForeignKey("reforms.id"), primary_key=True)


class RecommendationRelation(Base):
    """A later ask's relation to another one, written once and read from both ends."""

    __tablename__ = "recommendation_relations"
    __table_args__ = (
        one_of("kind", RelationKind, without=frozenset({RelationKind.DUPLICATED_BY})),
        CheckConstraint("recommendation_id <> other_id", name="not_to_itself"),
        UniqueConstraint("other_id", "recommendation_id"),
    )

    recommendation_id: Mapped[str] = mapped_column(ForeignKey("recommendations.id"), primary_key=True)
    other_id: Mapped[str] = mapped_column(ForeignKey("recommendations.id"), primary_key=True)
    kind: Mapped[str]
