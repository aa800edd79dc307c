"""Facets: targets, topics and bodies, with counts."""
