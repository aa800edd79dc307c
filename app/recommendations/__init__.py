"""Recommendations, and the enum values that filter them: targets, topics, bodies."""
