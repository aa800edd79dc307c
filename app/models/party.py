"""People and organizations: one record each, with all their names."""

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, VisibleMixin, is_slug, one_of
from app.vocabulary import OrganizationKind


class Organization(VisibleMixin, Base):
    """A company, association, agency, body or forum."""

    __tablename__ = "organizations"
    __table_args__ = (is_slug(), one_of("kind", OrganizationKind))

    id: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    kind: Mapped[str]
    part_of: Mapped[str | None] = mapped_column(ForeignKey("organizations.id", deferrable=True))


class OrganizationName(VisibleMixin, Base):
    """Searchable name of an organization: slug, name, alias or misspelling. A name belongs to one organization only."""

    __tablename__ = "organization_names"
    __table_args__ = (
        Index("uq_organization_names_folded", text("fold_name(name)"), unique=True),
        CheckConstraint("name = btrim(name) AND name <> ''", name="name_is_trimmed"),
        CheckConstraint("kind IN ('slug', 'name', 'alias', 'misspelling')", name="kind_is_a_word"),
    )

    organization_id: Mapped[str] = mapped_column(ForeignKey("organizations.id"), primary_key=True)
    name: Mapped[str] = mapped_column(primary_key=True)
    kind: Mapped[str]
    ordinal: Mapped[int]


class Person(VisibleMixin, Base):
    """Person, with the correct spelling of the name."""

    __tablename__ = "people"
    __table_args__ = (is_slug(),)

    id: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]


class PersonName(VisibleMixin, Base):
    """Searchable name of a person. Two people may share a surname; it then finds both."""

    __tablename__ = "person_names"
    __table_args__ = (
        Index("ix_person_names_folded", text("fold_name(name)")),
        CheckConstraint("name = btrim(name) AND name <> ''", name="name_is_trimmed"),
        CheckConstraint("kind IN ('slug', 'name', 'alias', 'misspelling')", name="kind_is_a_word"),
    )

    person_id: Mapped[str] = mapped_column(ForeignKey("people.id"), primary_key=True)
    name: Mapped[str] = mapped_column(primary_key=True)
    kind: Mapped[str]
    ordinal: Mapped[int]
