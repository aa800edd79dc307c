"""People and organizations: who took part, who asks, who is asked."""
