"""Audit trail: entries in a hash chain, checkpoints, and verification."""
