"""Reading a cable: text in, frozen findings out; nothing else is needed and nothing is lost."""

from app.ingest.reading.document import read
from app.ingest.reading.findings import Classified, Finding, Unreadable

__all__ = ["Classified", "Finding", "Unreadable", "read"]
