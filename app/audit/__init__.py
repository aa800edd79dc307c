"""The audit trail: how an entry gets into it, how its end is noted, and how it is looked through."""
