"""`bench start`: time from the command to the first response, and memory of a worker after some work."""

import argparse
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

import httpx
import psutil

from benchmarks.exports import MIB
from benchmarks.goals import at_most, keep
from benchmarks.processes import BenchmarkError
from benchmarks.report import machine, save, say

COMMAND = "python3 run.py bench start"
GOAL_SECONDS = 3.0
GOAL_MIB = 120.0
GIVE_UP_SECONDS = 120
FIRST = "/v1/recommendations?limit=50"
WORK = (
    FIRST,
    *(f"/v1/recommendations?limit={limit}" for limit in range(1, 200, 4)),
    "/v1/summary",
    "/v1/search?q=patent",
    "/v1/events",
    "/v1/exports/recommendations.csv",
    "/openapi.json",
    "/",
)


def add_command(subjects: Any) -> None:
    parser = subjects.add_parser("start", help="seconds to the first response, and memory of a worker")
    parser.add_argument("--rounds", type=int, default=5, help="number of starts; default: 5")
    parser.set_defaults(measure=measure_start)


def measure_start(asked: argparse.Namespace) -> None:
    """Starts the service on an embedded database, once to create it, then to measure."""
    seconds: list[float] = []
    fresh: list[int] = []
    worked: list[int] = []
    with TemporaryDirectory(prefix="bench-") as folder:
        for number in range(asked.rounds + 1):
            say(f"start {number} of {asked.rounds}" if number else "creating the database")
            with _started(Path(folder)) as (process, base, taken):
                if number:
                    seconds.append(taken)
                    fresh.append(process.memory_info().rss)
                    for path in WORK:
                        httpx.get(base + path, timeout=60).raise_for_status()
                    worked.append(process.memory_info().rss)
    keep(
        "start",
        [
            at_most("from the command to the first answer, s", median(seconds), GOAL_SECONDS, COMMAND),
            at_most("memory of a worker after its first answer, MiB", median(fresh) / MIB, GOAL_MIB, COMMAND),
            at_most(
                f"memory of a worker after {len(WORK)} answers, most of them kept, MiB",
                median(worked) / MIB,
                GOAL_MIB,
                COMMAND,
            ),
        ],
    )
    save("start", report(seconds, fresh, worked))


@contextmanager
def _started(folder: Path) -> Iterator[tuple[psutil.Process, str, float]]:
    """Yields the service as the command starts it: process, address, and seconds until its first list response."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    base = f"http://127.0.0.1:{port}"
    command = [sys.executable, "-P", "-m", "app.cli", "serve", f"--port={port}", f"--data-dir={folder}"]
    with (folder / "log").open("w", encoding="utf-8") as log:
        begun = time.monotonic()
        with subprocess.Popen(command, stdout=log, stderr=log, env=dict(os.environ)) as process:
            try:
                while not _answers(base):
                    if process.poll() is not None or time.monotonic() - begun > GIVE_UP_SECONDS:
                        raise BenchmarkError(f"the service does not start: {(folder / 'log').read_text('utf-8')}")
                    time.sleep(0.01)
                yield psutil.Process(process.pid), base, time.monotonic() - begun
            finally:
                process.terminate()
                process.wait(60)


def _answers(base: str) -> bool:
    try:
        return httpx.get(base + FIRST, timeout=30).is_success
    except httpx.TransportError:
        return False


def report(seconds: list[float], fresh: list[int], worked: list[int]) -> str:
    """Returns the page that is committed."""
    lines = "".join(
        f"| {number} | {one:.2f} | {before / MIB:.0f} | {after / MIB:.0f} |\n"
        for number, (one, before, after) in enumerate(zip(seconds, fresh, worked, strict=True), start=1)
    )
    return f"""\
# A start, and the memory of a worker

Written by `{COMMAND}`. The database is the embedded one, made by a start before. Seconds are from
the command until a list has been answered, PostgreSQL's own start included. Memory is the resident set of the service's
process: after that answer, and after {len(WORK)} different ones, an export and a search among them, most of which are
then kept.

| start | seconds | MiB after the first answer | MiB after all |
| ---: | ---: | ---: | ---: |
{lines}
{machine()}.
"""
