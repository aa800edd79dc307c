"""Select expressions that several rooms share."""
