"""Export formats: tables for files, feeds for feed readers."""
