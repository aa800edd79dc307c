"""Exports of every list as a file: the same filters, all rows, one pass. Also changes and feeds."""
