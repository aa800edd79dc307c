"""Declarative base: naming conventions, column types, and CHECK constraints for enums and patterns."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, DateTime, MetaData, Table, Text
from sqlalchemy.dialects.postgresql import INT4MULTIRANGE
from sqlalchemy.dialects.postgresql.ranges import MultiRange
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from app.vocabulary import Visibility

type_map: dict[Any, Any] = {
    str: Text,
    datetime: DateTime(timezone=True),
    MultiRange[int]: INT4MULTIRANGE,
}


class Base(DeclarativeBase):
    metadata = MetaData(
        naming_convention={
            "pk": "pk_%(table_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
        }
    )
    type_annotation_map = type_map


def one_of(column: str, words: type[StrEnum], *, without: frozenset[str] = frozenset()) -> CheckConstraint:
    """CHECK constraint that limits a text column to the values of an enum."""
    listed = ", ".join(f"'{word.value}'" for word in words if word.value not in without)
    return CheckConstraint(f"{column} IN ({listed})", name=f"{column}_is_a_word")


class VisibleMixin:
    """Column of every table that readers may read: the level of the row, set by triggers (see `visibility`)."""

    visible_from: Mapped[str] = mapped_column(server_default=Visibility.NONE.value, sort_order=1_000)

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        table: Table = cls.__table__  # type: ignore[attr-defined] # the declarative base, next in line, has made it
        table.append_constraint(one_of("visible_from", Visibility))


def matches(column: str, pattern: str, *, name: str) -> CheckConstraint:
    """CHECK constraint that limits a text column to a regular expression."""
    return CheckConstraint(f"{column} ~ '{pattern}'", name=name)


def is_slug(column: str = "id") -> CheckConstraint:
    return matches(column, "^[a-z0-9]+(-[a-z0-9]+)*$", name=f"{column}_is_a_slug")


def guarded_authors() -> tuple[CheckConstraint, ...]:
    """CHECK constraints of the four-eyes rule: no author of a draft may publish it, under any of his caller ids."""
    return (
        CheckConstraint("cardinality(persons) > 0", name="a_person_wrote_it"),
        # A reviewer who returned a draft may edit it; then another person has to publish it.
        CheckConstraint(
            "publication <> 'published' OR NOT person_among(reviewer_person, persons)",
            name="published_by_another_person",
        ),
        CheckConstraint("(reviewer IS NULL) = (reviewer_person IS NULL)", name="reviewer_is_a_person"),
    )
