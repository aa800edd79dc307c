"""`bench peers`: a page of 50 recommendations from us, cached and computed, and from others on the same data."""

import argparse
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

from app.recommendations.schemas import RecommendationPage
from benchmarks import chart, interleaving
from benchmarks.competitors import json_columns, serving_datasette, serving_django
from benchmarks.database import loaded_database, postgresql_version
from benchmarks.goals import Goal, at_least, keep
from benchmarks.processes import BenchmarkError, Burst, Figure, Server, measure, serving
from benchmarks.report import failures, machine, save, say, table

COMMAND = "python3 run.py bench peers"
PATH = "/v1/recommendations?limit=50"
BASELINE = "raw"
WARM = "roundtable"
COLD = "computed"
USUAL = "objects"
DJANGO = "django"
DATASETTE = "datasette"
WAYS = {
    BASELINE: "raw ASGI function, the same bytes",
    WARM: "the service, unchanged data",
    COLD: "the service, nothing kept: the first answer after a change",
    USUAL: "FastAPI, ORM objects, response model: as everyone writes it",
    DJANGO: "Django REST Framework, gunicorn",
    DATASETTE: "Datasette, a table of SQLite with lists as JSON",
}
RATIOS = {WARM: 0.8}
FIRST_ANSWER = {USUAL: 9.0, DJANGO: 3.0, DATASETTE: 1.6}
MOST_REQUESTS = 100_000
WARM_UP_SECONDS = 1.0
LONG_ENOUGH_SECONDS = 150

Rounds = list[dict[str, Figure]]


def add_command(subjects: Any) -> None:
    parser = subjects.add_parser(
        "peers", help="a page of a list: this service, Django REST Framework, Datasette, raw ASGI"
    )
    interleaving.add_options(parser, rounds=5)
    parser.set_defaults(measure=measure_peers)


def measure_peers(asked: argparse.Namespace) -> None:
    """Serves every service, compares their responses with ours, measures them in rounds, and writes table and chart."""
    started = time.monotonic()
    with loaded_database(say) as url, all_served(url) as (servers, paths):
        pages = {name: server.fetch(paths[name]) for name, server in servers.items()}
        check_same(pages)

        def once(warms_up: bool) -> dict[str, Figure]:  # noqa: FBT001 - see turns
            seconds = WARM_UP_SECONDS if warms_up else asked.seconds
            bursts = {name: Burst(paths[name], asked.connections, MOST_REQUESTS, seconds) for name in servers}
            return {name: measure(servers[name], burst, database_url=url) for name, burst in bursts.items()}

        rounds: Rounds = interleaving.in_turn(asked.rounds, once, since=started, most_seconds=LONG_ENOUGH_SECONDS)
        about = f"{machine()}, PostgreSQL {postgresql_version(url)} on the same machine"
    keep("peers", goals(rounds))
    save("peers", report(rounds, {name: len(page) for name, page in pages.items()}, asked, about))
    bars = {WAYS[name]: median(ratios(rounds, name, BASELINE)) for name in WAYS}
    chart.save("peers", chart.bars("A page of 50 recommendations: requests per second, raw ASGI = 1", bars))


@contextmanager
def all_served(url: str) -> Iterator[tuple[dict[str, Server], dict[str, str]]]:
    """Yields every service in its own process, and the path to request from each."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="bench-")))
        servers = {name: stack.enter_context(serving(name, url)) for name in (WARM, COLD, USUAL)}
        page = servers[WARM].fetch(PATH)
        (folder / "page.json").write_bytes(page)
        servers[BASELINE] = stack.enter_context(serving(BASELINE, str(folder / "page.json")))
        say("starting Django and Datasette")
        servers[DJANGO] = stack.enter_context(serving_django(url, path=PATH))
        # All records. The benchmark then requests a page of them.
        everything = servers[COLD].fetch("/v1/recommendations?limit=200")
        as_json = "".join(f"&_json={name}" for name in json_columns(everything))
        # Without the total count and other features for people who browse.
        of_sqlite = (
            f"/register/recommendations.json?_shape=objects&_size=50&_nocount=1&_nofacet=1&_nosuggest=1{as_json}"
        )
        served = serving_datasette(everything, folder, path=of_sqlite)
        servers[DATASETTE] = stack.enter_context(served)
        yield {name: servers[name] for name in WAYS}, {**dict.fromkeys(WAYS, PATH), DATASETTE: of_sqlite}


def check_same(pages: dict[str, bytes]) -> None:
    """Raises if the responses differ. Datasette uses other names around the same 50 records."""
    ours = RecommendationPage.model_validate_json(pages[WARM])
    for name in (COLD, USUAL, DJANGO):
        page = RecommendationPage.model_validate_json(pages[name])
        if page.items != ours.items or (page.next_cursor is None) != (ours.next_cursor is None):
            odd = [(one, other) for one, other in zip(page.items, ours.items, strict=False) if one != other]
            raise BenchmarkError(f"{name} returns another response than {WARM}: {odd[:1]}")
    if pages[DATASETTE].count(b'"cable_id"') < len(ours.items):
        raise BenchmarkError("Datasette returns another number of records")


def ratios(rounds: Rounds, mine: str, other: str) -> list[float]:
    return sorted(one[mine].requests_per_second / one[other].requests_per_second for one in rounds)


def goals(rounds: Rounds) -> list[Goal]:
    def middle(mine: str, other: str) -> float:
        return median(ratios(rounds, mine, other))

    return [
        at_least("a list, unchanged data / raw ASGI", middle(WARM, BASELINE), RATIOS[WARM], COMMAND),
        at_least(
            "first answer after a change / as everyone writes it", middle(COLD, USUAL), FIRST_ANSWER[USUAL], COMMAND
        ),
        at_least(
            "first answer after a change / Django REST Framework", middle(COLD, DJANGO), FIRST_ANSWER[DJANGO], COMMAND
        ),
        at_least("first answer after a change / Datasette", middle(COLD, DATASETTE), FIRST_ANSWER[DATASETTE], COMMAND),
    ]


def report(rounds: Rounds, sizes: dict[str, int], asked: argparse.Namespace, about: str) -> str:
    """Returns the page that is committed."""
    return f"""\
# A page of 50 recommendations, from us and from others

Written by `{COMMAND}`: {len(rounds)} bursts of {asked.seconds:g} s at each, in turn, over {asked.connections}
keep-alive connections on loopback; one worker each, no access log. Requests per second are the median of the bursts. A
ratio is the median of the ratios within a round, with the lowest and the highest. CPU is in seconds per 1,000 requests,
for the service's process and for PostgreSQL's. Usual is FastAPI with ORM objects and a response model. All but
Datasette answer the same, record by record; Datasette has a table of its own and joins nothing. The service has one
worker process by design, so there is no figure for two.

![Requests per second of each, in parts of raw ASGI](peers.svg)

{table(rounds, titles=WAYS, sizes=sizes, baseline=BASELINE, usual=USUAL)}
{failures(rounds)}{about}.
"""
