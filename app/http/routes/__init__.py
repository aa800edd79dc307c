"""Routes of the service itself: health, metrics, well-known files."""
