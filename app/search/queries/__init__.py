"""Selects over search entries: hits of a query, and spelling suggestions for words without a hit."""

from app.search.queries.hits import find_hits

__all__ = ["find_hits"]
