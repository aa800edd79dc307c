"""Faults in curated files, in words for the person who edits them."""

from collections.abc import MutableMapping
from dataclasses import dataclass, field


@dataclass(frozen=True, order=True)
class Fault:
    """One thing wrong in a curated file, in words for the person who edits it."""

    file: str
    line: int
    record: str
    message: str

    def __str__(self) -> str:
        return (
            f"{self.file}:{self.line}: {self.record}: {self.message}"
            if self.record
            else (f"{self.file}:{self.line}: {self.message}")
        )


@dataclass
class Faults:
    """The faults found so far, and where each record stands, so that a later check can name its line."""

    found: list[Fault] = field(default_factory=list)
    lines: MutableMapping[tuple[str, str], int] = field(default_factory=dict)

    def add(self, file: str, record: str, message: str) -> None:
        self.found.append(Fault(file, self.lines.get((file, record), 1), record, message))


class Refused(Exception):
    """The curated files have faults; nothing was loaded."""

    def __init__(self, faults: list[Fault]) -> None:
        super().__init__("\n".join(str(fault) for fault in faults))
        self.faults = faults
