"""Ingestion of cables and curated facts into the database: parse, validate, load."""
