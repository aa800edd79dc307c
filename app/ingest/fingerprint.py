"""Fingerprint of the data and of the loading code, to detect whether a load is needed."""

from hashlib import sha256
from pathlib import Path

from sqlalchemy import Engine, Select, select

from app import __version__
from app.models import Load

DATA = Path(__file__).resolve().parents[2] / "data"


def fingerprint_of(data: Path) -> str:
    """Returns the digest of the data files, the loading code and the release."""
    digest = sha256(__version__.encode())
    for folder, pattern in ((data, "*.yaml"), (data, "*.txt"), (Path(__file__).parent, "*.py")):
        for path in sorted(folder.rglob(pattern)):
            digest.update(f"{path.relative_to(folder)}\0".encode())
            digest.update(path.read_bytes())
    return digest.hexdigest()


def newest_load() -> Select[str]:
    """Select of the fingerprint of the newest load."""
    return select(Load.fingerprint).order_by(Load.id.desc()).limit(1)


def is_up_to_date(engine: Engine, data: Path = DATA) -> bool:
    """Returns true if the newest load has the current fingerprint."""
    with engine.connect() as connection:
        return connection.scalar(newest_load()) == fingerprint_of(data)
