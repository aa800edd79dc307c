"""Reader of curated files: parses YAML with line numbers, validates its shape, reports all errors at once."""

import re
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import ValidationError

from app.cable_parser.marks import Mark
from app.core.folding import normal_text
from app.core.validation_messages import setting_message
from app.records.errors import ClassifiedDocument, IssueCollector, ValidationIssue
from app.records.marked_texts import REFUSED, classified_texts
from app.records.schemas.cables import Curated

FileT = TypeVar("FileT", bound=Curated)
Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
UNCONSTRUCTED = (ValueError, LookupError, AttributeError, TypeError, ArithmeticError, RecursionError)
HINTS = {"string_type": "must be text; put numbers and dates in quotes"}
"""Messages that differ from those of requests, by error type."""


def read_file(path: Path, shape: type[FileT], *, name: str, faults: IssueCollector) -> FileT | None:
    """Parses a file into its shape, or adds errors and returns None. `name` is the file's name in errors."""
    try:
        root, data = _parsed(path)
    except _Unreadable as error:
        faults.found.append(ValidationIssue(name, error.line, "", str(error)))
        return None
    if root is None:
        faults.found.append(ValidationIssue(name, 1, "", "the file is empty"))
        return None
    for line, key in _repeated_keys(root):
        faults.found.append(ValidationIssue(name, line, "", f"duplicate key {key}"))
    for record, line in _records(root):
        faults.lines.setdefault((name, record), line)
    before = len(faults.found)
    if _refuse_classified(path, data, root=root, name=name, faults=faults):
        return None
    try:
        file = shape.model_validate(_cleaned(data, (), root=root, name=name, faults=faults))
    except ValidationError as error:
        for fault in error.errors():
            line, record, place = _locate(root, fault["loc"])
            words = HINTS.get(fault["type"]) or setting_message(fault)
            found = ValidationIssue(name, line, record, f"{place}: {words}" if place else words)
            # A forbidden text is also found by `_cleaned`, so the same error may exist already.
            if found not in faults.found:
                faults.found.append(found)
        return None
    return file if len(faults.found) == before else None


def _refuse_classified(path: Path, data: Any, *, root: yaml.Node, name: str, faults: IssueCollector) -> bool:
    """Adds an error for each text with a classified mark, without its words. Returns true if there is one."""
    marks: list[Mark] = []
    for loc, _, classification in classified_texts(data):
        if classification.refusals:
            line, record, place = _locate(root, loc)
            faults.found.append(ValidationIssue(name, line, record, f"{place}: {REFUSED}"))
            marks += (Mark(line, mark.kind) for mark in classification.refusals)
    if marks:
        faults.documents.append(ClassifiedDocument(sha256(path.read_bytes()).hexdigest(), tuple(marks)))
    return bool(marks)


def _cleaned(value: Any, loc: tuple[int | str, ...], *, root: yaml.Node, name: str, faults: IssueCollector) -> Any:
    """Returns the value with its texts in NFC; adds an error for each forbidden text."""
    if isinstance(value, dict):
        return {key: _cleaned(one, (*loc, key), root=root, name=name, faults=faults) for key, one in value.items()}
    if isinstance(value, list):
        return [_cleaned(one, (*loc, place), root=root, name=name, faults=faults) for place, one in enumerate(value)]
    if not isinstance(value, str):
        return value
    try:
        return normal_text(value)
    except ValueError as error:
        line, record, place = _locate(root, loc)
        faults.found.append(ValidationIssue(name, line, record, f"{place}: {error}"))
        return value


class _Unreadable(Exception):
    """Raised if a file is missing or cannot be parsed as YAML."""

    def __init__(self, words: str, *, line: int = 1) -> None:
        super().__init__(words)
        self.line = line


def _parsed(path: Path) -> tuple[yaml.Node | None, Any]:
    """Returns the file as nodes, which have line numbers, and as data."""
    try:
        loader = Loader(path.read_text(encoding="utf-8"))
        root = loader.get_single_node()
        return root, None if root is None else loader.construct_document(root)
    except FileNotFoundError:
        raise _Unreadable("the file is missing") from None
    except OSError as error:
        raise _Unreadable(f"the file cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise _Unreadable("the file is not UTF-8") from error
    except yaml.YAMLError as error:
        raise _Unreadable(f"the file is not valid YAML: {_yaml_words(error)}", line=_yaml_line(error)) from error
    except UNCONSTRUCTED as error:
        # PyYAML recognizes a value by its form alone, such as a date that no calendar has.
        raise _Unreadable(f"a value cannot be parsed ({error}): put it in quotes") from error


def _yaml_line(error: yaml.YAMLError) -> int:
    mark = getattr(error, "problem_mark", None)
    return mark.line + 1 if mark else 1


def _yaml_words(error: yaml.YAMLError) -> str:
    return str(getattr(error, "problem", None) or error).splitlines()[0]


def _walk(node: yaml.Node) -> Iterator[yaml.Node]:
    yield node
    if isinstance(node, yaml.MappingNode):
        for _, value in node.value:
            yield from _walk(value)
    elif isinstance(node, yaml.SequenceNode):
        for value in node.value:
            yield from _walk(value)


def _repeated_keys(root: yaml.Node) -> Iterator[tuple[int, str]]:
    """Yields duplicate keys, of which YAML silently keeps the last."""
    for node in _walk(root):
        if isinstance(node, yaml.MappingNode):
            seen: set[str] = set()
            for key, _ in node.value:
                if key.value in seen:
                    yield key.start_mark.line + 1, str(key.value)
                seen.add(key.value)


def _records(root: yaml.Node) -> Iterator[tuple[str, int]]:
    """Yields each record with an id, and its line."""
    for node in _walk(root):
        if isinstance(node, yaml.MappingNode):
            for key, value in node.value:
                if key.value == "id" and isinstance(value, yaml.ScalarNode):
                    yield value.value, node.start_mark.line + 1


def _locate(root: yaml.Node, loc: tuple[int | str, ...]) -> tuple[int, str, str]:
    """Returns the line, the record and the key of an error."""
    node, line, record = root, root.start_mark.line + 1, ""
    place: list[str] = []
    for step in loc:
        if isinstance(node, yaml.MappingNode):
            found = next(((key, value) for key, value in node.value if key.value == step), None)
            if found is not None:
                line, node = found[0].start_mark.line + 1, found[1]
            place.append(str(step))
        elif isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
            node = node.value[step]
            line = node.start_mark.line + 1
            own = _own_id(node)
            record, place = (own, []) if own else (record, [*place, str(step + 1)])
    return line, record, re.sub(r"\.([0-9]+)", r" \1", ".".join(place))


def _own_id(node: yaml.Node) -> str:
    if not isinstance(node, yaml.MappingNode):
        return ""
    return next((str(value.value) for key, value in node.value if key.value == "id"), "")


def described(value: Any) -> str:
    """Quotes a value of a file for a message, truncated."""
    text = str(value)
    return f'"{text[:60]}..."' if len(text) > 60 else f'"{text}"'  # noqa: PLR2004 - a line's worth
