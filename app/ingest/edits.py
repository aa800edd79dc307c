"""Overlay of edits made through the service on the curated files; an edited field takes precedence."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from pydantic import ValidationError
from sqlalchemy import Connection, Row, select, update

from app.core.validation_messages import setting_message
from app.models import RecordEdit
from app.records.anchors import Anchored, QuoteNotFound
from app.records.curated_cable import CuratedCable
from app.records.errors import CurationError, ValidationIssue
from app.records.registry import Registry
from app.records.schemas.cables import Curated
from app.records.schemas.reforms import EventEntry
from app.records.types import CABLE_COLLECTIONS, RECORD_TYPES
from app.records.writer import content_of, entry_of
from app.records.yaml_files import described
from app.vocabulary import Editable

Content = Mapping[str, Any]
UNCHANGED = "edits made through the service"
"""Name of the source in errors about edits, in place of a file."""


@dataclass
class EditMerger:
    """Edits, applied to one cable at a time."""

    connection: Connection
    edits: dict[str, dict[tuple[str, str], Row[Any]]] = field(default_factory=dict)
    """By cable or reform, then by collection and id."""
    differences: list[str] = field(default_factory=list)
    """Changes in the files that an edit overrides."""
    faults: list[ValidationIssue] = field(default_factory=list)
    _events: list[EventEntry] = field(default_factory=list)
    """Events with edits applied."""
    _cited: set[str] = field(default_factory=set)
    """Cables that these events rest on, and that are not loaded yet."""

    def __post_init__(self) -> None:
        for edit in self.connection.execute(select(RecordEdit).order_by(RecordEdit.collection, RecordEdit.record_id)):
            of_home = self.edits.setdefault(edit.record_id.rpartition("-")[0], {})
            of_home[edit.collection, edit.record_id] = edit

    def over_events(self, registry: Registry) -> Registry:
        """Applies the edits of events to the registry, including new events."""
        entries = {event.id: event for event in registry.events}
        for home in list(self.edits):
            edits = self.edits[home]
            if all(of == Editable.EVENTS for of, _ in edits):
                self._lay(self.edits.pop(home), Editable.EVENTS, entries)
        self._events = list(entries.values())
        self._cited = {event.cable for event in self._events if event.cable is not None and not event.withdrawn}
        return replace(registry, events=self._events)

    def over(self, cable: CuratedCable) -> CuratedCable:
        """Applies the edits of a cable's records, including new records."""
        self._cited.discard(cable.id)
        edits = self.edits.pop(cable.id, {})
        events = [event for event in self._events if event.cable == cable.id]
        if not edits and events == cable.events:
            return cable
        anchors = dict(cable.anchors)
        for event in cable.events:
            anchors.pop(f"{event.id}:quote", None)
        for event in events:
            self._anchor(cable, event, anchors)
        changed: dict[str, Any] = {}
        for collection in CABLE_COLLECTIONS:
            entries = {entry.id: entry for entry in getattr(cable, collection.value)}
            for entry in self._lay(edits, collection, entries):
                self._anchor(cable, entry, anchors)
            changed[collection.value] = list(entries.values())
        return replace(cable, anchors=anchors, events=events, **changed)

    def finish(self) -> None:
        """Raises `CurationError` if an edit does not fit any more; each error names the edit."""
        for of_home in self.edits.values():
            for collection, record_id in of_home:
                self._fault(record_id, f"{collection}: the cable of this record is not in the data folder")
        for event in self._events:
            if event.cable in self._cited:
                self._fault(event.id, f"cable: {event.cable} is not in the data folder")
        if self.faults:
            raise CurationError(self.faults)

    def _lay(
        self, edits: Mapping[tuple[str, str], Row[Any]], collection: Editable, entries: dict[str, Any]
    ) -> list[Any]:
        """Applies the edits of a collection to its entries. Returns the edited entries."""
        found = []
        for (of, record_id), edit in edits.items():
            if of == collection:
                entry = self._edited(edit, entries.get(record_id), RECORD_TYPES[collection].schema)
                if entry is not None:
                    entries[record_id] = entry
                    found.append(entry)
        return found

    def _edited(self, edit: Row[Any], entry: Any, shape: type[Curated]) -> Any:
        if entry is None and not edit.made:
            self.differences.append(f"{edit.collection}/{edit.record_id}: the files no longer contain the record")
            return None
        curated = content_of(entry) if entry is not None else {}
        if entry is not None:
            self._compare(edit, curated)
        try:
            return entry_of(shape, {**curated, **edit.fields})
        except ValidationError as error:
            fault = error.errors()[0]
            self._fault(edit.record_id, f"{'.'.join(str(part) for part in fault['loc'])}: {setting_message(fault)}")
            return None

    def _compare(self, edit: Row[Any], curated: Content) -> None:
        """Reports fields that changed in the files since the edit.

        For an exported new record, the edit itself is the base.
        """
        base = edit.fields if edit.made else edit.base
        now = {
            name: curated.get(name)
            for name, before in base.items()
            if curated.get(name) not in (before, edit.fields.get(name))
        }
        for name, value in now.items():
            current, before = described(edit.fields.get(name)), described(base[name])
            self.differences.append(
                f"{edit.collection}/{edit.record_id}: {name}: the files changed from {before} to {described(value)}; "
                f"the published value {current} does not change"
            )
        if now != edit.curated:
            where = (RecordEdit.collection == edit.collection) & (RecordEdit.record_id == edit.record_id)
            self.connection.execute(update(RecordEdit).where(where).values(curated=now))

    def _anchor(self, cable: CuratedCable, entry: Any, anchors: dict[str, Anchored]) -> None:
        for name in [name for name in anchors if name.startswith(f"{entry.id}:")]:
            del anchors[name]
        try:
            anchors |= cable.cable_text.anchors_of(entry)
        except QuoteNotFound as missing:
            self._fault(entry.id, str(missing))

    def _fault(self, record_id: str, message: str) -> None:
        self.faults.append(ValidationIssue(UNCHANGED, 1, record_id, message))
