"""Recommendations, and the words that filter them: targets, topics, bodies."""
