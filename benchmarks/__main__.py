"""Command `python3 run.py bench`: one subcommand for each part. Without one, it runs all parts in short rounds."""

import argparse
import signal
import subprocess
import sys

import httpx

from benchmarks import comparison, exports, goals, growth, ingest, lists, reads, start, walk
from benchmarks.processes import BenchmarkError

PARTS = (reads, comparison, growth, exports, ingest, start, lists, walk)
STANDARD = (
    ("start", "--rounds=3"),
    ("reads", "--rounds=3", "--seconds=1"),
    ("peers", "--rounds=3", "--seconds=1.5"),
    ("ingest",),
    ("growth",),
    ("exports",),
)
"""Parts that run without a subcommand, in about ten minutes. `lists` compares implementations of one response, `walk`
counts calls."""


def main(words: list[str]) -> int:
    parser = argparse.ArgumentParser(
        prog="run.py bench",
        description="Run benchmarks and compare each figure with a baseline or a goal. Without a part: "
        f"{', '.join(words[0] for words in STANDARD)}, in about ten minutes.",
    )
    subjects = parser.add_subparsers(dest="subject", metavar="WORD")
    for part in PARTS:
        part.add_command(subjects)
    asked = [parser.parse_args(words)] if words else [parser.parse_args(one) for one in STANDARD]
    # SIGTERM raises as Ctrl-C does, so that every server and database is stopped.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    failed = [one.subject for one in asked if not _measured(one)]
    if not words:
        print(goals.table())
    return 1 if failed else 0


def _measured(asked: argparse.Namespace) -> bool:
    try:
        asked.measure(asked)
    except (BenchmarkError, httpx.HTTPError, subprocess.TimeoutExpired) as error:
        print(f"bench {asked.subject}: {error}", file=sys.stderr)
        return False
    return True


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        print("bench: stopped", file=sys.stderr)
        sys.exit(130)
