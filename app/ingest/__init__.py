"""From a stored copy of a cable and reviewed facts to rows: source, reading, curation, load."""
