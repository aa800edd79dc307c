"""Export of edits: writes changes made through the service back into the curated files.

Comments and order stay. A value is written so that the loader, which reads YAML 1.1, parses it back unchanged.
"""

import io
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml as plain
from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedSeq
from ruamel.yaml.error import YAMLError
from ruamel.yaml.scalarstring import DoubleQuotedScalarString
from sqlalchemy import Engine, Row, select

from app.ingest.pipeline import check
from app.models import RecordEdit
from app.records.errors import CurationError, ValidationIssue
from app.records.types import CABLE_COLLECTIONS, RECORD_TYPES
from app.records.yaml_files import UNCONSTRUCTED, Loader
from app.vocabulary import Editable

NO_LIST = "[]"
LONGEST_LINE = 1_000_000
EXACT_MOST = 2**53
"""Limit of exact integers: above it, a float without a fraction need not be a whole number."""
UNREADABLE = (OSError, plain.YAMLError, YAMLError, *UNCONSTRUCTED)
TEXT = "tag:yaml.org,2002:str"
_RESOLVER = plain.resolver.Resolver()

Record = Mapping[str, Any]


@dataclass(frozen=True)
class Exported:
    """Result of an export: the changed files, and the records left out, with the reason."""

    files: list[str]
    left_out: list[ValidationIssue]


def export_edits(engine: Engine, data: Path, *, say: Callable[[str], None] = lambda _: None) -> Exported:
    """Writes all edits into the files of a data folder.

    An edit that would cause a validation error is left out. If the files themselves have errors, they stay unchanged,
    and `CurationError` is raised with the errors.
    """
    with engine.connect() as connection:
        edits = list(connection.execute(select(RecordEdit).order_by(RecordEdit.collection, RecordEdit.record_id)))
    say(f"{len(edits)} edited records to export into {data}")
    left_out: list[ValidationIssue] = []
    while True:
        texts = _Texts(data)
        for edit in list(edits):
            fault = texts.lay(edit)
            if fault is not None:
                left_out.append(fault)
                edits.remove(edit)
        try:
            say("writing the files and validating the data folder")
            return Exported(texts.write(say), sorted(left_out))
        except CurationError as refused:
            say(f"{len(refused.faults)} faults; the files are as before")
            blamed = {fault.record for fault in refused.faults} & {edit.record_id for edit in edits}
            if not blamed:
                raise
            left_out += [fault for fault in refused.faults if fault.record in blamed]
            edits = [edit for edit in edits if edit.record_id not in blamed]


class _Texts:
    """Files of a data folder with pending edits."""

    def __init__(self, data: Path) -> None:
        self.data = data
        self.before: dict[Path, str] = {}
        self.after: dict[Path, str] = {}

    def lay(self, edit: Row[Any]) -> ValidationIssue | None:
        """Applies an edit to its file. Returns an error if that is impossible."""
        path = self.data / "curated" / _file_of(edit)
        try:
            before = self.before.setdefault(path, path.read_text(encoding="utf-8"))
            self.after[path] = _with(self.after.get(path, before), edit)
        except UNREADABLE as error:
            reason = " ".join(str(error).split())
            return ValidationIssue(
                str(path.relative_to(self.data)), 1, edit.record_id, f"it cannot be written: {reason}"
            )
        return None

    def write(self, say: Callable[[str], None]) -> list[str]:
        """Writes the files, and validates the whole folder; restores all files if validation fails."""
        changed = [path for path in self.after if self.after[path] != self.before[path]]
        try:
            for path in changed:
                path.write_text(self.after[path], encoding="utf-8")
            check(self.data, say=say)
        except BaseException:
            for path in changed:
                path.write_text(self.before[path], encoding="utf-8")
            raise
        return [str(path.relative_to(self.data)) for path in changed]


def _file_of(edit: Row[Any]) -> str:
    home = edit.record_id.rpartition("-")[0]
    if edit.collection in CABLE_COLLECTIONS:
        return f"{home}/{edit.collection}.yaml"
    return f"{edit.collection}/{home}.yaml"


def _with(text: str, edit: Row[Any]) -> str:
    """Returns the file with one edit: changes only the lines of the record, and appends a new record at the end."""
    lines = text.splitlines(keepends=True)
    places = dict(_records(text, edit.collection))
    if edit.record_id in places:
        start, end = places[edit.record_id]
        lines[start:end] = [_written(edit, "".join(lines[start:end]))]
        return "".join(lines)
    if not edit.made:
        raise ValueError("the file has it no more")
    new = _written(edit, "")
    if places:
        end = max(end for _, end in places.values())
        lines[end:end] = ["\n", new]
        return "".join(lines)
    if f"{edit.collection}: {NO_LIST}" not in text:
        raise ValueError(f"the file has no list {edit.collection}: {NO_LIST} to begin")
    return text.replace(f"{edit.collection}: {NO_LIST}", f"{edit.collection}:\n\n{new}".rstrip("\n"))


