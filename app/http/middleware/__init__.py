"""ASGI middleware. `main.middleware_of` lists it in its order."""
