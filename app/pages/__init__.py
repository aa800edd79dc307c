"""HTML pages: the landing page, the API documentation, and the problem types. They load nothing from other hosts."""
