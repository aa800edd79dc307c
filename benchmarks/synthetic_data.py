"""Data folders with many cables: the real one, and copies of it under their own reference numbers."""

import hashlib
import shutil
from pathlib import Path

from app.ingest.fingerprint import DATA
from benchmarks.synthetic import CABLE

SERIAL = "7192"
FIRST = 1_000
MOST = 6_000
"""A copy's serial has as many digits as the real one, so all positions in the text stay; none is the real serial."""


def write_cables(data: Path, number: int) -> None:
    """Writes a data folder with the register's people, laws and events, and `number` cables, the real one last."""
    if not 1 <= number <= MOST:
        raise ValueError(f"from 1 to {MOST} cables")
    shutil.copytree(DATA, data)
    for serial in range(FIRST, FIRST + number - 1):
        _copy(data, str(serial))


def _copy(data: Path, serial: str) -> None:
    other = CABLE.replace(SERIAL, serial)
    for kind in ("sources", "curated"):
        (data / kind / other).mkdir()
        for file in (data / kind / CABLE).iterdir():
            content = file.read_bytes().replace(SERIAL.encode(), serial.encode())
            content = content.replace(b"id: beijing-2007", f"id: beijing-2007-{serial}".encode())
            (data / kind / other / file.name).write_bytes(content)
    manifest = data / "sources" / other / "manifest.yaml"
    reviewed = (data / "sources" / CABLE / "manifest.yaml").read_text(encoding="utf-8")
    old, new = (
        hashlib.sha256((data / "sources" / one / "cable.txt").read_bytes()).hexdigest() for one in (CABLE, other)
    )
    # The digits of the serial alone may also be part of the digest.
    manifest.write_text(reviewed.replace(old, new).replace(CABLE, other), encoding="utf-8")
