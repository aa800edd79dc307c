"""Records: what one is, how it is validated, and how it is written to the tables."""
