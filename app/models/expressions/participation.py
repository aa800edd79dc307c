"""Select expressions of participations in panels."""

from typing import Any

from sqlalchemy import ColumnElement, Select, select
from sqlalchemy.orm import aliased

from app.core.db import json_list, json_object
from app.models.citation import Anchor
from app.models.expressions.citation import citation_json
from app.models.expressions.party import reference_json
from app.models.panel import Panel, Participation
from app.models.party import Organization, Person
from app.vocabulary import ParticipationOut

_anchor = aliased(Anchor)


_employer = aliased(Organization)


_spoken_for = aliased(Organization)


_person = aliased(Person)


_panel = aliased(Panel)


_PARTICIPATION = json_object(
    ParticipationOut,
    id=Participation.id,
    roundtable_id=Participation.roundtable_id,
    panel=_panel.number,
    capacity=Participation.capacity,
    person=reference_json(_person),
    organization=reference_json(_employer),
    on_behalf_of=reference_json(_spoken_for),
    title=Participation.title,
    description=Participation.description,
    citation=citation_json(_anchor),
)


def participation_rows() -> Select[Any]:
    """Select of all participations as JSON, to which callers add conditions."""
    return (
        select(_PARTICIPATION)
        .select_from(Participation)
        .join(_anchor, _anchor.id == Participation.anchor_id)
        .outerjoin(_panel, _panel.id == Participation.panel_id)
        .outerjoin(_person, _person.id == Participation.person_id)
        .outerjoin(_employer, _employer.id == Participation.organization_id)
        .outerjoin(_spoken_for, _spoken_for.id == Participation.on_behalf_of_id)
    )


def participations(*, of: Any, where: ColumnElement[bool]) -> ColumnElement[Any]:
    """JSON array of the participations that match `where`, for a select from table `of`."""
    return json_list(participation_rows().where(where), of=of, order_by=Participation.id)
