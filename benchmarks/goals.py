"""What is to be reached and what was: each part of the run keeps its figures, and the table is made of all of them."""

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
    """One figure beside what it should be."""

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
    """Puts the figures of a part in the place of its earlier ones, and writes the table anew."""
    kept = json.loads(FILE.read_text(encoding="utf-8")) if FILE.exists() else {}
    kept[part] = [asdict(goal) for goal in goals]
    RESULTS.mkdir(exist_ok=True)
    FILE.write_text(json.dumps({part: kept[part] for part in PARTS if part in kept}, indent=2) + "\n", encoding="utf-8")
    TABLE.write_text(table(), encoding="utf-8")


def table() -> str:
    """Every figure kept, as Markdown."""
    kept = json.loads(FILE.read_text(encoding="utf-8"))
    goals = [Goal(**one) for part in kept.values() for one in part]
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
