"""Every list as a file: the same filters, every row, one pass."""
