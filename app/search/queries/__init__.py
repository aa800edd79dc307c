"""Selects over search entries: the hits of typed words, and what to suggest for words that have none."""

from app.search.queries.hits import find_hits

__all__ = ["find_hits"]
