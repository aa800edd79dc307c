"""Cables: header, paragraphs, source, damage."""
