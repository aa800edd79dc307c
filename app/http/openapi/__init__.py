"""The OpenAPI document: generation, write operations, examples."""
