"""Request and response schemas of editing and follow-up, one module for each kind of record."""
