"""Curated facts: validates YAML files, anchors their quotes, and reports all validation errors at once."""
