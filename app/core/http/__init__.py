"""The door: everything that speaks HTTP and is the same for every route."""
