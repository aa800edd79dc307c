"""What the service is made of, and what is known of it: the tools of the lock `supply`, told where to look."""