def _written(edit: Row[Any], before: str) -> str:
    """Renders the lines of a record with an edit; quotes the texts if the loader would otherwise misread them."""
    (old,) = plain.load(before, Loader) if before else ({},)  # noqa: S506 - a safe loader, in C where there is one
    values = _values(edit, old)
    for quoted in (False, True):
        text = _changed(before, old, values, quoted=quoted) if before else _dumped([_styled(values, quoted=quoted)])
        if plain.load(text, Loader) == [{**old, **values}]:  # noqa: S506 - likewise
            return text
    raise ValueError("the loader would read something else")


def _records(text: str, key: str) -> Iterator[tuple[str, tuple[int, int]]]:
    """Yields each record of the list under a key: its id, its first line, and the line after its last."""
    lines = text.splitlines()
    root: Any = Loader(text).get_single_node()
    (listed,) = (value for name, value in root.value if name.value == key)
    starts = [node.start_mark.line for node in listed.value]
    ends = [*starts[1:], min(listed.end_mark.line, len(lines)) if starts else 0]
    for node, start, end in zip(listed.value, starts, ends, strict=True):
        last = end
        while not lines[last - 1].strip() or lines[last - 1].lstrip().startswith("#"):
            last -= 1
        yield _id_of(node), (start, last)


def _id_of(node: plain.MappingNode) -> str:
    return next((str(value.value) for name, value in node.value if name.value == "id"), "")


def _changed(text: str, old: Record, values: Record, *, quoted: bool) -> str:
    (record,) = _yaml().load(text)
    for name, value in values.items():
        if name not in old or old[name] != value:
            record[name] = _styled(value, quoted=quoted)
    return _dumped([record])


def _values(edit: Row[Any], old: Record) -> dict[str, Any]:
    """Returns the fields of an edit, the id first; null becomes the default of a field that has one."""
    fields: Mapping[str, Any] = edit.fields
    # An edit of a new record is complete: a field that it omits was removed.
    named = {*fields, *old} if edit.made else {*fields}
    return {
        name: _whole(fields[name]) if fields.get(name) is not None else _default(edit, name)
        for name in ["id", *RECORD_TYPES[Editable(edit.collection)].schema.model_fields]
        if name in named
    }


def _default(edit: Row[Any], name: str) -> Any:
    field = RECORD_TYPES[Editable(edit.collection)].schema.model_fields[name]
    return None if field.is_required() else field.get_default(call_default_factory=True)


def _whole(value: Any) -> Any:
    """Converts a float without a fraction to an integer, as curators write it."""
    return int(value) if isinstance(value, float) and value.is_integer() and abs(value) < EXACT_MOST else value


def _styled(value: Any, *, quoted: bool) -> Any:
    """Returns the value with YAML style: lists of words in flow style, texts in quotes where necessary."""
    if isinstance(value, dict):
        return {name: _styled(part, quoted=quoted) for name, part in value.items()}
    if isinstance(value, list):
        listed = CommentedSeq(_styled(part, quoted=quoted) for part in value)
        if not any(isinstance(part, dict) for part in value):
            listed.fa.set_flow_style()
        return listed
    if isinstance(value, str) and (quoted or not _is_plain(value)):
        return DoubleQuotedScalarString(value)
    return value


def _is_plain(text: str) -> bool:
    """True if the loader reads the unquoted text as a text, unlike `yes`, `12:30` or `1_000`."""
    return text.isprintable() and _RESOLVER.resolve(plain.ScalarNode, text, (True, False)) == TEXT  # type: ignore[no-untyped-call] # PyYAML's


def _dumped(records: list[Any]) -> str:
    written = io.StringIO()
    _yaml().dump(records, written)
    return written.getvalue()


def _yaml() -> YAML:
    """Returns a YAML processor that keeps the style of the curated files, so that only edited values change."""
    yaml = YAML()
    yaml.preserve_quotes = True
    yaml.width = LONGEST_LINE
    yaml.indent(mapping=2, sequence=4, offset=2)
    yaml.representer.add_representer(type(None), _represent_null)
    yaml.representer.add_representer(float, _represent_float)
    return yaml


def _represent_null(representer: Any, _: None) -> Any:
    return representer.represent_scalar("tag:yaml.org,2002:null", "null")


def _represent_float(representer: Any, value: float) -> Any:
    """Writes a float with a decimal point: without one, the loader reads an exponent as text."""
    mantissa, sign, exponent = repr(value).partition("e")
    point = "" if "." in mantissa or not sign else ".0"
    return representer.represent_scalar("tag:yaml.org,2002:float", f"{mantissa}{point}{sign}{exponent}")
