"""Roundtables, their panels, participations and follow-ups."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, UniqueConstraint, func
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, VisibleMixin, is_slug, one_of
from app.vocabulary import Capacity


class Roundtable(VisibleMixin, Base):
    __tablename__ = "roundtables"
    __table_args__ = (
        is_slug(),
        CheckConstraint("starts_on <= ends_on", name="dates_are_in_order"),
        CheckConstraint("(attendance IS NOT NULL) OR (attendance_qualifier IS NULL)", name="qualifier_has_value"),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    cable_id: Mapped[str] = mapped_column(ForeignKey("cables.id"))
    name: Mapped[str]
    edition: Mapped[int]
    theme: Mapped[str]
    starts_on: Mapped[date]
    ends_on: Mapped[date]
    place: Mapped[str]
    country: Mapped[str]
    host_id: Mapped[str] = mapped_column(ForeignKey("organizations.id"))
    attendance: Mapped[int | None]
    attendance_qualifier: Mapped[str | None]
    attendance_of: Mapped[str | None]
    attendance_anchor_id: Mapped[str | None] = mapped_column(ForeignKey("anchors.id"))
    anchor_id: Mapped[str] = mapped_column(ForeignKey("anchors.id"))


class Panel(VisibleMixin, Base):
    __tablename__ = "panels"
    __table_args__ = (UniqueConstraint("roundtable_id", "number"),)

    id: Mapped[str] = mapped_column(primary_key=True)
    roundtable_id: Mapped[str] = mapped_column(ForeignKey("roundtables.id"))
    cable_id: Mapped[str] = mapped_column(ForeignKey("cables.id"))
    """Cable of the roundtable, for readers who may read the panel but not the roundtable."""
    number: Mapped[int]
    title: Mapped[str]
    anchor_id: Mapped[str] = mapped_column(ForeignKey("anchors.id"))


class PanelSession(VisibleMixin, Base):
    """Session of a panel that the text names."""

    __tablename__ = "panel_sessions"

    panel_id: Mapped[str] = mapped_column(ForeignKey("panels.id"), primary_key=True)
    ordinal: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    anchor_id: Mapped[str] = mapped_column(ForeignKey("anchors.id"))


class PanelParagraph(VisibleMixin, Base):
    """Paragraph that reports a panel, with its session if the panel has sessions."""

    __tablename__ = "panel_paragraphs"
    __table_args__ = (
        ForeignKeyConstraint(["cable_id", "paragraph"], ["paragraphs.cable_id", "paragraphs.label"]),
        ForeignKeyConstraint(["panel_id", "session"], ["panel_sessions.panel_id", "panel_sessions.ordinal"]),
    )

    cable_id: Mapped[str] = mapped_column(primary_key=True)
    paragraph: Mapped[str] = mapped_column(primary_key=True)
    panel_id: Mapped[str] = mapped_column(ForeignKey("panels.id"))
    session: Mapped[int | None]


class Participation(VisibleMixin, Base):
    """Participation in a roundtable of a person, an organization alone, or someone whom the text does not name."""

    __tablename__ = "participations"
    __table_args__ = (
        one_of("capacity", Capacity),
        CheckConstraint(
            "person_id IS NOT NULL OR organization_id IS NOT NULL OR description IS NOT NULL",
            name="someone_took_part",
        ),
        Index(None, "panel_id"),
        Index(None, "person_id"),
        Index(None, "organization_id"),
        Index(None, "on_behalf_of_id"),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    roundtable_id: Mapped[str] = mapped_column(ForeignKey("roundtables.id"))
    panel_id: Mapped[str | None] = mapped_column(ForeignKey("panels.id"))
    ordinal: Mapped[int | None]
    """Used by the previous release only."""
    capacity: Mapped[str]
    person_id: Mapped[str | None] = mapped_column(ForeignKey("people.id"))
    organization_id: Mapped[str | None] = mapped_column(ForeignKey("organizations.id"))
    on_behalf_of_id: Mapped[str | None] = mapped_column(ForeignKey("organizations.id"))
    title: Mapped[str | None]
    description: Mapped[str | None]
    anchor_id: Mapped[str] = mapped_column(ForeignKey("anchors.id"))
    updated_at: Mapped[datetime] = mapped_column(server_default=func.now())


class FollowUp(VisibleMixin, Base):
    """Follow-up that the Mission announces for itself."""

    __tablename__ = "follow_ups"

    id: Mapped[str] = mapped_column(primary_key=True)
    roundtable_id: Mapped[str] = mapped_column(ForeignKey("roundtables.id"))
    text: Mapped[str]
    due: Mapped[date | None]
    anchor_id: Mapped[str] = mapped_column(ForeignKey("anchors.id"))


class FollowUpBody(VisibleMixin, Base):
    """Body responsible for a follow-up."""

    __tablename__ = "follow_up_bodies"

    follow_up_id: Mapped[str] = mapped_column(ForeignKey("follow_ups.id"), primary_key=True)
    organization_id: Mapped[str] = mapped_column(ForeignKey("organizations.id"), primary_key=True)
    ordinal: Mapped[int]
