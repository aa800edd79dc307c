"""Authentication and authorization of callers, and API keys."""
