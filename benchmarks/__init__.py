"""What `python3 run.py bench` measures: each figure is a ratio to a baseline of the same run."""
