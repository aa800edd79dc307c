"""Static files of the pages. The path of each contains its digest, so that browsers can cache it for good."""

from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

FILES = Path(__file__).parent / "files"
MEDIA_TYPES = {
    ".js": "text/javascript",
    ".css": "text/css",
    ".svg": "image/svg+xml",
    ".txt": "text/plain",
    "": "text/plain",
}
"""Media types by suffix; third-party license texts have none. Files with another suffix are not served."""


class Asset(NamedTuple):
    """Static file. Its address is relative to the root of the service."""

    body: bytes
    media_type: str
    digest: str
    address: str


def _read(file: Path) -> Asset:
    body = file.read_bytes()
    digest = sha256(body).hexdigest()
    return Asset(body, MEDIA_TYPES[file.suffix], digest, f"assets/{digest[:16]}/{file.name}")


ASSETS = {
    file.relative_to(FILES).as_posix(): _read(file)
    for file in sorted(FILES.rglob("*"))
    if file.is_file() and file.suffix in MEDIA_TYPES
}
"""Assets by path below `files/`."""
BY_ADDRESS = {asset.address: asset for asset in ASSETS.values()}
