"""Select expressions of people and organizations: by name, as references, as proposers."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Select, Text, bindparam, case, func, literal_column, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.orm import aliased

from app.core.db import json_list, json_object
from app.core.errors import unknown_enum_value
from app.core.schemas import Reference
from app.core.statements import is_array
from app.models.party import Organization, OrganizationName, Person, PersonName
from app.vocabulary import PUBLIC_KINDS, ProposerOut


def has_name(names: Any, called: Any) -> ColumnElement[bool]:
    """Condition for rows with one of the bound names; names that fold alike are equal."""
    folded: ColumnElement[str] = func.public.fold_name(names.name)
    if not is_array(called):
        return folded == func.public.fold_name(called)
    # As rows: for a computed array PostgreSQL assumes ten elements, and reads whole tables.
    name: ColumnElement[str] = func.unnest(called).column_valued("called")
    return folded.in_(select(func.public.fold_name(name)))


def organization_ids_by_name(names: Any) -> Select[str]:
    """Ids of the organizations with any of the bound names."""
    return select(OrganizationName.organization_id).where(has_name(OrganizationName, names))


def person_ids_by_name(names: Any) -> Select[str]:
    """Ids of the people with any of the bound names."""
    return select(PersonName.person_id).where(has_name(PersonName, names))


def reference_json(party: type[Organization] | type[Person]) -> ColumnElement[Any]:
    """JSON reference to a person or organization that is outer-joined to the select; null without one."""
    return case(
        (party.id.is_(None), literal_column("NULL::json")),
        else_=json_object(Reference, id=party.id, name=party.name),
    )


_employer = aliased(Organization)


_spoken_for = aliased(Organization)


def proposers_json(table: Any, *, of: Any, where: ColumnElement[bool]) -> ColumnElement[Any]:
    """JSON array of the proposers of an ask or raisers of a concern: the rows of `table`, in their order."""
    rows = (
        select(
            json_object(
                ProposerOut,
                person=reference_json(Person),
                organization=reference_json(_employer),
                on_behalf_of=reference_json(_spoken_for),
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


def public_body_ids() -> Select[str]:
    """Selects the slugs of the organizations that count as bodies."""
    return select(Organization.id).where(Organization.kind.in_(PUBLIC_KINDS))


_name: ColumnElement[str] = func.unnest(bindparam("names", type_=ARRAY(Text))).column_valued("word")
_body_names = select(OrganizationName.organization_id).where(
    func.public.fold_name(OrganizationName.name) == func.public.fold_name(_name),
    OrganizationName.organization_id.in_(public_body_ids()),
)
_UNKNOWN_NAMES = select(_name).where(~_body_names.exists())
_BODY_IDS = public_body_ids()


async def validate_body_names(connection: AsyncConnection, **named: Sequence[str]) -> None:
    """Raises a validation error for a name that no body has. The message proposes known bodies."""
    asked = {word for words in named.values() for word in words}
    if not asked:
        return
    missing = set(await connection.scalars(_UNKNOWN_NAMES, {"names": sorted(asked)}))
    for parameter, words in named.items():
        for one in words:
            if one in missing:
                raise unknown_enum_value(parameter, one, known=await connection.scalars(_BODY_IDS))
