"""Trials: each injects one kind of fault and reports the outcome."""

import asyncio
import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple
from uuid import uuid4

import httpx
import psycopg

from app.audit.chain import SigningKeys
from app.cli.audit_report import verify_with_report
from chaos.ledger import CHECKPOINTS, Writers, compare
from chaos.overload import measured
from chaos.postgres import Postgres
from chaos.service import Service, seconds_until_available

POOL_AIM = 2.5
WAIT_SECONDS = 20.0
"""Longest time that a trial waits for a write, in seconds."""
BACK_AIM = 5.0
EXIT_AIM = 30.0
GOODPUT_AIM = 0.8
BUSY = "/v1/recommendations?limit=50"
MADE = "/v1/recommendations?limit=50&updated_since={day}"
"""A request whose response is never cached: a list since another day each time."""


class Outcome(NamedTuple):
    what: str
    found: str
    holds: bool


class Setting(NamedTuple):
    """The resources of a trial."""

    postgres: Postgres
    service: Service
    shown: dict[str, str]
    ledger: Path


def kills(on: Setting, *, count: int, whom: str, say: Callable[[str], None]) -> Outcome:
    """Kills PostgreSQL or the service repeatedly in the middle of writes."""
    slowest = 0.0
    with Writers(on.service.base, on.shown, ledger=on.ledger) as writers:
        for turn in range(count):
            _written(on, more=2)
            time.sleep(random.uniform(0.05, 0.4))  # noqa: S311 - when, hides nothing
            if whom == "PostgreSQL":
                on.postgres.kill()
                on.postgres.start()
            else:
                on.service.kill()
                on.service.start()
            slowest = max(slowest, seconds_until_available(on.service.base))
            say(f"{whom} killed {turn + 1} of {count} times")
    acknowledged, lost, doubled = compare(on.postgres.url, on.ledger)
    _, faults = verify_with_report(on.postgres.url, keys=SigningKeys.of([]), files=(), say=lambda _: None)
    found = (
        f"{acknowledged:,} writes acknowledged: {lost} lost, {doubled} doubled; {len(faults)} faults in the trail; "
        f"{len(writers.unfit)} other than 201 or 503; back within {slowest:.1f} s"
    )
    back = slowest <= BACK_AIM or whom != "PostgreSQL"
    return Outcome(
        f"kill -9 of {whom}, {count} times", found, not (lost or doubled or faults or writers.unfit) and back
    )


def _written(on: Setting, *, more: int) -> None:
    """Waits until `more` further writes are acknowledged. A kill before the first write tests nothing."""
    lines = on.ledger.read_text().count("\n") + more
    until = time.monotonic() + WAIT_SECONDS
    while on.ledger.read_text().count("\n") < lines and time.monotonic() < until:
        time.sleep(0.01)


def overload(on: Setting, *, path: str = BUSY, times: int = 5, seconds: float = 8.0) -> Outcome:
    """Checks that under several times its capacity the service still answers most of that capacity."""
    measured(on.service.port, path, clients=32, pace=0, seconds=2)
    peak = measured(on.service.port, path, clients=32, pace=0, seconds=seconds)["good"]
    clients = 640
    found = measured(on.service.port, path, clients=clients, pace=clients / (times * peak), seconds=seconds)
    outcome = (
        f"{found['good']:.0f} answered of {peak:.0f} each second at the peak ({found['good'] / peak:.0%}); "
        f"{found['refused']:.0f} refused, 99 of 100 within {found['p99'] * 1000:.0f} ms; {found['odd']} others"
    )
    of = "kept answers" if path == BUSY else "answers that are made each time"
    return Outcome(f"{times} x overload by {of}", outcome, found["good"] >= GOODPUT_AIM * peak and not found["odd"])


def same_write_at_once(on: Setting, *, count: int = 50) -> Outcome:
    """Checks that the same POST sent many times at once has one effect."""
    name = uuid4().hex
    statuses: Counter[int] = Counter()

    def ask(_number: int) -> None:
        shown = {**on.shown, "Idempotency-Key": name}
        answer = httpx.post(f"{on.service.base}{CHECKPOINTS}", json={"location": name}, headers=shown, timeout=30)
        statuses[answer.status_code] += 1

    _together(ask, count)
    with psycopg.connect(on.postgres.url) as connection:
        rows = connection.execute("SELECT count(*) FROM audit_checkpoints WHERE location = %s", (name,)).fetchone()
    made = rows[0] if rows else 0
    fit = set(statuses) <= {201, 409, 503}
    return Outcome(
        f"the same POST {count} times at once", f"{made} made; answers {_counts(statuses)}", made == 1 and fit
    )


