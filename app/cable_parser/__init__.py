"""Cable parser: turns text into an immutable parse result without loss, and needs no other input."""

from app.cable_parser.model import Classified, ParsedCable, Unreadable
from app.cable_parser.parser import parse_cable

__all__ = ["Classified", "ParsedCable", "Unreadable", "parse_cable"]
