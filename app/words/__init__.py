"""The words that filter: targets, topics, bodies."""
