"""SVG primitives: canvas, scale, marks."""
