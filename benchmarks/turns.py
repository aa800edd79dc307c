"""Rounds: all that is compared is measured in turn, so that what else the machine does meets all alike."""

import argparse
import time
from collections.abc import Callable
from typing import TypeVar

from benchmarks.report import say

FEWEST_ROUNDS = 3
Figures = TypeVar("Figures")


def add_options(parser: argparse.ArgumentParser, *, rounds: int) -> None:
    """The options of what is measured in rounds."""
    parser.add_argument("--rounds", type=int, default=rounds, help=f"bursts at each, in turn; {rounds} unless given")
    parser.add_argument("--seconds", type=float, default=2.0, help="length of a burst; 2 unless given")
    parser.add_argument("--connections", type=int, default=8, help="keep-alive connections; 8 unless given")


def in_turn(rounds: int, once: Callable[[bool], Figures], *, since: float, most_seconds: float) -> list[Figures]:
    """What `once` measures in each round. The first one warms up, which it is told, and is not kept.

    After `most_seconds` no further round is begun, on a machine that is busy with other things.
    """
    kept = []
    for number in range(rounds + 1):
        if number > FEWEST_ROUNDS and time.monotonic() - since > most_seconds:
            break
        say(f"round {number} of {rounds}" if number else "warming up")
        figures = once(not number)
        if number:
            kept.append(figures)
    return kept
