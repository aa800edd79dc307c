"""`bench growth`: PostgreSQL time for lists, search, counts and files as the register grows a thousandfold."""

import argparse
import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

from sqlakeyset import serialize_bookmark
from sqlalchemy import event
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

from app.core.cursors import cursor_key_of, encode_cursor
from app.core.db import read_engine
from app.core.errors import ProblemError
from app.core.pagination import Include
from app.facets.queries import find_bodies, find_targets, find_topics
from app.facets.schemas import BodyQuery, TargetQuery, TopicQuery
from app.models.clearance import READERS
from app.recommendations.queries import find_recommendations, get_summary
from app.recommendations.schemas import Order, RecommendationFilters, RecommendationQuery
from app.search.queries import find_hits
from app.search.schemas import SearchQuery
from app.vocabulary import Marking
from benchmarks.database import loaded_in, postgresql_version
from benchmarks.goals import Goal, at_most, keep
from benchmarks.report import machine, save, say
from benchmarks.synthetic import declassify, multiply

SIZES = (1, 1_000)
LARGEST = 10_000
REPEATS = 9
LONGEST_SECONDS = 3.0
"""After so many seconds at one question, fewer repeats are enough."""
WALK_GOAL = 1.2
FILTER_GOAL = 2.0
SEARCH_GOAL_MS = 25.0
FIRST_PAGE = "a list, first page"
LAST_PAGE = "a list, last page of a walk"
SEARCH = "search of a common word"
COMMON = "license"
"""In nine entries of each cable."""
RECOMMENDATIONS = 101
AT_U = ", at U"
SLUGS = {
    "addressee": ["us-food-and-drug-administration"],
    "body": ["world-intellectual-property-organization"],
    "proposer": ["jeremie-waterman"],
    "organization": ["quality-brands-protection-committee"],
}
"""Values used instead of the examples that are aliases, or that a reader with clearance U does not see."""
# The rarest value, several values, combined filters, and values without any record, beside one value per filter.
FURTHER: dict[str, dict[str, Any]] = {
    "a rare topic": {"topic": ["small_business"]},
    "two targets": {"target": ["embassy", "china"]},
    "a target and a topic": {"target": ["china"], "topic": ["patent"]},
    "a state that none has": {"state": ["closed_implemented"]},
    "one of 10,000 cables, -updated_at": {"cable": ["07BEIJING7192"], "sort": Order.UPDATED_DOWN},
    "a target, -updated_at": {"target": ["embassy"], "sort": Order.UPDATED_DOWN},
}

Question = Callable[[AsyncConnection], Awaitable[object]]
Times = dict[str, float | None]
"""Milliseconds by question. None where the time limit of the service stopped the statement."""


class Sizes(NamedTuple):
    """The measurements at one size."""

    rows: int
    times: Times


def add_command(subjects: Any) -> None:
    parser = subjects.add_parser("growth", help="lists, search and counts at 1, 1,000 and 10,000 times the rows")
    parser.add_argument(
        "--largest", action="store_true", help="also at 10,000 times the rows: a million rows, 20 minutes"
    )
    parser.add_argument("--folder", type=Path, help="folder that stores the databases for the next run")
    parser.set_defaults(measure=measure_growth)


def measure_growth(asked: argparse.Namespace) -> None:
    """Runs the same questions at each size, and writes the table."""
    measured: list[Sizes] = []
    about = ""
    with TemporaryDirectory(prefix="bench-") as temporary:
        for times in (*SIZES, LARGEST) if asked.largest else SIZES:
            folder = (asked.folder or Path(temporary)) / str(times)
            with loaded_in(folder, say, fill=partial(_grow, times=times)) as url:
                say(f"measuring at {times:,} times the rows")
                measured.append(Sizes(RECOMMENDATIONS * times, asyncio.run(ask_everything(url))))
                about = f"{machine()}, PostgreSQL {postgresql_version(url)} on the same machine"
    part = "growth-largest" if asked.largest else "growth"
    command = f"python3 run.py bench growth{' --largest' if asked.largest else ''}"
    keep(part, goals(measured, command=command))
    save(part, report(measured, about, command=command))


def _grow(url: str, *, times: int) -> None:
    declassify(url)
    multiply(url, times, say=say)


def questions() -> dict[str, Question]:
    """Returns the questions by title: each filter alone with the example value of the API document, and more."""
    asked: dict[str, Question] = {
        FIRST_PAGE: _listed(),
        LAST_PAGE: _listed(last=True),
        **{f"a list, {order.value}": _listed(sort=order) for order in Order if order is not Order.ID},
    }
    for name, field in RecommendationFilters.model_fields.items():
        asked[f"a list, {name}"] = _listed(**{name: SLUGS.get(name, (field.examples or [None])[0])})
    asked |= {f"a list, {title}": _listed(**filters) for title, filters in FURTHER.items()}
    asked |= {
        "a list, its total": _listed(include=[Include.TOTAL]),
        "a list, target, its total": _listed(target=["embassy"], include=[Include.TOTAL]),
        "the summary": lambda connection: get_summary(connection, RecommendationFilters()),
        "the targets with their counts": lambda connection: find_targets(connection, TargetQuery()),
        "the topics with their counts": lambda connection: find_topics(connection, TopicQuery()),
        "the bodies with their counts": lambda connection: find_bodies(connection, BodyQuery()),
        SEARCH: _search(q=COMMON),
        f"{SEARCH}, one kind": _search(q=COMMON, kind=["paragraph"]),
        "search of a word in most entries": _search(q="enforcement"),
        "search of a rare word": _search(q="Waterman"),
        "search of two common words": _search(q="patent enforcement"),
    }
    return asked


def _search(**parameters: Any) -> Question:
    return lambda connection: find_hits(connection, SearchQuery(**parameters), prefix="")


