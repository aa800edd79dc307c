"""Cable parser: turns text into an immutable parse result without loss, and needs no other input."""

from app.cable_parser.model import Classified, Finding, Unreadable
from app.cable_parser.parser import read

__all__ = ["Classified", "Finding", "Unreadable", "read"]
