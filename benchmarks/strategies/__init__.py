"""The ways to answer a list: each module's `build` makes an application from a database's address."""
