"""Recommendations: one row for each ask, and its lists of targets, addressees, proposers, bodies and topics."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, Computed, ForeignKey, ForeignKeyConstraint, Index, UniqueConstraint, func, text
from sqlalchemy.dialects.postgresql import TSVECTOR
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, VisibleMixin, matches, one_of
from app.vocabulary import (
    UNASSESSED,
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

AT_U = "visible_from = 'u'"
ORDERED_AT_U = ("updated_at_u", *(f"{aspect}_at_u" for aspect in Aspect))
"""Columns by which readers of U sort and filter their rows, which may be few among many."""
FILTERING = ("cable_id", "certainty", "continuing", "implementation", "position", "seeks_change_by", "state")
"""Filter columns, indexed with the id, so that a page of a rare value costs no more than another page."""


def _holds(aspect: Aspect, suffix: str = "") -> tuple[CheckConstraint, ForeignKeyConstraint]:
    """Constraints that keep the value of an aspect equal to that of its own assessment."""
    column = f"{aspect}_assessment_id{suffix}"
    return (
        CheckConstraint(f"starts_with({column}, id || ':{aspect}:')", name=f"{aspect}_assessment{suffix}_is_its_own"),
        ForeignKeyConstraint(
            [column, f"{aspect}{suffix}"],
            ["assessments.id", "assessments.value"],
            name=f"fk_recommendations_{column}",
            deferrable=True,
            initially="DEFERRED",
            use_alter=True,
        ),
    )


class Recommendation(VisibleMixin, Base):
    """One separately actionable ask. Position, implementation and state are independent columns."""

    __tablename__ = "recommendations"
    __table_args__ = (
        matches("id", "^[0-9]{2}[A-Z]+[0-9]+-[RA][0-9]{3,}$", name="id_is_a_reference"),
        one_of("seeks_change_by", Target),
        one_of("certainty", Certainty),
        one_of("position", Position),
        one_of("implementation", Implementation),
        one_of("state", State),
        one_of("position_at_u", Position),
        one_of("implementation_at_u", Implementation),
        one_of("state_at_u", State),
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
        *(held for aspect in Aspect for suffix in ("", "_at_u") for held in _holds(aspect, suffix)),
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
        *(Index(f"ix_recommendations_at_u_{word}", word, "id", postgresql_where=text(AT_U)) for word in ORDERED_AT_U),
        Index("ix_recommendations_at_u", "id", postgresql_where=text(AT_U)),
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
    """Id of the current assessment of each aspect; null without one."""
    implementation_assessment_id: Mapped[str | None]
    state_assessment_id: Mapped[str | None]
    position_at_u: Mapped[str] = mapped_column(server_default=Position.NONE.value)
    """Value of each aspect for readers of U, and its assessment: those above U do not count. Triggers set them."""
    implementation_at_u: Mapped[str] = mapped_column(server_default=Implementation.UNKNOWN.value)
    state_at_u: Mapped[str] = mapped_column(server_default=UNASSESSED[Aspect.STATE].value)
    position_assessment_id_at_u: Mapped[str | None]
    implementation_assessment_id_at_u: Mapped[str | None]
    state_assessment_id_at_u: Mapped[str | None]
    publication: Mapped[str]
    updated_at: Mapped[datetime] = mapped_column(server_default=func.now())
    updated_at_u: Mapped[datetime] = mapped_column(server_default=func.now())
    """Time of the last update that changed what readers of U see. The change feed sets it."""
    searched: Mapped[str]
    """Search text: our sentence, the quote with words rejoined that line ends split, and the proposers."""
    search: Mapped[Any] = mapped_column(
        TSVECTOR, Computed("to_tsvector('english'::regconfig, search_text(searched))", persisted=True)
    )


class RecommendationTarget(VisibleMixin, Base):
    __tablename__ = "recommendation_targets"
    __table_args__ = (one_of("target", Target), Index(None, "target", "recommendation_id"))

    recommendation_id: Mapped[str] = mapped_column(ForeignKey("recommendations.id"), primary_key=True)
    target: Mapped[str] = mapped_column(primary_key=True)


class RecommendationAddressee(VisibleMixin, Base):
    """Addressee: the agency inside the target that is asked."""

    __tablename__ = "recommendation_addressees"
    __table_args__ = (one_of("basis", Basis), Index(None, "organization_id", "recommendation_id"))

    recommendation_id: Mapped[str] = mapped_column(ForeignKey("recommendations.id"), primary_key=True)
    organization_id: Mapped[str] = mapped_column(ForeignKey("organizations.id"), primary_key=True)
    basis: Mapped[str]


class RecommendationProposer(VisibleMixin, Base):
    """Proposer: a person, the employer, the organization represented; or the cable's own word (panelists)."""

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


class RecommendationBody(VisibleMixin, Base):
    """Body that the ask mentions."""

    __tablename__ = "recommendation_bodies"
    __table_args__ = (Index(None, "organization_id", "recommendation_id"),)

    recommendation_id: Mapped[str] = mapped_column(ForeignKey("recommendations.id"), primary_key=True)
    organization_id: Mapped[str] = mapped_column(ForeignKey("organizations.id"), primary_key=True)


class RecommendationTopic(VisibleMixin, Base):
    __tablename__ = "recommendation_topics"
    __table_args__ = (one_of("topic", Topic), Index(None, "topic", "recommendation_id"))

    recommendation_id: Mapped[str] = mapped_column(ForeignKey("recommendations.id"), primary_key=True)
    topic: Mapped[str] = mapped_column(primary_key=True)
    ordinal: Mapped[int]


class RecommendationReform(VisibleMixin, Base):
    """Reform that the ask is about."""

    __tablename__ = "recommendation_reforms"
    __table_args__ = (Index(None, "reform_id", "recommendation_id"),)

    recommendation_id: Mapped[str] = mapped_column(ForeignKey("recommendations.id"), primary_key=True)
    reform_id: Mapped[str] = mapped_column(ForeignKey("reforms.id"), primary_key=True)


class RecommendationRelation(VisibleMixin, Base):
    """Relation of a later ask to another one, stored once and read in both directions."""

    __tablename__ = "recommendation_relations"
    __table_args__ = (
        one_of("kind", RelationKind, without=frozenset({RelationKind.DUPLICATED_BY})),
        CheckConstraint("recommendation_id <> other_id", name="not_to_itself"),
        UniqueConstraint("other_id", "recommendation_id"),
    )

    recommendation_id: Mapped[str] = mapped_column(ForeignKey("recommendations.id"), primary_key=True)
    other_id: Mapped[str] = mapped_column(ForeignKey("recommendations.id"), primary_key=True)
    kind: Mapped[str]
