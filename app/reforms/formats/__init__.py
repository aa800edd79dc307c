"""Pictures of reforms: pure functions from what is answered to a complete SVG document."""

from app.reforms.formats.lanes import draw_reforms
from app.reforms.formats.single import draw_reform

__all__ = ["draw_reform", "draw_reforms"]
