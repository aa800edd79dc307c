"""Cables: the stored copy (witness), what was read from it, and what is wrong with it."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.dialects.postgresql.ranges import MultiRange
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, matches, one_of
from app.vocabulary import DamageKind, Marking


class Cable(Base):
    """A reporting cable; its id is year, post and serial, as in 07BEIJING7192."""

    __tablename__ = "cables"
    __table_args__ = (
        matches("id", "^[0-9]{2}[A-Z]+[0-9]+$", name="id_is_a_reference"),
        one_of("marking", Marking),
        one_of("source_marking", Marking),
        CheckConstraint("source_marking = 'SBU' OR (marking = 'U' AND doubts = 0)", name="source_is_at_least_as_high"),
        CheckConstraint("doubts >= 0", name="doubts_are_counted"),
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
    """The highest of its parts: of the document's own marking, and of every paragraph's."""
    source_marking: Mapped[str] = mapped_column(server_default="SBU")
    """That of the stored copy: U where every character of it was understood as U."""
    doubts: Mapped[int] = mapped_column(server_default="0")
    """Lines that resemble a mark of a classified document, and that nobody has looked at yet."""
    witness_id: Mapped[str] = mapped_column(
        ForeignKey("witnesses.id", deferrable=True, initially="DEFERRED", use_alter=True)
    )
    """The stored copy that its paragraphs are read from."""


class Witness(Base):
    """One stored copy of a cable, kept byte for byte; append-only by trigger."""

    __tablename__ = "witnesses"
    __table_args__ = (
        UniqueConstraint("cable_id", "sha256"),
        # Holds the text to the digest of the file it came from.
        CheckConstraint("sha256 = encode(sha256(convert_to(text, 'UTF8')), 'hex')", name="sha256_is_of_the_text"),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    cable_id: Mapped[str] = mapped_column(ForeignKey("cables.id"))
    publisher: Mapped[str]
    address: Mapped[str]
    terms: Mapped[str]
    sha256: Mapped[str]
    text: Mapped[str]


class HeaderField(Base):
    """A field of the header as this copy has it; a lost one carries what another copy shows, and which."""

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
    """That of the value: U where each line has the form of this field, or the whole copy is U."""
    other_marking: Mapped[str] = mapped_column(server_default="SBU")


class Section(Base):
    """A heading printed above one or more paragraphs."""

    __tablename__ = "sections"
    __table_args__ = (one_of("marking", Marking),)

    cable_id: Mapped[str] = mapped_column(ForeignKey("cables.id"), primary_key=True)
    ordinal: Mapped[int] = mapped_column(primary_key=True)
    heading: Mapped[str]
    ranges: Mapped[MultiRange[int]]
    underlined: Mapped[bool]
    """Whether the dashed line below it survived."""
    marking: Mapped[str] = mapped_column(server_default="SBU")
    """That of the stored copy: a heading may be a paragraph whose marking was not seen."""


class Paragraph(Base):
    """A numbered paragraph; a trigger holds its text to the slices of the witness that its ranges name."""

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
    """The notes inside the paragraph, each with its text and ranges."""


class Damage(Base):
    """One thing lost from the witness or intruding in it."""

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


class Reading(Base):
    """A misprint in the witness with the reading beside it; none where it stays unresolved."""

    __tablename__ = "readings"
    __table_args__ = (
        ForeignKeyConstraint(["cable_id", "paragraph"], ["paragraphs.cable_id", "paragraphs.label"]),
        UniqueConstraint("cable_id", "ranges"),
    )

    cable_id: Mapped[str] = mapped_column(ForeignKey("cables.id"), primary_key=True)
    ordinal: Mapped[int] = mapped_column(primary_key=True)
    paragraph: Mapped[str | None]
    printed: Mapped[str]
    ranges: Mapped[MultiRange[int]]
    reading: Mapped[str | None]
    note: Mapped[str | None]
