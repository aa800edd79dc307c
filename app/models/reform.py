"""Reforms of laws and instruments, their rounds, and the concerns raised about them."""

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, VisibleMixin, is_slug, one_of
from app.vocabulary import Marking, ReformKind


class Reform(VisibleMixin, Base):
    """Law or instrument in reform. Its stage is derived from its events, never stored."""

    __tablename__ = "reforms"
    __table_args__ = (is_slug(), one_of("kind", ReformKind), one_of("summary_marking", Marking))

    id: Mapped[str] = mapped_column(primary_key=True)
    ordinal: Mapped[int]
    name: Mapped[str]
    kind: Mapped[str]
    summary: Mapped[str]
    summary_marking: Mapped[str] = mapped_column(server_default=Marking.SBU.value)
    """Marking of the summary only; the name of a law is unclassified."""


class ReformRound(VisibleMixin, Base):
    """Round: one amendment or attempt, by the number that lawyers use."""

    __tablename__ = "reform_rounds"
    __table_args__ = (CheckConstraint("number > 0", name="number_is_positive"),)

    reform_id: Mapped[str] = mapped_column(ForeignKey("reforms.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]


class Concern(VisibleMixin, Base):
    """Concern of a participant about a law or its reform, without an ask."""

    __tablename__ = "concerns"

    id: Mapped[str] = mapped_column(primary_key=True)
    cable_id: Mapped[str] = mapped_column(ForeignKey("cables.id"))
    text: Mapped[str]
    anchor_id: Mapped[str] = mapped_column(ForeignKey("anchors.id"))
    lead_in_anchor_id: Mapped[str | None] = mapped_column(ForeignKey("anchors.id"))


class ConcernReform(VisibleMixin, Base):
    __tablename__ = "concern_reforms"
    __table_args__ = (Index(None, "reform_id", "concern_id"),)

    concern_id: Mapped[str] = mapped_column(ForeignKey("concerns.id"), primary_key=True)
    reform_id: Mapped[str] = mapped_column(ForeignKey("reforms.id"), primary_key=True)


class ConcernRaiser(VisibleMixin, Base):
    """Raiser of a concern: a person, the employer, the organization represented, or the cable's own word."""

    __tablename__ = "concern_raisers"
    __table_args__ = (
        CheckConstraint(
            "person_id IS NOT NULL OR organization_id IS NOT NULL OR description IS NOT NULL",
            name="someone_raises_it",
        ),
    )

    concern_id: Mapped[str] = mapped_column(ForeignKey("concerns.id"), primary_key=True)
    ordinal: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[str | None] = mapped_column(ForeignKey("people.id"))
    organization_id: Mapped[str | None] = mapped_column(ForeignKey("organizations.id"))
    on_behalf_of_id: Mapped[str | None] = mapped_column(ForeignKey("organizations.id"))
    description: Mapped[str | None]
