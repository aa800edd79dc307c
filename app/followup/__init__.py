"""Actions about recommendations, and the reports of what was done on them."""
