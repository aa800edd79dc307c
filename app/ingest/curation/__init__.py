"""Reviewed facts: YAML in, checked records with exact places out; every fault named at once."""
