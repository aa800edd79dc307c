"""Statistics: quotable figures, with their speakers."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, Computed, Double, ForeignKey, Index, func
from sqlalchemy.dialects.postgresql import DATERANGE
from sqlalchemy.orm import Mapped, mapped_column

from app.core.schemas import OnDay
from app.models.base import Base, VisibleMixin, matches


class Statistic(VisibleMixin, Base):
    """Figure of a source: a number, a range, or a word if the source does not give a number."""

    __tablename__ = "statistics"
    __table_args__ = (
        matches("id", "^[0-9]{2}[A-Z]+[0-9]+-SA?[0-9]{2,4}$", name="id_is_a_reference"),
        matches("unit", "^([a-z]+( [a-z]+)*|[A-Z]{3})$", name="unit_is_plain"),
        CheckConstraint("what = btrim(what) AND what <> ''", name="what_is_said"),
        CheckConstraint("num_nonnulls(value, qualifier) > 0", name="some_figure"),
        CheckConstraint("abs(value) <= power(2, 53)", name="value_is_a_number"),
        CheckConstraint(
            "value_to IS NULL OR value IS NOT NULL AND value_to > value AND value_to <= power(2, 53)",
            name="range_has_two_ends",
        ),
        CheckConstraint("(date IS NULL) = (num_nonnulls(earliest, latest) = 0)", name="date_has_its_bounds"),
        CheckConstraint("date IS NULL OR period IS NOT NULL", name="date_has_its_words"),
        CheckConstraint("earliest <= latest", name="dates_are_in_order"),
        Index(None, "during", postgresql_using="gist"),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    cable_id: Mapped[str] = mapped_column(ForeignKey("cables.id"), index=True)
    anchor_id: Mapped[str] = mapped_column(ForeignKey("anchors.id"), unique=True)
    lead_in_anchor_id: Mapped[str | None] = mapped_column(ForeignKey("anchors.id"))
    value: Mapped[float | None] = mapped_column(Double)
    value_to: Mapped[float | None] = mapped_column(Double)
    qualifier: Mapped[str | None]
    unit: Mapped[str]
    what: Mapped[str]
    period: Mapped[str | None]
    date: Mapped[str | None]
    """EDTF level 1; `earliest` and `latest` are its bounds."""
    earliest: Mapped[OnDay | None]
    latest: Mapped[OnDay | None]
    during: Mapped[Any | None] = mapped_column(
        DATERANGE, Computed("CASE WHEN date IS NOT NULL THEN daterange(earliest, latest, '[]') END", persisted=True)
    )
    """All days that the date allows, for overlap queries; null if the source gives no date."""
    updated_at: Mapped[datetime] = mapped_column(server_default=func.now())


class StatisticSpeaker(VisibleMixin, Base):
    """Speaker of a figure: a person, the employer, the organization represented, or the cable's own word."""

    __tablename__ = "statistic_speakers"
    __table_args__ = (
        CheckConstraint(
            "person_id IS NOT NULL OR organization_id IS NOT NULL OR description IS NOT NULL",
            name="someone_says_it",
        ),
        Index(None, "person_id", "statistic_id"),
        Index(None, "organization_id", "statistic_id"),
        Index(None, "on_behalf_of_id", "statistic_id"),
    )

    statistic_id: Mapped[str] = mapped_column(ForeignKey("statistics.id"), primary_key=True)
    ordinal: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[str | None] = mapped_column(ForeignKey("people.id"))
    organization_id: Mapped[str | None] = mapped_column(ForeignKey("organizations.id"))
    on_behalf_of_id: Mapped[str | None] = mapped_column(ForeignKey("organizations.id"))
    description: Mapped[str | None]
