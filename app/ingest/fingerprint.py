"""Whether there is anything to load: the digest of the data and of the code that makes rows of it."""

from hashlib import sha256
from pathlib import Path

from sqlalchemy import Engine, Select, select

from app import __version__
from app.models import Load

DATA = Path(__file__).resolve().parents[2] / "data"


def fingerprint_of(data: Path) -> str:
    """Digest of the data folder's files and of the code that makes rows of them."""
    digest = sha256(__version__.encode())
    for folder, pattern in ((data, "*.yaml"), (data, "*.txt"), (Path(__file__).parent, "*.py")):
        for path in sorted(folder.rglob(pattern)):
            digest.update(f"{path.relative_to(folder)}\0".encode())
            digest.update(path.read_bytes())
    return digest.hexdigest()


def newest_load() -> Select[str]:
    """The fingerprint of the newest load."""
    return select(Load.fingerprint).order_by(Load.id.desc()).limit(1)


def is_up_to_date(engine: Engine, data: Path = DATA) -> bool:
    """Whether what the data folder holds is what is loaded."""
    with engine.connect() as connection:
        return connection.scalar(newest_load()) == fingerprint_of(data)
