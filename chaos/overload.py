"""Load at a fixed rate, in its own process: clients do not slow down when responses come late."""

import asyncio
import json
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from datetime import date, timedelta
from itertools import count
from statistics import quantiles
from typing import Any

import httptools
import uvloop

from chaos.service import ROOT

OK = 200
REFUSED = 503
FIRST_DAY = date(1900, 1, 1)
DAYS = 30_000
"""Number of days, all before the first change in the register: a list since any of them contains everything."""


class Client(asyncio.Protocol):
    """One connection that sends a request every so many seconds. It skips a turn while it waits for a response."""

    transport: asyncio.Transport

    def __init__(self, requests: Iterator[bytes], seen: list[tuple[int, float]]) -> None:
        self.requests = requests
        self.seen = seen
        self.asked_at = 0.0
        self.parser = httptools.HttpResponseParser(self)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport  # type: ignore[assignment] # a stream's is one

    def ask(self) -> None:
        if not self.asked_at:
            self.asked_at = time.perf_counter()
            self.transport.write(next(self.requests))

    def data_received(self, data: bytes) -> None:
        self.parser.feed_data(data)

    def on_message_complete(self) -> None:
        self.seen.append((self.parser.get_status_code(), time.perf_counter() - self.asked_at))
        self.asked_at = 0.0


def requests_for(path: str) -> Iterator[bytes]:
    """Yields requests for a path without end. `{day}` becomes another day each time, so that no response is cached."""
    for number in count():
        day = FIRST_DAY + timedelta(days=number % DAYS)
        yield f"GET {path.format(day=day)} HTTP/1.1\r\nHost: x\r\n\r\n".encode()


async def run(port: int, path: str, *, clients: int, pace: float, seconds: float) -> dict[str, Any]:
    """Runs `clients` clients that each send a request every `pace` seconds. With 0, each sends the next at once."""
    requests = requests_for(path)
    seen: list[tuple[int, float]] = []
    loop = asyncio.get_running_loop()
    over = loop.time() + seconds

    async def one(number: int) -> None:
        _, client = await loop.create_connection(lambda: Client(requests, seen), "127.0.0.1", port)
        await asyncio.sleep(pace * number / clients)
        while loop.time() < over:
            client.ask()
            await asyncio.sleep(pace or 0.001)
        client.transport.abort()

    await asyncio.gather(*(one(number) for number in range(clients)))
    counts = Counter(status for status, _ in seen)
    refusals = sorted(taken for status, taken in seen if status == REFUSED)
    late = quantiles(refusals, n=100)[98] if len(refusals) > 1 else 0.0
    return {
        "good": counts[OK] / seconds,
        "refused": counts[REFUSED] / seconds,
        "all": len(seen),
        "p99": late,
        "odd": sum(counts.values()) - counts[OK] - counts[REFUSED],
    }


def measured(port: int, path: str, *, clients: int, pace: float, seconds: float) -> dict[str, Any]:
    """Runs `run` in its own process."""
    command = [sys.executable, "-P", "-m", "chaos.overload", str(port), path, str(clients), str(pace), str(seconds)]
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True, timeout=seconds + 60)
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def main(words: list[str]) -> None:
    port, path, clients, pace, seconds = words
    print(json.dumps(uvloop.run(run(int(port), path, clients=int(clients), pace=float(pace), seconds=float(seconds)))))


if __name__ == "__main__":
    main(sys.argv[1:])
