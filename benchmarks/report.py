"""Tables of figures, and a description of the machine that they were measured on."""

import os
import platform
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from importlib.metadata import version
from statistics import median
from typing import Any

from benchmarks.goals import RESULTS
from benchmarks.processes import Figure

PACKAGES = ("uvicorn", "uvloop", "httptools", "starlette", "fastapi", "pydantic", "sqlalchemy", "psycopg")
HEAD = (
    "how it is done",
    "kB",
    "requests/s",
    "ratio to raw",
    "ratio to usual",
    "CPU service",
    "CPU PostgreSQL",
    "CPU both, ratio to usual",
)


def say(words: str) -> None:
    """Prints progress if standard error is a terminal."""
    if sys.stderr.isatty():
        print(f"bench: {words}", file=sys.stderr)


def save(part: str, text: str) -> None:
    """Writes the page of a part, and prints it."""
    file = RESULTS / f"{part}.md"
    file.parent.mkdir(exist_ok=True)
    file.write_text(text, encoding="utf-8")
    print(text)


def machine() -> str:
    """Describes the machine: cores and versions, without names or paths."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    packages = ", ".join(f"{name} {version(name)}" for name in PACKAGES)
    return f"{cores} cores, Python {platform.python_version()}, {packages}"


def table(
    rounds: Sequence[Mapping[str, Figure]],
    *,
    titles: Mapping[str, str],
    sizes: Mapping[str, int],
    baseline: str,
    usual: str,
) -> str:
    """Returns a Markdown table with one row for each strategy."""

    def line(name: str) -> list[str]:
        def ratio(to: str, figure: Callable[[Figure], float]) -> list[float]:
            return sorted(figure(one[name]) / figure(one[to]) for one in rounds)

        def middle(figure: Callable[[Figure], float]) -> float:
            return median(figure(one[name]) for one in rounds)

        of_raw, of_usual = ratio(baseline, _speed), ratio(usual, _speed)
        return [
            titles[name],
            f"{sizes[name] / 1000:.1f}",
            f"{middle(_speed):,.0f}",
            f"{median(of_raw):.4f} ({of_raw[0]:.4f} to {of_raw[-1]:.4f})",
            f"{median(of_usual):.2f} ({of_usual[0]:.2f} to {of_usual[-1]:.2f})",
            f"{middle(lambda one: one.server_cpu):.2f}",
            f"{middle(lambda one: one.database_cpu):.2f}",
            f"{median(ratio(usual, _cpu)):.2f}",
        ]

    lines = [HEAD, ["---"] + ["---:"] * (len(HEAD) - 1), *(line(name) for name in titles)]
    return "".join(f"| {' | '.join(cells)} |\n" for cells in lines)


def _speed(figure: Figure) -> float:
    return figure.requests_per_second


def _cpu(figure: Figure) -> float:
    return figure.server_cpu + figure.database_cpu


def failures(rounds: Iterable[Mapping[Any, Figure]]) -> str:
    """Reports the requests without the expected response, by server. Empty if there were none."""
    failed: Counter[str] = Counter()
    for one in rounds:
        for name, figure in one.items():
            failed[name if isinstance(name, str) else f"{name[-1]} ({name[0]})"] += figure.failed
    listed = ", ".join(f"{name}: {count:,}" for name, count in failed.items() if count)
    return f"Requests without the answer that was due, which count for nothing else here: {listed}.\n" if listed else ""
