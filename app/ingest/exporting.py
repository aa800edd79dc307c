"""What people changed through the service, written back into the curated files, comments and order kept."""

import io
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml as plain
from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedSeq
from sqlalchemy import Engine, Row, select

from app.ingest.curation.files import Loader
from app.ingest.overlay import SHAPES
from app.ingest.pipeline import check
from app.ingest.records import OF_CABLES
from app.models import Edit
from app.vocabulary import Editable

NO_LIST = "[]"
LONGEST_LINE = 1_000_000


def export_edits(engine: Engine, data: Path) -> list[str]:
    """Writes every edit into the files of a data folder; the names of the files that it changed.

    Where they then have faults they are as before, and Refused names those.
    """
    before: dict[Path, str] = {}
    after: dict[Path, str] = {}
    with engine.connect() as connection:
        for edit in connection.execute(select(Edit).order_by(Edit.collection, Edit.record_id)):
            path = data / "curated" / _file_of(edit)
            before.setdefault(path, path.read_text(encoding="utf-8"))
            after[path] = _with(after.get(path, before[path]), edit)
    changed = [path for path in after if after[path] != before[path]]
    try:
        for path in changed:
            path.write_text(after[path], encoding="utf-8")
        check(data)
    except BaseException:
        for path in changed:
            path.write_text(before[path], encoding="utf-8")
        raise
    return [str(path.relative_to(data)) for path in changed]


def _file_of(edit: Row[Any]) -> str:
    home = edit.record_id.rpartition("-")[0]
    if edit.collection in OF_CABLES:
        return f"{home}/{edit.collection}.yaml"
    return f"{edit.collection}/{home}.yaml"


def _with(text: str, edit: Row[Any]) -> str:
    """A file with one edit: only the lines of the record change, and a new record comes after all others."""
    lines = text.splitlines(keepends=True)
    places = dict(_records(text, edit.collection))
    if edit.record_id in places:
        start, end = places[edit.record_id]
        lines[start:end] = [_changed("".join(lines[start:end]), edit)]
        return "".join(lines)
    new = _dumped([_values(edit)])
    if not places:
        return text.replace(f"{edit.collection}: {NO_LIST}", f"{edit.collection}:\n\n{new}".rstrip("\n"))
    end = max(end for _, end in places.values())
    lines[end:end] = ["\n", new]
    return "".join(lines)


def _records(text: str, key: str) -> Iterator[tuple[str, tuple[int, int]]]:
    """Each record of the list under a key: its id, its first line, and the line after its last."""
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
    return next(str(value.value) for name, value in node.value if name.value == "id")


def _changed(text: str, edit: Row[Any]) -> str:
    (record,) = _yaml().load(text)
    values = _values(edit)
    if edit.made:
        # It is all of the record: what it does not say is not so any more.
        values |= {name: _default(edit, name) for name in record if name not in values}
    for name, value in values.items():
        if name not in record or record[name] != value:
            record[name] = value
    return _dumped([record])


def _values(edit: Row[Any]) -> dict[str, Any]:
    """The fields of an edit, the id first; null stands for the default where there is one."""
    fields: Mapping[str, Any] = edit.fields
    return {
        name: _styled(fields[name]) if fields[name] is not None else _default(edit, name)
        for name in ["id", *SHAPES[Editable(edit.collection)].model_fields]
        if name in fields
    }


def _default(edit: Row[Any], name: str) -> Any:
    field = SHAPES[Editable(edit.collection)].model_fields[name]
    return None if field.is_required() else _styled(field.get_default(call_default_factory=True))


def _styled(value: Any) -> Any:
    """A list of words stands on one line, as curators write it; a whole number has no fraction."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, list):
        listed = CommentedSeq(value)
        if not any(isinstance(one, dict) for one in value):
            listed.fa.set_flow_style()
        return listed
    return value


def _dumped(records: list[Any]) -> str:
    written = io.StringIO()
    _yaml().dump(records, written)
    return written.getvalue()


def _yaml() -> YAML:
    """Reads and writes as the curated files are written: nothing but what is changed changes."""
    yaml = YAML()
    yaml.preserve_quotes = True
    yaml.width = LONGEST_LINE
    yaml.indent(mapping=2, sequence=4, offset=2)
    yaml.representer.add_representer(type(None), _represent_null)
    return yaml


def _represent_null(told: Any, _: None) -> Any:
    return told.represent_scalar("tag:yaml.org,2002:null", "null")
