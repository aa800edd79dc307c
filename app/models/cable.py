"""Cables: the stored copy (witness), the data parsed from it, and its damages."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.dialects.postgresql.ranges import MultiRange
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, VisibleMixin, matches, one_of
from app.vocabulary import DamageKind, Marking, Publication

STATES_OF_CABLES = frozenset({Publication.DRAFT, Publication.PUBLISHED})
"""Editing states of a cable: nobody reads one that is not published."""


class Cable(VisibleMixin, Base):
    """Reporting cable; its id is year, post and serial, as in 07BEIJING7192."""

    __tablename__ = "cables"
    __table_args__ = (
        matches("id", "^[0-9]{2}[A-Z]+[0-9]+$", name="id_is_a_reference"),
        one_of("marking", Marking),
        one_of("source_marking", Marking),
        CheckConstraint("source_marking = 'SBU' OR (marking = 'U' AND doubts = 0)", name="source_is_at_least_as_high"),
        CheckConstraint("doubts >= 0", name="doubts_are_counted"),
        one_of("publication", Publication, without=frozenset(Publication) - STATES_OF_CABLES),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    post: Mapped[str]
    year: Mapped[int]
    serial: Mapped[int]
    originator: Mapped[str]
    precedence: Mapped[str]
    date_time_group: Mapped[str]
    sent_at: Mapped[datetime]
    marking: Mapped[str]
    """Highest marking of its parts: of the document itself and of every paragraph."""
    source_marking: Mapped[str] = mapped_column(server_default="SBU")
    """Marking of the stored copy: U only if the parser understood every character as U."""
    doubts: Mapped[int] = mapped_column(server_default="0")
    """Number of lines that resemble a classification mark and that nobody has reviewed yet."""
    publication: Mapped[str] = mapped_column(server_default=Publication.PUBLISHED.value)
    witness_id: Mapped[str] = mapped_column(
        ForeignKey("witnesses.id", deferrable=True, initially="DEFERRED", use_alter=True)
    )
    """The witness that its paragraphs are parsed from."""


class Witness(VisibleMixin, Base):
    """Witness: one stored copy of a cable, byte for byte. A trigger makes the table append-only."""

    __tablename__ = "witnesses"
    __table_args__ = (
        UniqueConstraint("cable_id", "sha256"),
        # The text has to match the digest of its source file.
        CheckConstraint("sha256 = encode(sha256(convert_to(text, 'UTF8')), 'hex')", name="sha256_is_of_the_text"),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    cable_id: Mapped[str] = mapped_column(ForeignKey("cables.id"))
    publisher: Mapped[str]
    address: Mapped[str]
    terms: Mapped[str]
    sha256: Mapped[str]
    text: Mapped[str]


class HeaderField(VisibleMixin, Base):
    """Header field in this copy. A lost field has the value of another copy, with its origin."""

    __tablename__ = "header_fields"
    __table_args__ = (
        CheckConstraint("(value IS NULL) = (ranges IS NULL)", name="value_has_its_place"),
        CheckConstraint("(other_value IS NULL) = (other_origin IS NULL)", name="other_value_has_its_origin"),
        UniqueConstraint("cable_id", "ordinal"),
        one_of("marking", Marking),
        one_of("other_marking", Marking),
    )

    cable_id: Mapped[str] = mapped_column(ForeignKey("cables.id"), primary_key=True)
    name: Mapped[str] = mapped_column(primary_key=True)
    ordinal: Mapped[int]
    value: Mapped[str | None]
    ranges: Mapped[MultiRange[int] | None]
    other_value: Mapped[str | None]
    other_origin: Mapped[str | None]
    marking: Mapped[str] = mapped_column(server_default="SBU")
    """Marking of the value: U if each line has the format of this field, or if the whole copy is U."""
    other_marking: Mapped[str] = mapped_column(server_default="SBU")


class Section(VisibleMixin, Base):
    """Section heading above one or more paragraphs."""

    __tablename__ = "sections"
    __table_args__ = (one_of("marking", Marking),)

    cable_id: Mapped[str] = mapped_column(ForeignKey("cables.id"), primary_key=True)
    ordinal: Mapped[int] = mapped_column(primary_key=True)
    heading: Mapped[str]
    ranges: Mapped[MultiRange[int]]
    underlined: Mapped[bool]
    """True if the dashed line below the heading survived."""
    marking: Mapped[str] = mapped_column(server_default="SBU")
    """Marking of the stored copy, since a heading may be a paragraph whose marking the parser did not find."""


class Paragraph(VisibleMixin, Base):
    """Numbered paragraph. A trigger checks that its text equals the slices of the witness at its ranges."""

    __tablename__ = "paragraphs"
    __table_args__ = (
        ForeignKeyConstraint(["cable_id", "section"], ["sections.cable_id", "sections.ordinal"]),
        UniqueConstraint("cable_id", "ordinal"),
        CheckConstraint("NOT isempty(ranges)", name="ranges_are_not_empty"),
        one_of("marking", Marking),
        Index("ix_paragraphs_record_id", text("((cable_id || '-'::text) || label)")),
    )

    cable_id: Mapped[str] = mapped_column(ForeignKey("cables.id"), primary_key=True)
    label: Mapped[str] = mapped_column(primary_key=True)
    witness_id: Mapped[str] = mapped_column(ForeignKey("witnesses.id"))
    ordinal: Mapped[int]
    number: Mapped[int]
    marking: Mapped[str]
    section: Mapped[int | None]
    text: Mapped[str]
    ranges: Mapped[MultiRange[int]]
    notes: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    """Notes inside the paragraph, each with text and ranges."""


class Damage(VisibleMixin, Base):
    """Damage of the witness: one loss or intrusion."""

    __tablename__ = "damages"
    __table_args__ = (
        ForeignKeyConstraint(["cable_id", "paragraph"], ["paragraphs.cable_id", "paragraphs.label"]),
        one_of("kind", DamageKind),
    )

    cable_id: Mapped[str] = mapped_column(ForeignKey("cables.id"), primary_key=True)
    ordinal: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str]
    paragraph: Mapped[str | None]
    ranges: Mapped[MultiRange[int] | None]
    detail: Mapped[str]


class Reading(VisibleMixin, Base):
    """Misprint in the witness with its corrected reading; null if it is unresolved."""

    __tablename__ = "readings"
    __table_args__ = (
        ForeignKeyConstraint(["cable_id", "paragraph"], ["paragraphs.cable_id", "paragraphs.label"]),
        UniqueConstraint("cable_id", "ranges"),
    )

    cable_id: Mapped[str] = mapped_column(ForeignKey("cables.id"), primary_key=True)
    ordinal: Mapped[int] = mapped_column(primary_key=True)
    paragraph: Mapped[str | None]
    original: Mapped[str]
    ranges: Mapped[MultiRange[int]]
    reading: Mapped[str | None]
    note: Mapped[str | None]
