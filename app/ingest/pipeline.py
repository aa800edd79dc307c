"""From files to rows, on one screen: registry and cables read and checked, then loaded as one transaction."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Engine

from app.ingest.curation.cable import CuratedCable, read_curated
from app.ingest.curation.registry import Registry, read_registry
from app.ingest.curation.timelines import check_timelines
from app.ingest.faults import Faults, Refused
from app.ingest.fingerprint import DATA, fingerprint_of
from app.ingest.load import Loaded, load


@dataclass(frozen=True)
class Curated:
    """Everything that the data folder holds, checked."""

    registry: Registry
    cables: list[CuratedCable]


def cable_ids(data: Path) -> list[str]:
    """The cables that the data folder has, in the order of their ids."""
    return sorted(folder.name for folder in (data / "sources").iterdir() if folder.is_dir())


def check(data: Path = DATA, *, say: Callable[[str], None] = lambda _: None) -> Curated:
    """Reads everything; every fault of every file ends in one Refused."""
    faults = Faults()
    registry = read_registry(data, faults=faults)
    cables = []
    for cable_id in cable_ids(data):
        say(f"reading {cable_id}")
        if registry is not None:
            cable = read_curated(data, cable_id, registry=registry, faults=faults)
            cables.append(cable)
    whole = [cable for cable in cables if cable is not None]
    if registry is not None and len(whole) == len(cables):
        asks = {ask.id for cable in whole for ask in cable.recommendations}
        check_timelines(registry, asks=asks, faults=faults)
    if faults.found or registry is None:
        raise Refused(sorted(faults.found))
    return Curated(registry, whole)


def ingest(engine: Engine, data: Path = DATA, *, say: Callable[[str], None] = lambda _: None) -> Loaded:
    """Reads, checks and loads everything; a second time it changes nothing."""
    curated = check(data, say=say)
    say("loading")
    return load(engine, curated.registry, curated.cables, fingerprint=fingerprint_of(data))
