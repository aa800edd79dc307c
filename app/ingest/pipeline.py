"""Ingestion pipeline: reads, validates and loads the registry and one cable at a time, in one transaction."""

from collections import ChainMap
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Engine

from app.audit.trail import OsUser
from app.ingest.cable_files import read_curated
from app.ingest.fingerprint import DATA, fingerprint_of
from app.ingest.load import Loaded, load
from app.ingest.refusals import record_refusals
from app.records.curated_cable import CuratedCable
from app.records.errors import CurationError, IssueCollector
from app.records.event_validation import check_timelines
from app.records.registry import Registry, read_registry


@dataclass(frozen=True)
class Curated:
    """Validated contents of the data folder."""

    registry: Registry
    cables: list[CuratedCable]


def cable_ids(data: Path) -> list[str]:
    """Returns the ids of the cables in the data folder, sorted."""
    return sorted(folder.name for folder in (data / "sources").iterdir() if folder.is_dir())


def read_cables(
    data: Path, registry: Registry, *, faults: IssueCollector, say: Callable[[str], None] = lambda _: None
) -> Iterator[CuratedCable]:
    """Reads and validates one cable at a time, so that only one is in memory.

    After the last cable, raises one `CurationError` with all errors of all files. After the first error, yields no
    cables.
    """
    named = {one.recommendation for event in registry.events for one in event.outcome_of}
    asks: set[str] = set()
    folders = cable_ids(data)
    whole = 0
    for place, cable_id in enumerate(folders, start=1):
        say(f"reading {cable_id}, {place} of {len(folders)}")
        # The lines of a cable's records are needed only while it is read.
        own = IssueCollector(faults.found, ChainMap({}, faults.lines))
        cable = read_curated(data, cable_id, registry=registry, faults=own)
        faults.documents += own.documents
        if cable is not None:
            whole += 1
            asks |= named.intersection(ask.id for ask in cable.recommendations)
            if not faults.found:
                yield cable
    if whole == len(folders):
        check_timelines(registry, asks=asks, faults=faults)
    if faults.found:
        raise CurationError(sorted(faults.found), faults.documents)


def check(data: Path = DATA, *, say: Callable[[str], None] = lambda _: None) -> Curated:
    """Reads and validates the whole data folder; raises one `CurationError` with all errors."""
    registry, faults = _registry(data)
    return Curated(registry, list(read_cables(data, registry, faults=faults, say=say)))


def ingest(engine: Engine, data: Path = DATA, *, say: Callable[[str], None] = lambda _: None) -> Loaded:
    """Validates and loads the data folder in one transaction; a repeated run changes nothing."""
    try:
        registry, faults = _registry(data)
        cables = read_cables(data, registry, faults=faults, say=say)
        return load(engine, registry, cables, fingerprint=fingerprint_of(data))
    except CurationError as refused:
        if refused.documents:
            record_refusals(engine, refused.documents, by=OsUser.here())
        raise


def _registry(data: Path) -> tuple[Registry, IssueCollector]:
    faults = IssueCollector()
    registry = read_registry(data, faults=faults)
    if registry is None:
        raise CurationError(sorted(faults.found), faults.documents)
    return registry, faults
