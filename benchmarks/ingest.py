"""`bench ingest`: time and memory to load cables from files into rows, with every check."""

import argparse
import time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

import psutil
import psycopg

from app.core.db import admin_engine
from app.core.migrations import upgrade
from app.ingest.pipeline import ingest
from benchmarks.database import cpu_seconds, empty_database, postgresql_version
from benchmarks.exports import MIB, peak
from benchmarks.goals import Goal, at_least, at_most, keep
from benchmarks.report import machine, save, say
from benchmarks.synthetic_data import MOST, write_cables

CABLES = (10, 40)
GOAL_PER_SECOND = 50.0
GOAL_KIB = 64.0
"""KiB per cable. Bounded memory grows with the number of cables by no more than the list of their names."""


class Run(NamedTuple):
    """The cost of one ingest."""

    cables: int
    recommendations: int
    seconds: float
    cpu: float
    added: int
    again: float


def add_command(subjects: Any) -> None:
    parser = subjects.add_parser("ingest", help="cables per second through the whole pipeline, and memory per cable")
    parser.add_argument("--cables", type=int, nargs=2, default=CABLES, help=f"two numbers of cables; default: {CABLES}")
    parser.set_defaults(measure=measure_ingest)


def measure_ingest(asked: argparse.Namespace) -> None:
    """Loads few cables and then more, each time into an empty database, and writes the table."""
    runs: list[Run] = []
    about = ""
    for number in asked.cables:
        with TemporaryDirectory(prefix="bench-") as folder, empty_database(say) as url:
            data = Path(folder) / "data"
            say(f"writing {number} cables")
            write_cables(data, min(number, MOST))
            upgrade(url)
            # In its own process, so that no memory of the run before is counted.
            with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as process:
                runs.append(process.submit(_run, url, data).result())
            about = f"{machine()}, PostgreSQL {postgresql_version(url)} on the same machine"
    command = "python3 run.py bench ingest"
    keep("ingest", goals(runs, command=command))
    save("ingest", report(runs, about, command=command))


def _run(url: str, data: Path) -> Run:
    engine = admin_engine(url)
    own = psutil.Process()
    before, spent = own.memory_info().rss, cpu_seconds(own)
    started = time.monotonic()
    with peak(own) as most:
        loaded = ingest(engine, data, say=say)
    seconds, cpu = time.monotonic() - started, cpu_seconds(own) - spent
    started = time.monotonic()
    ingest(engine, data, say=say)
    again = time.monotonic() - started
    engine.dispose()
    with psycopg.connect(url) as connection:
        counted = connection.execute("SELECT count(*) FROM cables").fetchone()
    held = int(counted[0]) if counted else 0
    return Run(held, loaded.recommendations, seconds, cpu, most[0] - before, again)


def _per_cable(runs: list[Run], what: str) -> float:
    """Returns the cost of one more cable."""
    few, many = runs[0], runs[-1]
    return float(getattr(many, what) - getattr(few, what)) / (many.cables - few.cables)


def goals(runs: list[Run], *, command: str) -> list[Goal]:
    rate = 1 / _per_cable(runs, "seconds")
    return [
        at_least("ingest, cables per second through the whole pipeline", rate, GOAL_PER_SECOND, command),
        at_most("ingest, memory for each further cable, KiB", _per_cable(runs, "added") / 1024, GOAL_KIB, command),
    ]


def report(runs: list[Run], about: str, *, command: str) -> str:
    """Returns the page that is committed."""
    lines = "".join(
        f"| {one.cables:,} | {one.recommendations:,} | {one.seconds:.1f} | {one.cables / one.seconds:.2f} "
        f"| {one.cpu:.1f} | {one.added / MIB:.0f} | {one.again:.1f} |\n"
        for one in runs
    )
    return f"""\
# Cables from files to rows

Written by `{command}`. Copies of the real cable, each with a reference of its own, its 34 paragraphs and 101
recommendations, go through reading, every check of the curated facts, and the load, in one transaction with every
trigger on. CPU is that of the process that reads, in seconds; memory is what its resident set had more at most. Again
is a second ingest of the same, in seconds, which changes nothing. One more cable takes
{_per_cable(runs, "seconds"):.2f} s and {_per_cable(runs, "added") / 1024:,.0f} KiB. They are read and loaded one
by one.

| cables | recommendations | seconds | cables/s | CPU | MiB added | again |
| ---: | ---: | ---: | ---: | ---: | ---: | ---: |
{lines}
{about}.
"""
