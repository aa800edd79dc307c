"""Competing services on the same data: Django REST Framework on gunicorn, and Datasette on an SQLite copy."""

import json
import os
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import psutil

from benchmarks.processes import STOP_SECONDS, BenchmarkError, Server

START_SECONDS = 60
THREADS = 8
"""As many as the load has connections. The sync worker of gunicorn closes a connection after each response."""


@contextmanager
def serving_django(url: str, *, path: str) -> Iterator[Server]:
    """Serves the Django application with one gunicorn worker."""
    port = _free_port()
    command = ["-m", "gunicorn", "benchmarks.strategies.django_rest:application", f"--bind=127.0.0.1:{port}"]
    command += ["--workers=1", "--worker-class=gthread", f"--threads={THREADS}", "--keep-alive=75", "--log-level=error"]
    with _running("django", command, port=port, path=path, BENCH_DATABASE_URL=url) as server:
        workers = server.process.children()
        if len(workers) != 1:
            raise BenchmarkError(f"gunicorn has {len(workers)} workers instead of one")
        yield Server(server.strategy, port, workers[0])


@contextmanager
def serving_datasette(page: bytes, folder: Path, *, path: str) -> Iterator[Server]:
    """Serves Datasette on a table with the records of a page, lists stored as JSON."""
    file = folder / "register.db"
    copy(json.loads(page)["items"], file)
    port = _free_port()
    command = ["-m", "datasette", "serve", "--immutable", str(file), "--host=127.0.0.1", f"--port={port}"]
    with _running("datasette", command, port=port, path=path) as server:
        yield server


def copy(records: list[dict[str, Any]], file: Path) -> None:
    """Writes the records to an SQLite table with a column for each field. Lists and objects are stored as JSON text."""
    names = list(records[0])
    with sqlite3.connect(file) as connection:
        columns = ", ".join(f"{name} TEXT" + (" PRIMARY KEY" if name == "id" else "") for name in names)
        connection.execute(f"CREATE TABLE recommendations ({columns})")
        marks = ", ".join("?" * len(names))
        rows = [[_cell(record[name]) for name in names] for record in records]
        connection.executemany(f"INSERT INTO recommendations VALUES ({marks})", rows)  # noqa: S608 - marks only
    connection.close()


def json_columns(page: bytes) -> list[str]:
    """Returns the fields that are lists or objects."""
    records = json.loads(page)["items"]
    return [name for name in records[0] if any(isinstance(one[name], list | dict) for one in records)]


def _cell(value: Any) -> Any:
    return json.dumps(value) if isinstance(value, list | dict) else value


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
    return port


@contextmanager
def _running(name: str, words: list[str], *, port: int, path: str, **variables: str) -> Iterator[Server]:
    """Yields a program once it responds, and stops it afterwards."""
    environment = {**os.environ, **variables}
    with subprocess.Popen([sys.executable, "-P", *words], env=environment, stdout=subprocess.DEVNULL) as process:
        try:
            server = Server(name, port, psutil.Process(process.pid))
            _wait_for(server, process, path)
            yield server
        finally:
            process.terminate()
            try:
                process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()


def _wait_for(server: Server, process: "subprocess.Popen[bytes]", path: str) -> None:
    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            server.fetch(path)
        except httpx.TransportError as error:
            if process.poll() is not None or time.monotonic() > deadline:
                raise BenchmarkError(f"{server.strategy} does not start: see its output above") from error
            time.sleep(0.1)
        else:
            return
