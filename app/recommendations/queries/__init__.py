"""Selects over recommendations: one, many, counts, and the content of a version snapshot."""

from app.recommendations.queries.recommendations import content_of, find_recommendations, get_recommendation, listed
from app.recommendations.queries.summary import get_summary

__all__ = ["content_of", "find_recommendations", "get_recommendation", "get_summary", "listed"]
