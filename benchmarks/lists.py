"""`bench lists`: a page of 50 recommendations from every implementation, beside a function that sends its bytes."""

import argparse
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from app.recommendations.schemas import RecommendationPage
from benchmarks import interleaving
from benchmarks.database import loaded_database, postgresql_version
from benchmarks.processes import BenchmarkError, Burst, Figure, Server, measure, serving
from benchmarks.report import failures, machine, save, say, table

PATH = "/v1/recommendations?limit=50"
BASELINE = "raw"
USUAL = "objects"
"""The strategy that is meant by: as everyone writes it."""
OURS = "computed"
STRATEGIES = {
    BASELINE: "raw ASGI function, the same bytes",
    OURS: "the service, nothing kept",
    "compact": "the service, objects by `row_to_json`",
    "direct": "the service's SQL through psycopg alone",
    "rows": "SQLAlchemy Core rows, 9 statements, `pydantic_core.to_json`",
    USUAL: "ORM objects, `selectinload`, response model",
}
MOST_REQUESTS = 100_000
WARM_UP_SECONDS = 2.0
LONG_ENOUGH_SECONDS = 180

Rounds = list[dict[str, Figure]]


def add_command(subjects: Any) -> None:
    parser = subjects.add_parser("lists", help="a page of a list in each implementation")
    interleaving.add_options(parser, rounds=7)
    parser.set_defaults(measure=measure_lists)


def measure_lists(asked: argparse.Namespace) -> None:
    """Serves every strategy, compares their responses, measures them in rounds, and writes the table."""
    started = time.monotonic()
    with loaded_database(say) as url, all_served(url) as servers:
        sizes = check_same({name: server.fetch(PATH) for name, server in servers.items()})
        burst = Burst(PATH, asked.connections, MOST_REQUESTS, asked.seconds)
        warming = replace(burst, seconds=WARM_UP_SECONDS)

        def once(warms_up: bool) -> dict[str, Figure]:  # noqa: FBT001 - see turns
            current = warming if warms_up else burst
            return {name: measure(server, current, database_url=url) for name, server in servers.items()}

        rounds: Rounds = interleaving.in_turn(asked.rounds, once, since=started, most_seconds=LONG_ENOUGH_SECONDS)
        about = f"{machine()}, PostgreSQL {postgresql_version(url)} on the same machine"
    save("lists", report(rounds, sizes, burst, about))


@contextmanager
def all_served(url: str) -> Iterator[dict[str, Server]]:
    """Yields every strategy in its own process. The baseline sends the bytes of our response."""
    with ExitStack() as stack:
        folder = stack.enter_context(TemporaryDirectory(prefix="bench-"))
        page = Path(folder) / "page.json"
        servers = {}
        for name in (OURS, *(name for name in STRATEGIES if name != OURS)):
            say(f"starting: {name}")
            servers[name] = stack.enter_context(serving(name, str(page) if name == BASELINE else url))
            if name == OURS:
                page.write_bytes(servers[name].fetch(PATH))
        yield {name: servers[name] for name in STRATEGIES}


def check_same(pages: dict[str, bytes]) -> dict[str, int]:
    """Raises if the responses differ, except in the text of their cursors. Returns the size of each."""
    ours = RecommendationPage.model_validate_json(pages[OURS])
    for name, body in pages.items():
        page = RecommendationPage.model_validate_json(body)
        if page.items != ours.items or (page.next_cursor is None) != (ours.next_cursor is None):
            odd = [one.id for one, other in zip(page.items, ours.items, strict=False) if one != other]
            raise BenchmarkError(
                f"{name} returns another response than {OURS}: {len(page.items)} items, other are {odd[:3]}"
            )
    return {name: len(body) for name, body in pages.items()}


def report(rounds: Rounds, sizes: dict[str, int], burst: Burst, about: str) -> str:
    """Returns the page that is committed: the method, the machine, and the table."""
    return f"""\
# A page of 50 recommendations, each way of answering it

Written by `python3 run.py bench lists`: {len(rounds)} bursts of {burst.seconds:g} s at each way, in turn, over
{burst.connections} keep-alive connections on loopback; one worker each (uvloop, httptools, no access log). Requests
per second are the median of the bursts. A ratio is the median of the ratios within a round, with the lowest and the
highest. CPU is in seconds per 1,000 requests, for the service's process and for PostgreSQL's. Usual is the last line.
The service also tags its answers and checks the names of parameters; the others do not.

{table(rounds, titles=STRATEGIES, sizes=sizes, baseline=BASELINE, usual=USUAL)}
{failures(rounds)}{about}.
"""
