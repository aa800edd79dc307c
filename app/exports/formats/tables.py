"""CSV and JSON Lines formats. Pure functions.

A field of a record is a column, and so is each field of an object inside it. A list is one column, with joined values.
A list of objects has a column for each of their fields, and the values of one object are at the same position in each.
"""

import json
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel

from app.vocabulary import TextRange

BYTE_ORDER_MARK = "\ufeff"
"""Byte order mark; spreadsheets detect UTF-8 by it."""
FORMULA_SIGNS = frozenset("=+-@")
FORMULA_STARTS = ("\t", "\r", "\n")
SEPARATORS = ("; ", " | ")
"""Separators of the values of a list, and of a list inside a list."""
_SIGNS = re.compile(r"[\\;|]")
_DIVIDED = re.compile('[,;\t\r\n"|]')


@dataclass(frozen=True)
class Column:
    """Column of a CSV file: its name, and the path to its values in a row's JSON. The path may lead through lists."""

    name: str
    path: tuple[str, ...]


def columns_of(shape: type[BaseModel], *, above: tuple[str, ...] = ()) -> list[Column]:
    """Returns the columns of an output shape. They depend on the shape alone, not on the rows."""
    columns: list[Column] = []
    for name, annotation in _fields_of(shape).items():
        path = (*above, name)
        inner = _objects_in(annotation)
        if inner:
            found = {column.name: column for one in inner for column in columns_of(one, above=path)}
            columns += found.values()
        else:
            columns.append(Column("_".join(path), path))
    return columns


def _fields_of(shape: type[BaseModel]) -> dict[str, Any]:
    return {name: field.annotation for name, field in shape.model_fields.items()}


def _objects_in(annotation: Any) -> list[type[BaseModel]]:
    """Returns the shapes of the objects in a field, single or in a list; empty if the field is one value in a cell."""
    if get_origin(annotation) is Annotated:
        return _objects_in(get_args(annotation)[0])
    if get_origin(annotation) in {Union, UnionType, list}:
        return [shape for part in get_args(annotation) for shape in _objects_in(part)]
    is_object = isinstance(annotation, type) and issubclass(annotation, BaseModel)
    return [annotation] if is_object and annotation is not TextRange else []


def csv_head(columns: list[Column]) -> str:
    return _written([[column.name for column in columns]])


def csv_rows(rows: Iterable[str], columns: list[Column]) -> str:
    """Renders rows of JSON text as CSV lines (RFC 4180); a spreadsheet takes none of the values for a formula."""
    documents = (json.loads(row) for row in rows)
    return _written([_cell(_at(document, column.path)) for column in columns] for document in documents)


def json_lines(rows: Iterable[str]) -> str:
    """Renders rows of JSON text, one per line, with unchanged values."""
    return "".join(f"{row}\n" for row in rows)


def _written(rows: Iterable[list[str]]) -> str:
    return "".join(",".join(map(_quoted, row)) + "\r\n" for row in rows)


def _quoted(cell: str) -> str:
    """Quotes a cell that a comma, or a separator of another locale such as `;` and tab, would divide into several."""
    return '"' + cell.replace('"', '""') + '"' if _DIVIDED.search(cell) else cell


def _at(document: Any, path: tuple[str, ...]) -> Any:
    """Returns the value at the end of a path; a list of values if the path leads through a list."""
    if isinstance(document, list) and path:
        return [_at(one, path) for one in document]
    if document is None or not path:
        return document
    return _at(document.get(path[0]), path[1:])


def _cell(value: Any) -> str:
    """Renders a value as the text of a cell.

    Numbers stay numbers, also negative ones; a text that begins like a formula gets a quote before it.
    """
    text = _text(value)
    return f"'{text}" if not isinstance(value, int | float) and _begins_formula(text) else text


def _begins_formula(text: str) -> bool:
    """Detects the beginning of a formula.

    Blanks and zero-width characters before it are skipped. Full-width forms count, since some spreadsheets take them
    for ASCII.
    """
    if text.startswith(FORMULA_STARTS):
        return True
    first = next((char for char in text if not char.isspace() and unicodedata.category(char) not in {"Cf", "Cc"}), "")
    return unicodedata.normalize("NFKC", first)[:1] in FORMULA_SIGNS


def _text(value: Any, *, depth: int = 0) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return SEPARATORS[min(depth, 1)].join(_element(part, depth=depth + 1) for part in value)
    if isinstance(value, dict):
        return f"{value['start']}..{value['end']}"
    return str(value)


def _element(value: Any, *, depth: int) -> str:
    """Renders a value of a list; a backslash escapes the separator characters in it."""
    text = _text(value, depth=depth)
    return text if isinstance(value, list) else _SIGNS.sub(r"\\\g<0>", text)
