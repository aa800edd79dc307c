"""Roundtables, their panels, participations and follow-ups."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    CheckConstraint,
    ColumnElement,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Select,
    UniqueConstraint,
    func,
    select,
)
from sqlalchemy.orm import Mapped, aliased, mapped_column

from app.core.db import json_list, json_object
from app.models.base import Base, is_slug, one_of
from app.models.citation import Anchor, as_citation
from app.models.party import Organization, Person, as_reference
from app.vocabulary import Capacity, ParticipationOut


class Roundtable(Base):
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


class Panel(Base):
    __tablename__ = "panels"
    __table_args__ = (UniqueConstraint("roundtable_id", "number"),)

    id: Mapped[str] = mapped_column(primary_key=True)
    roundtable_id: Mapped[str] = mapped_column(ForeignKey("roundtables.id"))
    cable_id: Mapped[str] = mapped_column(ForeignKey("cables.id"))
    """Cable of the roundtable, for readers who may read the panel but not the roundtable."""
    number: Mapped[int]
    title: Mapped[str]
    anchor_id: Mapped[str] = mapped_column(ForeignKey("anchors.id"))


class PanelSession(Base):
    """Session of a panel that the text names."""

    __tablename__ = "panel_sessions"

    panel_id: Mapped[str] = mapped_column(ForeignKey("panels.id"), primary_key=True)
    ordinal: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    anchor_id: Mapped[str] = mapped_column(ForeignKey("anchors.id"))


class PanelParagraph(Base):
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


class Participation(Base):
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


class FollowUp(Base):
    """Follow-up that the Mission announces for itself."""

    __tablename__ = "follow_ups"

    id: Mapped[str] = mapped_column(primary_key=True)
    roundtable_id: Mapped[str] = mapped_column(ForeignKey("roundtables.id"))
    text: Mapped[str]
    due: Mapped[date | None]
    anchor_id: Mapped[str] = mapped_column(ForeignKey("anchors.id"))


class FollowUpBody(Base):
    """Body responsible for a follow-up."""

    __tablename__ = "follow_up_bodies"

    follow_up_id: Mapped[str] = mapped_column(ForeignKey("follow_ups.id"), primary_key=True)
    organization_id: Mapped[str] = mapped_column(ForeignKey("organizations.id"), primary_key=True)
    ordinal: Mapped[int]


_anchor = aliased(Anchor)
_employer = aliased(Organization)
_spoken_for = aliased(Organization)
_person = aliased(Person)
_panel = aliased(Panel)

_PARTICIPATION = json_object(
    ParticipationOut,
    id=Participation.id,
    roundtable_id=Participation.roundtable_id,
    panel=_panel.number,
    capacity=Participation.capacity,
    person=as_reference(_person),
    organization=as_reference(_employer),
    on_behalf_of=as_reference(_spoken_for),
    title=Participation.title,
    description=Participation.description,
    citation=as_citation(_anchor),
)


def participation_rows() -> Select[Any]:
    """Select of all participations as JSON, to which callers add conditions."""
    return (
        select(_PARTICIPATION)
        .select_from(Participation)
        .join(_anchor, _anchor.id == Participation.anchor_id)
        .outerjoin(_panel, _panel.id == Participation.panel_id)
        .outerjoin(_person, _person.id == Participation.person_id)
        .outerjoin(_employer, _employer.id == Participation.organization_id)
        .outerjoin(_spoken_for, _spoken_for.id == Participation.on_behalf_of_id)
    )


def participations(*, of: Any, where: ColumnElement[bool]) -> ColumnElement[Any]:
    """JSON array of the participations that match `where`, for a select from table `of`."""
    return json_list(participation_rows().where(where), of=of, order_by=Participation.id)
