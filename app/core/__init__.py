"""What any HTTP service over PostgreSQL needs; it knows no cable."""
