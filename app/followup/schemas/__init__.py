"""Schemas of follow-up."""
