"""`bench reads`: cached and newly computed responses, beside a function that sends the same bytes."""

import argparse
import json
import time
from base64 import b64encode
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

import httpx

from benchmarks import interleaving
from benchmarks.database import loaded_database, postgresql_version
from benchmarks.goals import Goal, at_least, keep
from benchmarks.processes import Burst, Figure, Server, measure, serving
from benchmarks.report import failures, machine, save, say

COMMAND = "python3 run.py bench reads"
LIST = "/v1/recommendations?limit=50"
ITEM = "/v1/recommendations/07BEIJING7192-R003"
RAW = "replay"
WARM = "roundtable"
LOGGED = "logged"
COMPUTED = "computed"
USUAL = "objects"
HOW = {
    RAW: "raw ASGI function, the same bytes and headers",
    WARM: "the service, unchanged data",
    LOGGED: "the same, access log on",
    COMPUTED: "the service, nothing kept",
    USUAL: "ORM objects, `selectinload`, response model",
}
MOST_REQUESTS = 200_000
GOAL = 0.8
LONG_ENOUGH_SECONDS = 240


Rounds = list[dict[tuple[str, str], Figure]]


class Case(NamedTuple):
    """One request to measure: path, headers, expected status, and the servers that get it."""

    title: str
    path: str
    headers: dict[str, str]
    status: int
    asked: tuple[str, ...]


def add_command(subjects: Any) -> None:
    parser = subjects.add_parser("reads", help="cached responses: list, item, gzip, 304")
    interleaving.add_options(parser, rounds=5)
    parser.set_defaults(measure=measure_reads)


def measure_reads(asked: argparse.Namespace) -> None:
    """Serves all strategies, measures them case by case in rounds, and writes the table."""
    started = time.monotonic()
    with loaded_database(say) as url, all_served(url) as (servers, cases):
        bursts = {(case.title, name): _burst(case, name, asked) for case in cases for name in case.asked}

        def once(_warms_up: bool) -> dict[tuple[str, str], Figure]:  # noqa: FBT001 - see turns
            return {
                (title, name): measure(servers[name], burst, database_url=url)
                for (title, name), burst in bursts.items()
            }

        rounds: Rounds = interleaving.in_turn(asked.rounds, once, since=started, most_seconds=LONG_ENOUGH_SECONDS)
        about = f"{machine()}, PostgreSQL {postgresql_version(url)} on the same machine"
    keep("reads", goals(rounds))
    save("reads", report(rounds, asked, about))


def _burst(case: Case, name: str, asked: argparse.Namespace) -> Burst:
    headers = tuple(f"{field}: {value}" for field, value in case.headers.items())
    burst = Burst(case.path, asked.connections, MOST_REQUESTS, asked.seconds, headers, case.status)
    return replace(burst, path=_place(case)) if name == RAW else burst


def _place(case: Case) -> str:
    return f"/{case.title.replace(' ', '-').replace(',', '')}"


@contextmanager
def all_served(url: str) -> Iterator[tuple[dict[str, Server], list[Case]]]:
    """Yields every strategy in its own process. The baseline replays the recorded responses of ours."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="bench-")))
        servers = {name: stack.enter_context(serving(name, url)) for name in (WARM, LOGGED, COMPUTED, USUAL)}
        base = f"http://127.0.0.1:{servers[WARM].port}"
        tag = httpx.get(base + LIST, headers={"Accept-Encoding": "identity"}).headers["etag"]
        plain = {"Accept-Encoding": "identity"}
        fast = (RAW, WARM, LOGGED)
        cases = [
            Case("a list", LIST, plain, 200, (*fast, COMPUTED, USUAL)),
            Case("a list, packed", LIST, {"Accept-Encoding": "gzip"}, 200, (*fast, COMPUTED)),
            Case("an item", ITEM, plain, 200, (*fast, COMPUTED)),
            Case("304 of a list", LIST, {**plain, "If-None-Match": tag}, 304, (*fast, COMPUTED)),
        ]
        file = folder / "answers.json"
        file.write_text(json.dumps({_place(case): _seen(base, case) for case in cases}), encoding="ascii")
        servers[RAW] = stack.enter_context(serving(RAW, str(file)))
        yield servers, cases


def _seen(base: str, case: Case) -> dict[str, Any]:
    with httpx.stream("GET", base + case.path, headers=case.headers) as answer:
        body = b"".join(answer.iter_raw())
    headers = [one for one in answer.headers.multi_items() if one[0] != "date"]
    return {"status": answer.status_code, "headers": headers, "body": b64encode(body).decode()}


def goals(rounds: Rounds) -> list[Goal]:
    """Compares each case with a function that sends the same bytes, by requests and by CPU, which is steadier."""
    cases = dict.fromkeys(title for title, _ in rounds[0])
    made = []
    for title in cases:
        by_requests = median(_ratios(rounds, title, WARM))
        by_cpu = median(one[title, RAW].server_cpu / one[title, WARM].server_cpu for one in rounds)
        made.append(at_least(f"{title}, unchanged data / raw ASGI, by requests", by_requests, GOAL, COMMAND))
        made.append(at_least(f"{title}, unchanged data / raw ASGI, by CPU", by_cpu, GOAL, COMMAND))
    return made


def _ratios(rounds: Rounds, title: str, name: str) -> list[float]:
    """Returns requests per second relative to the raw function, the lowest first."""
    return sorted(one[title, name].requests_per_second / one[title, RAW].requests_per_second for one in rounds)


def report(rounds: Rounds, asked: argparse.Namespace, about: str) -> str:
    """Returns the page that is committed."""
    lines = "".join(_line(rounds, title, name) for title, name in rounds[0])
    return f"""\
# Unchanged data, asked again

Written by `{COMMAND}`: {len(rounds)} bursts of {asked.seconds:g} s at each way, in turn, over
{asked.connections} keep-alive connections on loopback; one worker each (uvloop, httptools). Requests per second are
the median of the bursts. A ratio is the median of the ratios to raw within a round, with the lowest and the highest.
CPU is in seconds of the service's process per 1,000 requests.
The goal for unchanged data is {GOAL:g} of raw, access log off.

| what is asked | how it is answered | requests/s | ratio to raw | CPU service | CPU raw / CPU |
| --- | --- | ---: | ---: | ---: | ---: |
{lines}
{failures(rounds)}{about}.
"""


def _line(rounds: Rounds, title: str, name: str) -> str:
    mine, raw = ([one[title, way] for one in rounds] for way in (name, RAW))
    ratios = _ratios(rounds, title, name)
    cells = [
        title,
        HOW[name],
        f"{median(one.requests_per_second for one in mine):,.0f}",
        f"{median(ratios):.3f} ({ratios[0]:.3f} to {ratios[-1]:.3f})",
        f"{median(one.server_cpu for one in mine):.3f}",
        f"{median(r.server_cpu / m.server_cpu for m, r in zip(mine, raw, strict=True)):.3f}",
    ]
    return f"| {' | '.join(cells)} |\n"
