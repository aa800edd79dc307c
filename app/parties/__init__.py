"""People and organizations: participants, proposers and addressees."""
