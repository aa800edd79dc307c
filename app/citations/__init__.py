"""How to cite any record: as a line for a memo, as CSL-JSON, as BibTeX."""
