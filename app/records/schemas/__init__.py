"""Schemas of curated records, as the YAML files and drafts have them."""
