"""Processes of a run: the measured servers, and the load generator that measures them."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import httpx
import psutil

from benchmarks.database import backend_seconds, cpu_seconds

STOP_SECONDS = 15


class BenchmarkError(Exception):
    """A measurement is invalid. The message gives the reason."""


@dataclass(frozen=True)
class Figure:
    """The cost of one burst of requests. CPU in seconds per 1,000 requests."""

    requests_per_second: float
    server_cpu: float
    database_cpu: float
    failed: int = 0
    """Requests without the expected response: another status, or closed by the server."""


@dataclass(frozen=True)
class Server:
    """A strategy that is served."""

    strategy: str
    port: int
    process: psutil.Process

    def fetch(self, path: str) -> bytes:
        answer = httpx.get(f"http://127.0.0.1:{self.port}{path}", timeout=60)
        if answer.status_code != httpx.codes.OK:
            raise BenchmarkError(f"{self.strategy} returned {answer.status_code}: {answer.text[:200]}")
        return answer.content


@contextmanager
def serving(strategy: str, source: str) -> Iterator[Server]:
    """Serves a strategy in its own process, and stops it afterwards."""
    command = [sys.executable, "-P", "-m", "benchmarks.serve", strategy, source]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            line = process.stdout.readline() if process.stdout else ""
            if not line:
                raise BenchmarkError(f"{strategy} does not start: see its output above")
            yield Server(strategy, int(line), psutil.Process(process.pid))
        finally:
            process.terminate()
            try:
                process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()


@dataclass(frozen=True)
class Burst:
    """Bounds of a burst, by count and by time: the first one reached ends it."""

    path: str
    connections: int
    requests: int
    seconds: float
    headers: tuple[str, ...] = ()
    status: int = 200


def measure(server: Server, burst: Burst, *, database_url: str) -> Figure:
    """Returns the cost of one burst. Only the server and its database connections may be busy meanwhile."""
    command = [sys.executable, "-P", "-m", "benchmarks.load", str(server.port), burst.path]
    command += ["--connections", str(burst.connections), "--requests", str(burst.requests)]
    command += ["--seconds", str(burst.seconds), "--status", str(burst.status)]
    command += [f"--header={header}" for header in burst.headers]
    before, backends = cpu_seconds(server.process), backend_seconds(database_url)
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False, timeout=burst.seconds + 60)
    spent = cpu_seconds(server.process) - before
    worked = sum(after - backends.get(pid, 0.0) for pid, after in backend_seconds(database_url).items())
    if done.returncode:
        raise BenchmarkError(f"{server.strategy} failed under load: see the output of the load generator above")
    report = json.loads(done.stdout)
    thousands = report["requests"] / 1000
    return Figure(report["requests"] / report["seconds"], spent / thousands, worked / thousands, report["failed"])
