"""Anchors: the exact words of a cable that records are based on, and their JSON citation."""

from sqlalchemy import CheckConstraint, ColumnElement, ForeignKeyConstraint, Index, case, literal_column
from sqlalchemy.dialects.postgresql.ranges import MultiRange
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import json_object, json_ranges
from app.models.base import Base
from app.vocabulary import Citation, Passage


class Anchor(Base):
    """Anchor: exact words of a paragraph. A trigger rejects a quote that differs from the text at its ranges."""

    __tablename__ = "anchors"
    __table_args__ = (
        ForeignKeyConstraint(["cable_id", "paragraph"], ["paragraphs.cable_id", "paragraphs.label"]),
        CheckConstraint("NOT isempty(ranges)", name="ranges_are_not_empty"),
        Index(None, "cable_id", "paragraph"),
        Index(None, "paragraph"),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    """Id of the record and the role of the words in it, as in 07BEIJING7192-R001:quote."""
    cable_id: Mapped[str]
    paragraph: Mapped[str]
    quote: Mapped[str]
    ranges: Mapped[MultiRange[int]]


def as_citation(anchor: type[Anchor]) -> ColumnElement[object]:
    """JSON citation of an anchor that is joined to the select; null without an anchor."""
    return _unless_missing(
        anchor,
        json_object(
            Citation,
            cable_id=anchor.cable_id,
            paragraph=anchor.paragraph,
            quote=anchor.quote,
            ranges=json_ranges(anchor.ranges),
        ),
    )


def as_passage(anchor: type[Anchor]) -> ColumnElement[object]:
    """JSON of quote and ranges only, for a passage whose paragraph its record already names."""
    return _unless_missing(anchor, json_object(Passage, quote=anchor.quote, ranges=json_ranges(anchor.ranges)))


def _unless_missing(anchor: type[Anchor], json: ColumnElement[object]) -> ColumnElement[object]:
    return case((anchor.id.is_(None), literal_column("NULL::json")), else_=json)
