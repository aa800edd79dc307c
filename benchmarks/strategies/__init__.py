"""Implementations of a list response: each module's `build` makes an application from a database URL."""
