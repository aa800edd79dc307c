"""Rows as CSV and as JSON Lines; pure."""

import csv
import io
import json
from collections.abc import Iterable
from dataclasses import dataclass
from types import UnionType
from typing import Any, Union, get_args, get_origin

from pydantic import BaseModel

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True)
class Column:
    """One column of a CSV file: its name and the way to its value in a row's JSON."""

    name: str
    path: tuple[str, ...]


def columns_of(shape: type[BaseModel], *, above: tuple[str, ...] = ()) -> list[Column]:
    """The columns of an output shape: one for each field, and for those of an object inside it one each."""
    columns: list[Column] = []
    for name, field in shape.model_fields.items():
        path = (*above, name)
        inner = _object_in(field.annotation)
        if inner is not None:
            columns += columns_of(inner, above=path)
        else:
            columns.append(Column("_".join(path), path))
    return columns


def _object_in(annotation: Any) -> type[BaseModel] | None:
    """The shape of a field that holds one object or null; None for scalars and lists."""
    if get_origin(annotation) in {Union, UnionType}:
        found = [_object_in(part) for part in get_args(annotation) if part is not type(None)]
        return found[0] if len(found) == 1 else None
    return annotation if isinstance(annotation, type) and issubclass(annotation, BaseModel) else None


def csv_head(columns: list[Column]) -> str:
    return _written([[column.name for column in columns]])


def csv_rows(rows: Iterable[str], columns: list[Column]) -> str:
    """Rows of JSON text as lines of CSV (RFC 4180), none of which a spreadsheet takes for a formula."""
    documents = (json.loads(row) for row in rows)
    return _written([_cell(_at(document, column.path)) for column in columns] for document in documents)


def json_lines(rows: Iterable[str]) -> str:
    """Rows of JSON text, one on each line, values as they are."""
    return "".join(f"{row}\n" for row in rows)


def _written(rows: Iterable[list[str]]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\r\n").writerows(rows)
    return text.getvalue()


def _at(document: Any, path: tuple[str, ...]) -> Any:
    for name in path:
        document = None if document is None else document[name]
    return document


def _cell(value: Any) -> str:
    """A value as the text of a cell: lists joined by semicolons, objects by commas."""
    text = _text(value)
    return f"'{text}" if text.startswith(FORMULA_STARTS) else text


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return "; ".join(_text(part) for part in value)
    if isinstance(value, dict):
        return ", ".join(text for part in value.values() if (text := _text(part)))
    return str(value)
