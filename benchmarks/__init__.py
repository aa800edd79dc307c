"""Benchmarks of `python3 run.py bench`: each figure is a ratio to a baseline of the same run."""
