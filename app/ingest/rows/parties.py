"""Rows of organizations and people."""

from collections.abc import Sequence

from app.ingest.curation.registry import Registry, names_of
from app.ingest.curation.shapes import OrganizationEntry, PersonEntry
from app.ingest.sync import Row


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
