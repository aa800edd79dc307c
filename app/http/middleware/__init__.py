"""ASGI middleware. The order, outermost first: connection, access_log, response_cache, request_context, FastAPI."""
