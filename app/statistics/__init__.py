"""Statistics: the figures that a reader would quote, each with who said it and in what words."""
