"""From files to rows, on one screen: registry and cables read and checked, then loaded as one transaction."""

from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from sqlalchemy import Engine

from app import __version__
from app.ingest.curation.cable import CuratedCable, read_curated
from app.ingest.curation.files import Fault, Faults
from app.ingest.curation.registry import Registry, read_registry
from app.ingest.curation.timelines import check_timelines
from app.ingest.load import Loaded, is_loaded, load

DATA = Path(__file__).resolve().parents[2] / "data"


class Refused(Exception):
    """The curated files have faults; nothing was loaded."""

    def __init__(self, faults: list[Fault]) -> None:
        super().__init__("\n".join(str(fault) for fault in faults))
        self.faults = faults


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


def fingerprint_of(data: Path) -> str:
    """Digest of the data folder's files and of the code that makes rows of them."""
    digest = sha256(__version__.encode())
    for folder, pattern in ((data, "*.yaml"), (data, "*.txt"), (Path(__file__).parent, "*.py")):
        for path in sorted(folder.rglob(pattern)):
            digest.update(f"{path.relative_to(folder)}\0".encode())
            digest.update(path.read_bytes())
    return digest.hexdigest()


def is_up_to_date(engine: Engine, data: Path = DATA) -> bool:
    """Whether what the data folder holds is what is loaded."""
    return is_loaded(engine, fingerprint_of(data))
