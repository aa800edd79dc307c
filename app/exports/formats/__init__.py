"""The forms of what is exported: tables for files, feeds for readers of news."""
