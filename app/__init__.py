"""A citable register of what policy roundtables asked for, read from diplomatic cables."""

__version__ = "0.1.0"
