"""SVG drawings of reforms: pure functions from a response to a complete SVG document."""

from app.reforms.formats.overview import draw_reforms
from app.reforms.formats.timeline import draw_reform

__all__ = ["draw_reform", "draw_reforms"]
