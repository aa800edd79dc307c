"""Registry of records that all cables share: organizations, people, reforms and events, web sources. Ids are unique."""

from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from app.core.folding import fold_name
from app.records.errors import IssueCollector
from app.records.schemas import cables
from app.records.schemas.cables import OrganizationEntry, PersonEntry
from app.records.schemas.reforms import EventEntry, EventsFile, ReformEntry, ReformsFile, SourceEntry, SourcesFile
from app.records.yaml_files import read_file

ORGANIZATIONS = "curated/organizations.yaml"
PEOPLE = "curated/people.yaml"
REFORMS = "curated/reforms.yaml"
SOURCES = "curated/sources.yaml"
EVENTS = "curated/events"


@dataclass(frozen=True)
class Registry:
    organizations: list[cables.OrganizationEntry]
    people: list[cables.PersonEntry]
    reforms: list[ReformEntry]
    sources: list[SourceEntry]
    events: list[EventEntry]
    """Events in the order of their files; events that rest on a cable are anchored with the cable."""

    @property
    def published_events(self) -> list[EventEntry]:
        """Events that were not withdrawn."""
        return [event for event in self.events if not event.withdrawn]

    @property
    def pages(self) -> list[SourceEntry]:
        """Web sources, including the pages of events."""
        brought = [
            SourceEntry(id=page_id(event), **event.page.model_dump()) for event in self.events if event.page is not None
        ]
        return [*self.sources, *brought]

    def names(self) -> dict[str, str]:
        """Returns the name of each organization and person, by slug."""
        return {one.id: one.name for one in self.organizations} | {one.id: one.name for one in self.people}


def read_registry(data: Path, *, faults: IssueCollector) -> Registry | None:
    """Reads and validates the files that all cables share."""
    organizations = read_file(data / ORGANIZATIONS, cables.OrganizationsFile, name=ORGANIZATIONS, faults=faults)
    people = read_file(data / PEOPLE, cables.PeopleFile, name=PEOPLE, faults=faults)
    reforms = read_file(data / REFORMS, ReformsFile, name=REFORMS, faults=faults)
    sources = read_file(data / SOURCES, SourcesFile, name=SOURCES, faults=faults)
    events = _read_events(data, faults=faults)
    if organizations is None or people is None or reforms is None or sources is None or events is None:
        return None
    registry = Registry(organizations.organizations, people.people, reforms.reforms, sources.sources, events)
    _check_names(registry, faults=faults)
    return registry


def page_id(event: EventEntry) -> str:
    """Returns the slug of the page of an event."""
    return f"{event.id.lower()}-page"


def source_of(event: EventEntry) -> str | None:
    """Returns the slug of the page that an event rests on; None if it rests on a cable."""
    return page_id(event) if event.page is not None else event.source


def event_file(event: EventEntry) -> str:
    """Returns the path of the file of an event, as errors name it."""
    return f"{EVENTS}/{event.reform or 'general'}.yaml"


def _read_events(data: Path, *, faults: IssueCollector) -> list[EventEntry] | None:
    """Reads the events of all files; an event belongs in the file of its reform, or in general.yaml."""
    events: list[EventEntry] = []
    whole = True
    for path in sorted((data / EVENTS).glob("*.yaml")):
        name = f"{EVENTS}/{path.name}"
        file = read_file(path, EventsFile, name=name, faults=faults)
        whole = whole and file is not None
        for event in file.events if file else []:
            if event_file(event) != name:
                faults.add(name, event.id, f"this event belongs in {event_file(event)}")
            events.append(event)
    return events if whole else None


def names_of(entry: OrganizationEntry | PersonEntry) -> list[tuple[str, str]]:
    """Returns every name of an entry with its kind, without duplicates: name, aliases, misspellings, slug."""
    listed = [
        (entry.name, "name"),
        *((alias, "alias") for alias in entry.aliases),
        *((wrong, "misspelling") for wrong in entry.misspellings),
        (entry.id, "slug"),
    ]
    return list({fold_name(name): (name, kind) for name, kind in reversed(listed)}.values())[::-1]


def _check_names(registry: Registry, *, faults: IssueCollector) -> None:
    owners: dict[str, str] = {}
    known = {entry.id for entry in registry.organizations}
    for entry in registry.organizations:
        for name, _ in names_of(entry):
            owner = owners.setdefault(fold_name(name), entry.id)
            if owner != entry.id:
                faults.add(ORGANIZATIONS, entry.id, f"the name {name} already belongs to {owner}")
        if entry.part_of is not None and entry.part_of not in known:
            faults.add(ORGANIZATIONS, entry.id, f"part_of: there is no organization {entry.part_of}")
    _once(ORGANIZATIONS, [entry.id for entry in registry.organizations], faults=faults)
    _once(PEOPLE, [entry.id for entry in registry.people], faults=faults)
    _once(REFORMS, [entry.id for entry in registry.reforms], faults=faults)
    _once(SOURCES, [entry.id for entry in registry.sources], faults=faults)
    _once(SOURCES, [entry.url for entry in registry.sources], faults=faults)


def _once(file: str, ids: list[str], *, faults: IssueCollector) -> None:
    for one, times in Counter(ids).items():
        if times > 1:
            faults.add(file, one, f"this id occurs {times} times")
