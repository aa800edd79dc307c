"""Roundtables and their panels."""
