"""People and organizations: one record each, with all their names."""

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import (
    CheckConstraint,
    ColumnElement,
    ForeignKey,
    Index,
    Select,
    Text,
    case,
    func,
    literal,
    literal_column,
    select,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.orm import Mapped, aliased, mapped_column

from app.core.db import json_list, json_object
from app.core.errors import unknown_word
from app.core.shapes import Reference
from app.models.base import Base, is_slug, one_of
from app.vocabulary import PUBLIC_KINDS, OrganizationKind, ProposerOut


class Organization(Base):
    """A company, association, agency, body or forum."""

    __tablename__ = "organizations"
    __table_args__ = (is_slug(), one_of("kind", OrganizationKind))

    id: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    kind: Mapped[str]
    part_of: Mapped[str | None] = mapped_column(ForeignKey("organizations.id", deferrable=True))


class OrganizationName(Base):
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


class Person(Base):
    """Person, with the correct spelling of the name."""

    __tablename__ = "people"
    __table_args__ = (is_slug(),)

    id: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]


class PersonName(Base):
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


def is_called(names: Any, called: Iterable[str]) -> ColumnElement[bool]:
    """Condition for rows with one of these names; names that fold alike are equal."""
    # A list of values: for a computed array PostgreSQL assumes ten elements, and reads whole tables.
    return func.public.fold_name(names.name).in_([func.public.fold_name(literal(name, Text)) for name in called])


def organizations_called(names: Iterable[str]) -> Select[str]:
    """Ids of the organizations with any of the names."""
    return select(OrganizationName.organization_id).where(is_called(OrganizationName, names))


def people_called(names: Iterable[str]) -> Select[str]:
    """Ids of the people with any of the names."""
    return select(PersonName.person_id).where(is_called(PersonName, names))


def as_reference(party: type[Organization] | type[Person]) -> ColumnElement[Any]:
    """JSON reference to a person or organization that is outer-joined to the select; null without one."""
    return case(
        (party.id.is_(None), literal_column("NULL::json")),
        else_=json_object(Reference, id=party.id, name=party.name),
    )


_employer = aliased(Organization)
_spoken_for = aliased(Organization)


def proposers_of(table: Any, *, of: Any, where: ColumnElement[bool]) -> ColumnElement[Any]:
    """JSON array of the proposers of an ask or raisers of a concern: the rows of `table`, in their order."""
    rows = (
        select(
            json_object(
                ProposerOut,
                person=as_reference(Person),
                organization=as_reference(_employer),
                on_behalf_of=as_reference(_spoken_for),
                description=table.description,
            )
        )
        .select_from(table)
        .outerjoin(Person, Person.id == table.person_id)
        .outerjoin(_employer, _employer.id == table.organization_id)
        .outerjoin(_spoken_for, _spoken_for.id == table.on_behalf_of_id)
        .where(where)
    )
    return json_list(rows, of=of, order_by=table.ordinal)


async def check_bodies(connection: AsyncConnection, **named: Sequence[str]) -> None:
    """Raises a validation error for a name that no body has. The message proposes known bodies."""
    asked = {word for words in named.values() for word in words}
    if not asked:
        return
    bodies = select(Organization.id).where(Organization.kind.in_(PUBLIC_KINDS))
    word: ColumnElement[str] = func.unnest(literal(sorted(asked), ARRAY(Text))).column_valued("word")
    known = (
        select(OrganizationName.organization_id)
        .where(
            func.public.fold_name(OrganizationName.name) == func.public.fold_name(word),
            OrganizationName.organization_id.in_(bodies),
        )
        .exists()
    )
    missing = set(await connection.scalars(select(word).where(~known)))
    for parameter, words in named.items():
        for one in words:
            if one in missing:
                raise unknown_word(parameter, one, known=await connection.scalars(bodies))
