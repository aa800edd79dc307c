"""Building blocks for any HTTP service over PostgreSQL; independent of cables."""
