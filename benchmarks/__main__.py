"""The command `python3 run.py bench`: one word for each thing that is measured; without a word, `lists`."""

import argparse
import signal
import sys

from benchmarks import exports, growth, lists, peers, reads
from benchmarks.processes import BenchmarkError


def main(words: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="run.py bench", description="Measure; each figure stands beside a baseline.")
    subjects = parser.add_subparsers(dest="subject", required=True, metavar="WORD")
    lists.add_command(subjects)
    exports.add_command(subjects)
    reads.add_command(subjects)
    peers.add_command(subjects)
    growth.add_command(subjects)
    asked = parser.parse_args(words if words and not _is_option(words[0]) else ["lists", *words])
    # SIGTERM unwinds as Ctrl-C does, so that no server and no database is left running.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        asked.measure(asked)
    except BenchmarkError as error:
        print(f"bench: {error}", file=sys.stderr)
        return 1
    return 0


def _is_option(word: str) -> bool:
    return word.startswith("-") and word not in {"-h", "--help"}


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        print("bench: stopped", file=sys.stderr)
        sys.exit(130)
