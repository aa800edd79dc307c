"""Faults in curated files, in words for the person who edits them."""

from collections.abc import Iterable, MutableMapping
from dataclasses import dataclass, field

from app.ingest.reading.marks import Mark


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


@dataclass(frozen=True)
class ClassifiedDocument:
    """All that may be known of a document that was refused for its marks."""

    sha256: str
    marks: tuple[Mark, ...]


@dataclass
class Faults:
    """The faults found so far, and where each record stands, so that a later check can name its line."""

    found: list[Fault] = field(default_factory=list)
    lines: MutableMapping[tuple[str, str], int] = field(default_factory=dict)
    documents: list[ClassifiedDocument] = field(default_factory=list)
    """Those that were refused for their marks."""

    def add(self, file: str, record: str, message: str, line: int | None = None) -> None:
        self.found.append(Fault(file, line or self.lines.get((file, record), 1), record, message))


class Refused(Exception):
    """The curated files have faults; nothing was loaded."""

    def __init__(self, faults: list[Fault], documents: Iterable[ClassifiedDocument] = ()) -> None:
        super().__init__("\n".join(str(fault) for fault in faults))
        self.faults = faults
        self.documents = tuple(documents)
