"""Counts of recommendations: one stored row for each facet, key and clearance of the readers.

Triggers update the counts by statement, in the transaction of the write (`count_triggers`).
"""

from enum import StrEnum

from sqlalchemy import ARRAY, Integer, Text
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, one_of
from app.vocabulary import Marking


class CountFacet(StrEnum):
    """Facet of the counts; its name gives the parts of the key."""

    ALL = "all"
    TARGET = "target"
    TOPIC = "topic"
    ADDRESSEE = "addressee"
    BODY = "body"
    TARGET_TOPIC = "target_topic"
    MARKING = "marking"
    TARGET_PANEL_CERTAINTY_STATE = "target_panel_certainty_state"


class RecommendationCount(Base):
    """Number of recommendations that the readers of a clearance see, for one key of a facet."""

    __tablename__ = "recommendation_counts"
    __table_args__ = (one_of("readers", Marking), one_of("facet", CountFacet))

    readers: Mapped[str] = mapped_column(primary_key=True)
    facet: Mapped[str] = mapped_column(primary_key=True)
    key: Mapped[list[str]] = mapped_column(ARRAY(Text), primary_key=True)
    """Values of the parts, in the order of the facet's name; empty for a recommendation without a panel."""
    count: Mapped[int] = mapped_column(Integer)
    """0 if the recommendations with this key are gone."""
