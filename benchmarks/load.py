"""Load generator in its own process: keep-alive connections that send the next request after each response."""

import argparse
import asyncio
import gc
import json
import sys
import time
from dataclasses import dataclass

import httptools
import uvloop

HOST = "127.0.0.1"
GRACE_SECONDS = 10


@dataclass
class Budget:
    """The remaining budget, by count and by time, and the responses so far."""

    requests: int
    seconds: float
    status: int
    """The expected status of every response."""
    started: float = 0.0
    ended: float = 0.0
    answered: int = 0
    refused: int = 0
    """Responses with another status."""
    lost: int = 0
    """Connections that the server closed before its response, or on which no response came."""

    def take(self) -> bool:
        if self.requests == 0 or time.perf_counter() - self.started > self.seconds:
            return False
        self.requests -= 1
        return True


class Client(asyncio.Protocol):
    """One connection. Its parser calls `on_message_complete` at the end of each response."""

    transport: asyncio.Transport

    def __init__(self, request: bytes, budget: Budget) -> None:
        self.request = request
        self.budget = budget
        self.done: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        """True if the budget is spent, false if the connection was lost."""
        self.parser = httptools.HttpResponseParser(self)

    def start(self, transport: asyncio.Transport) -> None:
        self.transport = transport
        self._ask()

    def data_received(self, data: bytes) -> None:
        self.parser.feed_data(data)

    def on_message_complete(self) -> None:
        self.budget.ended = time.perf_counter()
        if self.parser.get_status_code() == self.budget.status:
            self.budget.answered += 1
        else:
            self.budget.refused += 1
        self._ask()

    def connection_lost(self, _error: Exception | None) -> None:
        if not self.done.done():
            self.done.set_result(False)

    def _ask(self) -> None:
        if self.budget.take():
            self.transport.write(self.request)
        else:
            self.done.set_result(True)
            self.transport.close()


async def run(port: int, path: str, *, connections: int, budget: Budget, headers: list[str]) -> None:
    """Sends requests until the budget is spent. Counts each lost connection and opens another one in its place."""
    lines = [f"GET {path} HTTP/1.1", f"Host: {HOST}:{port}", "Accept: application/json", *headers]
    request = "".join(f"{line}\r\n" for line in (*lines, "")).encode()
    loop = asyncio.get_running_loop()

    async def connect() -> tuple[asyncio.Transport, Client]:
        return await loop.create_connection(lambda: Client(request, budget), HOST, port)

    async def ask(transport: asyncio.Transport, client: Client) -> None:
        client.start(transport)
        while not await client.done:
            budget.lost += 1
            try:
                transport, client = await connect()
            except OSError:
                return
            client.start(transport)

    opened = [await connect() for _ in range(connections)]
    budget.started = time.perf_counter()
    tasks = [asyncio.create_task(ask(*one)) for one in opened]
    _, waiting = await asyncio.wait(tasks, timeout=budget.seconds + GRACE_SECONDS)
    budget.lost += len(waiting)
    for one in waiting:
        one.cancel()


def main(words: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="benchmarks.load")
    parser.add_argument("port", type=int)
    parser.add_argument("path")
    parser.add_argument("--connections", type=int, required=True)
    parser.add_argument("--requests", type=int, required=True)
    parser.add_argument("--seconds", type=float, required=True)
    parser.add_argument("--header", action="append", default=[])
    parser.add_argument("--status", type=int, default=200)
    asked = parser.parse_args(words)
    gc.disable()
    budget = Budget(requests=asked.requests, seconds=asked.seconds, status=asked.status)
    work = run(asked.port, asked.path, connections=asked.connections, budget=budget, headers=asked.header)
    try:
        uvloop.run(work)
    except OSError as error:
        print(f"cannot connect to port {asked.port}: {error}", file=sys.stderr)
        return 1
    if not budget.answered:
        print(
            f"no response had status {asked.status}: {budget.refused} had another, {budget.lost} did not come",
            file=sys.stderr,
        )
        return 1
    seconds = budget.ended - budget.started
    failed = budget.refused + budget.lost
    print(json.dumps({"requests": budget.answered, "seconds": seconds, "failed": failed}))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
