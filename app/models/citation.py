"""Anchors: the exact words of a cable that records are based on, and their JSON citation."""

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index
from sqlalchemy.dialects.postgresql.ranges import MultiRange
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, VisibleMixin


class Anchor(VisibleMixin, Base):
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