def _listed(*, last: bool = False, **filters: Any) -> Question:
    query = RecommendationQuery.model_validate(filters)

    async def ask(connection: AsyncConnection) -> object:
        place = await _before_last_page(connection) if last else ""
        return await find_recommendations(connection, query.model_copy(update={"cursor": place}) if last else query)

    return ask


async def _before_last_page(connection: AsyncConnection) -> str:
    """Returns the cursor for the last page, found by walking the list in reverse order."""
    backwards = RecommendationQuery(sort=Order.ID_DOWN, limit=51)
    found = connection.info.get(LAST_PAGE)
    if found is None:
        rows = (await find_recommendations(connection, backwards)).items
        place = rows[-1].partition('"id" : "')[2].partition('"')[0]
        query = RecommendationQuery()
        # Built as the service builds it. Any other cursor would be rejected.
        bound_to = f"{type(query).__qualname__}||{query.model_dump_json(exclude={'limit', 'cursor', 'include'})}"
        key = await cursor_key_of(connection)
        found = encode_cursor(serialize_bookmark(((place,), False)), key=key, bound_to=bound_to)
        connection.info[LAST_PAGE] = found
    return str(found)


async def ask_everything(url: str) -> Times:
    """Returns the median PostgreSQL time of each question, for a reader with clearance SBU and one with U."""
    times: Times = {}
    for clearance, suffix in ((Marking.SBU, ""), (Marking.U, AT_U)):
        engine = read_engine(url, pool_size=1, **READERS[clearance]._asdict())
        for title, question in questions().items():
            say(f"asking: {title}{suffix}")
            async with engine.connect() as connection:
                times[title + suffix] = await _milliseconds(connection, question)
        await engine.dispose()
    return times


async def _milliseconds(connection: AsyncConnection, question: Question) -> float | None:
    taken: list[float] = []
    try:
        # A first run as warm-up, so that pages are in memory.
        await question(connection)
        begun = time.monotonic()
        while len(taken) < REPEATS and (not taken or time.monotonic() - begun < LONGEST_SECONDS):
            with _time_in_sql(connection) as spent:
                await question(connection)
            taken.append(sum(spent))
    except (DBAPIError, ProblemError) as error:
        if getattr(getattr(error, "orig", None), "sqlstate", None) != "57014":
            raise
        return None
    return median(taken) * 1000


@contextmanager
def _time_in_sql(connection: AsyncConnection) -> Iterator[list[float]]:
    """Yields the list of seconds of each statement that runs in the block, from sending until its rows arrive."""
    spent: list[float] = []
    begun = 0.0

    def begin(*_: object) -> None:
        nonlocal begun
        begun = time.perf_counter()

    def end(*_: object) -> None:
        spent.append(time.perf_counter() - begun)

    heard = connection.sync_connection
    event.listen(heard, "before_cursor_execute", begin)
    event.listen(heard, "after_cursor_execute", end)
    try:
        yield spent
    finally:
        event.remove(heard, "before_cursor_execute", begin)
        event.remove(heard, "after_cursor_execute", end)


def _is_filtered(title: str) -> bool:
    return title.startswith("a list, ") and "page" not in title and "total" not in title


def goals(measured: list[Sizes], *, command: str) -> list[Goal]:
    """Returns the goals, compared with the largest size that was measured."""
    first, most = measured[0].times, measured[-1]
    size = f"{most.rows:,} recommendations"
    made = []
    for suffix in ("", AT_U):
        last, start = most.times[LAST_PAGE + suffix], most.times[FIRST_PAGE + suffix]
        made.append(
            at_most(f"last page of a walk / the first, {size}{suffix}", _ratio(last, start), WALK_GOAL, command)
        )
        titles = [title for title in first if _is_filtered(title) and title.endswith(AT_U) == bool(suffix)]
        grown = {title: _ratio(most.times[title], first[title]) for title in titles}
        worst = max(grown, key=lambda title: grown[title])
        within = sum(ratio <= FILTER_GOAL for ratio in grown.values())
        title = f"filtered lists, {size} / 101{suffix} ({within} of {len(grown)} within; slowest: {worst[8:]})"
        made.append(at_most(title, grown[worst], FILTER_GOAL, command))
        search = most.times[SEARCH + suffix]
        figure = float("inf") if search is None else search
        made.append(at_most(f"{SEARCH}, ms in SQL, {size}{suffix}", figure, SEARCH_GOAL_MS, command))
    return made


def _ratio(mine: float | None, other: float | None) -> float:
    return float("inf") if mine is None or other is None else mine / other


def report(measured: list[Sizes], about: str, *, command: str) -> str:
    """Returns the page that is committed."""
    sizes = [f"{one.rows:,}" for one in measured]
    lines = "".join(_line(measured, title) for title in measured[0].times)
    return f"""\
# The register as it grows

Written by `{command}`. The cable is copied with its paragraphs, recommendations and search entries. Each question goes
through the service's own code over one connection; the time is that of its statements, in milliseconds, the median of
up to {REPEATS}. The last column is the time at the largest size in times of that at the smallest. Where PostgreSQL was
stopped after 5 s, which the service answers with 503, no time is given. Readers of U see what is marked U.

| question | {" | ".join(sizes)} | growth |
| --- | {" | ".join("---:" for _ in sizes)} | ---: |
{lines}
{about}.
"""


def _line(measured: list[Sizes], title: str) -> str:
    cells = [one.times[title] for one in measured]
    grown = _ratio(cells[-1], cells[0])
    written = ["over 5 s" if cell is None else f"{cell:,.1f}" for cell in cells]
    return f"| {' | '.join([title, *written, f'{grown:,.1f}' if cells[-1] is not None else ''])} |\n"
