"""ASGI middleware, outermost first: see `app.main`."""
