"""Results table of a run, in docs/reliability.md between its markers."""

import os
import platform
import sys
from collections.abc import Sequence

from chaos.experiments import Outcome
from chaos.service import ROOT, FaultError

DOCUMENT = ROOT / "docs" / "reliability.md"
BEGIN = "<!-- begin: python3 run.py chaos -->\n"
END = "<!-- end -->\n"


def say(words: str) -> None:
    """Prints progress if standard error is a terminal."""
    if sys.stderr.isatty():
        print(f"chaos: {words}", file=sys.stderr)


def table(outcomes: Sequence[Outcome]) -> str:
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    lines = [("fault", "result", "passed"), ("---", "---", "---")]
    lines += [(one.what, one.found, "yes" if one.holds else "**no**") for one in outcomes]
    rows = "".join(f"| {' | '.join(cells)} |\n" for cells in lines)
    return f"{rows}\n{cores} cores, Python {platform.python_version()}, with other work on the machine.\n"


def write(outcomes: Sequence[Outcome]) -> None:
    text = DOCUMENT.read_text(encoding="utf-8")
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not (begin and end):
        raise FaultError("the markers of the table are missing in docs/reliability.md")
    DOCUMENT.write_text(f"{before}{begin}\n{table(outcomes)}\n{end}{after}", encoding="utf-8")
