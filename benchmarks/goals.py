"""Goals of the benchmarks: each part stores its figures, and the table shows the figures of all parts."""

import json
import math
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

RESULTS = Path(__file__).parent / "results"
FILE = RESULTS / "goals.json"
TABLE = RESULTS / "README.md"
WHOLE_FROM = 100
"""Larger figures are written without decimals."""
PARTS = ("reads", "lists", "peers", "growth", "growth-largest", "exports", "ingest", "start")


@dataclass(frozen=True)
class Goal:
    """One figure beside its target."""

    title: str
    goal: str
    figure: str
    is_reached: bool
    command: str


def at_least(title: str, figure: float, goal: float, command: str) -> Goal:
    return Goal(title, f"at least {goal:,g}", _written(figure), figure >= goal, command)


def at_most(title: str, figure: float, goal: float, command: str) -> Goal:
    return Goal(title, f"at most {goal:,g}", _written(figure), figure <= goal, command)


def _written(figure: float) -> str:
    if math.isinf(figure):
        return "stopped after 5 s"
    return f"{figure:,.0f}" if figure >= WHOLE_FROM else f"{figure:.3g}"


def keep(part: str, goals: Iterable[Goal]) -> None:
    """Replaces the stored figures of a part, and writes the table again."""
    stored = json.loads(FILE.read_text(encoding="utf-8")) if FILE.exists() else {}
    stored[part] = [asdict(goal) for goal in goals]
    RESULTS.mkdir(exist_ok=True)
    FILE.write_text(
        json.dumps({part: stored[part] for part in PARTS if part in stored}, indent=2) + "\n", encoding="utf-8"
    )
    TABLE.write_text(table(), encoding="utf-8")


def table() -> str:
    """Returns every stored figure as a Markdown table."""
    stored = json.loads(FILE.read_text(encoding="utf-8"))
    goals = [Goal(**one) for part in stored.values() for one in part]
    lines = "".join(
        f"| {one.title} | {one.goal} | {one.figure} | {'yes' if one.is_reached else 'no'} | `{one.command}` |\n"
        for one in goals
    )
    return f"""\
# What was to be reached, and what was

Written by `python3 run.py bench`, from the last run of each part; the pages beside this one say how each was measured
and on what. {sum(one.is_reached for one in goals)} of {len(goals)} are reached.

| what | goal | figure | reached | command |
| --- | --- | ---: | --- | --- |
{lines}"""
