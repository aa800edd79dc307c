"""Selects over recommendations: one, many, counts, and what to keep of one."""

from app.recommendations.queries.recommendations import (
    content_of,
    find_recommendations,
    get_recommendation,
    listed,
)
from app.recommendations.queries.summary import get_summary

__all__ = ["content_of", "find_recommendations", "get_recommendation", "get_summary", "listed"]
