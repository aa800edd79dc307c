"""Cable parser: turns text into an immutable parse result without loss, and needs no other input."""

from app.ingest.reading.document import read
from app.ingest.reading.findings import Classified, Finding, Unreadable

__all__ = ["Classified", "Finding", "Unreadable", "read"]
