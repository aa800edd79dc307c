"""Fault injection: behaviour of the service when a client, or something below it, fails; `python3 run.py chaos`."""
