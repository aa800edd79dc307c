"""`bench exports`: memory that an export of many rows adds to the service, and its speed."""

import argparse
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import psutil

from benchmarks.database import loaded_database, postgresql_version
from benchmarks.goals import at_most, keep
from benchmarks.processes import Server, serving
from benchmarks.report import machine, save, say
from benchmarks.synthetic import multiply

COMMAND = "python3 run.py bench exports"
EXPORTS = ("recommendations.csv", "recommendations.jsonl")
GOAL_MIB = 64
SAMPLE_SECONDS = 0.02
MIB = 2**20


def add_command(subjects: Any) -> None:
    parser = subjects.add_parser("exports", help="memory and speed of exports of 100,000 rows")
    parser.add_argument(
        "--times", type=int, default=1_000, help="number of copies of the real recommendations; default: 1,000"
    )
    parser.set_defaults(measure=measure_exports)


def measure_exports(asked: argparse.Namespace) -> None:
    """Exports everything in each format, after a small export as warm-up, and writes the table."""
    with loaded_database(say) as url:
        say("copying rows")
        rows = multiply(url, asked.times)
        with serving("roundtable", url) as server:
            for name in EXPORTS:
                _export(server, f"{name}?panel=1&paragraph=3")
            measured = [_measured(server, name, rows) for name in EXPORTS]
            lines = [line for line, _ in measured]
        about = f"{machine()}, PostgreSQL {postgresql_version(url)} on the same machine"
    titles = (f"export of {rows:,} rows as {name.rpartition('.')[2]}, MiB added" for name in EXPORTS)
    added = (most for _, most in measured)
    keep("exports", [at_most(title, most, GOAL_MIB, COMMAND) for title, most in zip(titles, added, strict=True)])
    text = f"""\
# Exports of {rows:,} recommendations

Written by `{COMMAND}`. Memory is the resident set of the service's one worker, sampled every
{SAMPLE_SECONDS * 1000:g} ms; before is after a small export of the same form. The goal is at most {GOAL_MIB} MiB more.

| export | MB | seconds | rows/s | MiB before | MiB at most | MiB added |
| --- | ---: | ---: | ---: | ---: | ---: | ---: |
{"".join(lines)}
{about}.
"""
    save("exports", text)


def _measured(server: Server, name: str, rows: int) -> tuple[str, float]:
    """Returns a row of the table, and the memory added in MiB."""
    say(f"exporting {name}")
    before = server.process.memory_info().rss
    started = time.monotonic()
    with peak(server.process) as most:
        size = _export(server, name)
    seconds = time.monotonic() - started
    cells = [name, f"{size / 1e6:.0f}", f"{seconds:.1f}", f"{rows / seconds:,.0f}"]
    cells += [f"{one / MIB:.0f}" for one in (before, most[0], most[0] - before)]
    return f"| {' | '.join(cells)} |\n", (most[0] - before) / MIB


def _export(server: Server, name: str) -> int:
    """Reads an export to its end without storing it. Returns its size in bytes."""
    size = 0
    with httpx.stream("GET", f"http://127.0.0.1:{server.port}/v1/exports/{name}", timeout=600) as answer:
        answer.raise_for_status()
        for part in answer.iter_raw():
            size += len(part)
    return size


@contextmanager
def peak(process: psutil.Process) -> Iterator[list[int]]:
    """Yields a list with one item, the largest resident set size while the block runs."""
    most = [process.memory_info().rss]
    done = threading.Event()

    def sample() -> None:
        while not done.wait(SAMPLE_SECONDS):
            most[0] = max(most[0], process.memory_info().rss)

    sampler = threading.Thread(target=sample)
    sampler.start()
    try:
        yield most
    finally:
        done.set()
        sampler.join()
