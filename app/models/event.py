"""Events of reforms, occurred or expected, with dates and sources."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, Computed, ForeignKey, ForeignKeyConstraint, Index, UniqueConstraint, func
from sqlalchemy.dialects.postgresql import DATERANGE
from sqlalchemy.orm import Mapped, mapped_column

from app.core.schemas import OnDay
from app.models.base import Base, VisibleMixin, is_slug, matches, one_of
from app.vocabulary import Confidence, EventKind, InstrumentKind, KnownFromBasis, Stage


class Source(VisibleMixin, Base):
    """Web page, of which a stored excerpt was read on a day."""

    __tablename__ = "sources"
    __table_args__ = (
        is_slug(),
        UniqueConstraint("url"),
        CheckConstraint("published_on <= retrieved", name="published_before_it_was_read"),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    title: Mapped[str]
    url: Mapped[str]
    published_on: Mapped[OnDay | None]
    retrieved: Mapped[OnDay]


class Event(VisibleMixin, Base):
    """Step of a reform. `kind` is what the source said (occurred or expected); the passing of time never changes it."""

    __tablename__ = "events"
    __table_args__ = (
        matches("id", "^[a-z0-9]+(-[a-z0-9]+)*-EA?[0-9]{2,4}$", name="id_is_a_reference"),
        ForeignKeyConstraint(["reform_id", "round"], ["reform_rounds.reform_id", "reform_rounds.number"]),
        one_of("stage", Stage),
        one_of("kind", EventKind),
        one_of("instrument_kind", InstrumentKind),
        one_of("confidence", Confidence),
        one_of("known_from_basis", KnownFromBasis),
        CheckConstraint("(reform_id IS NULL) = (round IS NULL)", name="round_is_of_a_reform"),
        CheckConstraint("(instrument IS NULL) = (instrument_kind IS NULL)", name="instrument_has_its_kind"),
        CheckConstraint("num_nonnulls(anchor_id, source_id) = 1", name="one_citation"),
        CheckConstraint("num_nonnulls(earliest, latest) > 0", name="some_date"),
        CheckConstraint("earliest <= latest", name="dates_are_in_order"),
        CheckConstraint("kind = 'expected' OR latest IS NOT NULL", name="occurred_by_some_day"),
        CheckConstraint("kind = 'expected' OR fulfilled_by_id IS NULL", name="only_an_expectation_is_fulfilled"),
        CheckConstraint("fulfilled_by_id <> id", name="not_fulfilled_by_itself"),
        Index(None, "reform_id", "round"),
        Index(None, "dated", "id"),
        Index(None, "body_id"),
        Index(None, "during", postgresql_using="gist"),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    reform_id: Mapped[str | None] = mapped_column(ForeignKey("reforms.id"))
    round: Mapped[int | None]
    stage: Mapped[str | None]
    instrument: Mapped[str | None]
    instrument_kind: Mapped[str | None]
    body_id: Mapped[str | None] = mapped_column(ForeignKey("organizations.id"))
    text: Mapped[str]
    kind: Mapped[str]
    fulfilled_by_id: Mapped[str | None] = mapped_column(ForeignKey("events.id", deferrable=True, initially="DEFERRED"))
    date_text: Mapped[str | None]
    date: Mapped[str | None]
    """EDTF level 1; `earliest` and `latest` are its bounds."""
    earliest: Mapped[OnDay | None]
    latest: Mapped[OnDay | None]
    during: Mapped[Any] = mapped_column(DATERANGE, Computed("daterange(earliest, latest, '[]')", persisted=True))
    """All days that the date allows, for overlap queries."""
    dated: Mapped[OnDay] = mapped_column(Computed("coalesce(earliest, latest)", persisted=True))
    """Sort key of events."""
    anchor_id: Mapped[str | None] = mapped_column(ForeignKey("anchors.id"))
    source_id: Mapped[str | None] = mapped_column(ForeignKey("sources.id"))
    confidence: Mapped[str]
    prospective: Mapped[bool]
    known_from: Mapped[OnDay]
    known_from_basis: Mapped[str]
    note: Mapped[str | None]
    updated_at: Mapped[datetime] = mapped_column(server_default=func.now())
    updated_at_u: Mapped[datetime] = mapped_column(server_default=func.now())
    """As for recommendations."""


class EventSource(VisibleMixin, Base):
    """Additional web page about the same event."""

    __tablename__ = "event_sources"

    event_id: Mapped[str] = mapped_column(ForeignKey("events.id"), primary_key=True)
    source_id: Mapped[str] = mapped_column(ForeignKey("sources.id"), primary_key=True)
    ordinal: Mapped[int]


class EventConflict(VisibleMixin, Base):
    """Conflict of two events that cannot both be true as reported; stored in both directions."""

    __tablename__ = "event_conflicts"
    __table_args__ = (CheckConstraint("event_id <> other_id", name="not_with_itself"),)

    event_id: Mapped[str] = mapped_column(ForeignKey("events.id"), primary_key=True)
    other_id: Mapped[str] = mapped_column(ForeignKey("events.id"), primary_key=True)


class EventOutcome(VisibleMixin, Base):
    """Relation of an event to a recommendation, in words that do not claim a cause."""

    __tablename__ = "event_outcomes"
    __table_args__ = (Index(None, "recommendation_id", "event_id"),)

    event_id: Mapped[str] = mapped_column(ForeignKey("events.id"), primary_key=True)
    recommendation_id: Mapped[str] = mapped_column(ForeignKey("recommendations.id"), primary_key=True)
    wording: Mapped[str]
