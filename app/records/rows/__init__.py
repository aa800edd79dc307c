"""Mapping of curated facts to rows, table by table. Pure functions."""