def aborts(on: Setting, *, count: int) -> Outcome:
    """Checks that clients that disconnect in the middle of a response leave nothing behind."""

    async def one(turns: asyncio.Semaphore) -> None:
        async with turns:
            reader, writer = await asyncio.open_connection("127.0.0.1", on.service.port)
            path = random.choice((BUSY, "/v1/exports/recommendations.csv", "/v1/search?q=patent"))  # noqa: S311 - which, hides nothing
            writer.write(f"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
            await writer.drain()
            if random.random() < 0.5:  # noqa: S311, PLR2004 - half of them
                await reader.read(10)
            writer.transport.abort()

    async def all_of_them() -> None:
        turns = asyncio.Semaphore(20)
        await asyncio.gather(*(one(turns) for _ in range(count)))

    asyncio.run(all_of_them())
    time.sleep(2)
    in_use, flying = _gauges(on)
    found = f"{in_use:.0f} connections and {flying:.0f} requests in use afterwards"
    return Outcome(f"{count:,} clients that go away", found, in_use == 0 and flying <= 1)


def exhausted(on: Setting, *, most: float = POOL_AIM) -> Outcome:
    """Uses all connections: others are refused within `most` seconds, and no valid key is called invalid."""
    slowest = 0.0
    statuses: Counter[int] = Counter()
    over = threading.Event()

    def hold() -> None:
        while not over.is_set():
            http.get("/v1/recommendations?limit=1")

    def ask(number: int) -> None:
        nonlocal slowest
        answer = http.get("/v1/cables?limit=1", headers=on.shown if number % 2 else {})
        if not answer.is_success:
            slowest = max(slowest, answer.elapsed.total_seconds())
        statuses[answer.status_code] += 1

    many = httpx.Limits(max_connections=None)
    with httpx.Client(base_url=on.service.base, timeout=30, limits=many) as http, _locked(on) as holder:
        # Statements on the locked tables wait for two seconds, each with a pool connection. Others wait for those.
        holding = [threading.Thread(target=hold) for _ in range(40)]
        for thread in holding:
            thread.start()
        time.sleep(5.1)  # the cached API keys expire
        _together(ask, 30)
        over.set()
        holder.rollback()
        for thread in holding:
            thread.join()
    found = f"answers {_counts(statuses)}, the slowest refusal after {slowest:.1f} s"
    fit = statuses[503] > 0 and set(statuses) <= {200, 503}
    return Outcome("all connections to PostgreSQL in use, 30 ask", found, fit and slowest <= most)


def sigterm(on: Setting, *, count: int = 100) -> Outcome:
    """Checks that after SIGTERM the service answers the requests in flight and exits."""
    statuses: Counter[str] = Counter()
    sent = threading.Barrier(count + 1)

    def ask() -> None:
        with httpx.Client(base_url=on.service.base, timeout=60) as http:
            http.get("/healthz/live")
            sent.wait()
            try:
                statuses[str(http.get("/v1/recommendations?limit=1").status_code)] += 1
            except httpx.HTTPError as error:
                statuses[type(error).__name__] += 1

    with psycopg.connect(on.postgres.url) as holder:
        holder.execute("LOCK TABLE recommendations IN ACCESS EXCLUSIVE MODE")
        threads = [threading.Thread(target=ask) for _ in range(count)]
        for thread in threads:
            thread.start()
        sent.wait()
        time.sleep(0.4)
        threading.Timer(0.2, holder.rollback).start()
        status, seconds = on.service.terminate()
        for thread in threads:
            thread.join()
    on.service.start()
    found = f"answers {_counts(statuses)}; ended with {status} after {seconds:.1f} s"
    return Outcome(
        f"SIGTERM with {count} requests in flight",
        found,
        statuses["200"] + statuses["503"] == count and status == 0 and seconds <= EXIT_AIM,
    )


def restart(on: Setting, *, count: int, say: Callable[[str], None]) -> Outcome:
    """Stops and starts the service under writes."""
    with Writers(on.service.base, on.shown, ledger=on.ledger) as writers:
        for turn in range(count):
            time.sleep(0.5)
            on.service.terminate()
            on.service.start()
            say(f"restarted {turn + 1} of {count} times")
        seconds_until_available(on.service.base)
    acknowledged, lost, doubled = compare(on.postgres.url, on.ledger)
    found = f"{acknowledged:,} writes acknowledged: {lost} lost, {doubled} doubled; answers {_counts(writers.statuses)}"
    return Outcome(f"{count} restarts under load", found, not (lost or doubled or writers.unfit))


@contextmanager
def _locked(on: Setting) -> Iterator[psycopg.Connection]:
    with psycopg.connect(on.postgres.url) as holder:
        holder.execute("LOCK TABLE recommendations, api_keys IN ACCESS EXCLUSIVE MODE")
        yield holder


def _together(ask: Callable[[int], None], count: int) -> None:
    threads = [threading.Thread(target=ask, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def _counts(statuses: Counter[int] | Counter[str]) -> str:
    return ", ".join(f"{count} x {status}" for status, count in sorted(statuses.items(), key=str))


def _gauges(on: Setting) -> tuple[float, float]:
    lines = httpx.get(f"{on.service.base}/metrics", timeout=30).text.splitlines()
    in_use = sum(float(line.split()[-1]) for line in lines if line.startswith("roundtable_pool_in_use{"))
    flying = next(float(line.split()[-1]) for line in lines if line.startswith("roundtable_requests_in_flight "))
    return in_use, flying
