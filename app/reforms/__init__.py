"""Legislative reform: where each law stood, stands, and was expected to stand."""
