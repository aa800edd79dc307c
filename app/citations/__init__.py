"""Citations of all records: as a line for a memo, as CSL-JSON, as BibTeX."""
