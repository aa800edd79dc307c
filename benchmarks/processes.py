"""The processes of a run: servers that are measured, and the load generator that measures them."""

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
    """A measurement that would mean nothing; the message says why."""


@dataclass(frozen=True)
class Figure:
    """What one burst of requests cost. CPU in seconds per 1,000 requests."""

    requests_per_second: float
    server_cpu: float
    database_cpu: float
    failed: int = 0
    """Requests without the answer that was due: of another status, or cut off by the server."""


@dataclass(frozen=True)
class Server:
    """A strategy that is being served."""

    strategy: str
    port: int
    process: psutil.Process

    def fetch(self, path: str) -> bytes:
        answer = httpx.get(f"http://127.0.0.1:{self.port}{path}", timeout=60)
        if answer.status_code != httpx.codes.OK:
            raise BenchmarkError(f"{self.strategy} answers {answer.status_code}: {answer.text[:200]}")
        return answer.content


@contextmanager
def serving(strategy: str, source: str) -> Iterator[Server]:
    """A strategy in a process of its own, stopped afterwards."""
    command = [sys.executable, "-P", "-m", "benchmarks.serve", strategy, source]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            line = process.stdout.readline() if process.stdout else ""
            if not line:
                raise BenchmarkError(f"{strategy} does not start; its own words are above")
            yield Server(strategy, int(line), psutil.Process(process.pid))
        finally:
            process.terminate()
            try:
                process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()


@dataclass(frozen=True)
class Burst:
    """How hard to ask: bounded by count and by time, whichever ends first."""

    path: str
    connections: int
    requests: int
    seconds: float
    headers: tuple[str, ...] = ()
    status: int = 200


def measure(server: Server, burst: Burst, *, database_url: str) -> Figure:
    """The cost of one burst, of which the server and its database connections are the only ones busy."""
    command = [sys.executable, "-P", "-m", "benchmarks.load", str(server.port), burst.path]
    command += ["--connections", str(burst.connections), "--requests", str(burst.requests)]
    command += ["--seconds", str(burst.seconds), "--status", str(burst.status)]
    command += [f"--header={header}" for header in burst.headers]
    before, backends = cpu_seconds(server.process), backend_seconds(database_url)
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False, timeout=burst.seconds + 60)
    spent = cpu_seconds(server.process) - before
    worked = sum(after - backends.get(pid, 0.0) for pid, after in backend_seconds(database_url).items())
    if done.returncode:
        raise BenchmarkError(f"{server.strategy} failed under load; the generator's words are above")
    told = json.loads(done.stdout)
    thousands = told["requests"] / 1000
    return Figure(told["requests"] / told["seconds"], spent / thousands, worked / thousands, told["failed"])
