"""Rounds: all strategies are measured in turn, so that other load on the machine affects all of them alike."""

import argparse
import time
from collections.abc import Callable
from typing import TypeVar

from benchmarks.report import say

FEWEST_ROUNDS = 3
Figures = TypeVar("Figures")


def add_options(parser: argparse.ArgumentParser, *, rounds: int) -> None:
    """Adds the options of a measurement in rounds."""
    parser.add_argument(
        "--rounds",
        type=int,
        default=rounds,
        help=f"number of rounds, with one burst for each strategy; default: {rounds}",
    )
    parser.add_argument("--seconds", type=float, default=2.0, help="length of a burst in seconds; default: 2")
    parser.add_argument("--connections", type=int, default=8, help="number of keep-alive connections; default: 8")


def in_turn(rounds: int, once: Callable[[bool], Figures], *, since: float, most_seconds: float) -> list[Figures]:
    """Returns the result of `once` for each round. `once` gets True in the first round, a warm-up that is not counted.

    Starts no further round after `most_seconds`, on a machine that is busy with other work.
    """
    measured = []
    for number in range(rounds + 1):
        if number > FEWEST_ROUNDS and time.monotonic() - since > most_seconds:
            break
        say(f"round {number} of {rounds}" if number else "warming up")
        figures = once(not number)
        if number:
            measured.append(figures)
    return measured
