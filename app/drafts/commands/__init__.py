"""Write operations of editing and follow-up, one module for each kind of record."""
