"""HTTP layer: middleware, routing and errors that are the same for every route."""
