"""Rows of organizations and people."""

from collections.abc import Sequence
from typing import Any

from app.records.reconcile import Row
from app.records.registry import Registry, names_of
from app.records.schemas.cables import OrganizationEntry, ParticipationEntry, PersonEntry, ProposerEntry


def organizations(registry: Registry) -> list[Row]:
    return [
        {"id": one.id, "name": one.name, "kind": one.kind.value, "part_of": one.part_of}
        for one in registry.organizations
    ]


def names(entries: Sequence[OrganizationEntry | PersonEntry], *, key: str) -> list[Row]:
    return [
        {key: entry.id, "name": name, "kind": kind, "ordinal": place}
        for entry in entries
        for place, (name, kind) in enumerate(names_of(entry))
    ]


def people(registry: Registry) -> list[Row]:
    return [{"id": one.id, "name": one.name} for one in registry.people]


def party(who: ParticipationEntry | ProposerEntry) -> dict[str, Any]:
    return {
        "person_id": who.person,
        "organization_id": who.organization,
        "on_behalf_of_id": who.on_behalf_of,
        "description": who.description,
    }
