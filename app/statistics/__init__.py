"""Statistics: quotable figures, each with its speaker and exact words."""
