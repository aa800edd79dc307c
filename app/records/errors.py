"""Validation errors of curated files, worded for curators."""

from collections.abc import Iterable, MutableMapping
from dataclasses import dataclass, field

from app.cable_parser.marks import Mark


@dataclass(frozen=True, order=True)
class ValidationIssue:
    """Validation error in a curated file, worded for curators."""

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
    """Digest and marks of a rejected classified document; nothing else of it may be kept."""

    sha256: str
    marks: tuple[Mark, ...]


@dataclass
class IssueCollector:
    """Collector of validation errors, with the line of each record for later checks."""

    found: list[ValidationIssue] = field(default_factory=list)
    lines: MutableMapping[tuple[str, str], int] = field(default_factory=dict)
    documents: list[ClassifiedDocument] = field(default_factory=list)
    """Documents that the classification guard rejected."""

    def add(self, file: str, record: str, message: str, line: int | None = None) -> None:
        self.found.append(ValidationIssue(file, line or self.lines.get((file, record), 1), record, message))


class CurationError(Exception):
    """Raised if the curated files have errors; nothing was loaded."""

    def __init__(self, faults: list[ValidationIssue], documents: Iterable[ClassifiedDocument] = ()) -> None:
        super().__init__("\n".join(str(fault) for fault in faults))
        self.faults = faults
        self.documents = tuple(documents)
