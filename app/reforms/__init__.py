"""Legislative reform: past, present and expected stages of each law."""
