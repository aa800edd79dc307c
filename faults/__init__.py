"""What the service does when something under it, or a client, fails: `python3 run.py faults`."""
