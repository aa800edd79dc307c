"""Full-text search over all records with text."""
