"""The service with row_to_json instead of json_build_object, which writes an object without blanks."""

from typing import Any

from pydantic import BaseModel
from sqlalchemy import ColumnElement, literal_column
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import JSON
from starlette.types import ASGIApp

import app.core.db


class CompactObject(FunctionElement[Any]):
    """An SQL function of alternating names and expressions, as json_build_object takes them."""

    inherit_cache = True
    type = JSON()


@compiles(CompactObject)
def _write(element: CompactObject, compiler: SQLCompiler, **options: Any) -> str:
    parts = [compiler.process(part, **options) for part in element.clauses]
    columns = ", ".join(f"{value} AS {name}" for name, value in zip(parts[::2], parts[1::2], strict=True))
    return f"(SELECT row_to_json(o) FROM (SELECT {columns}) AS o)"  # noqa: S608 - expressions of ours, no input


def compact_object(shape: type[BaseModel], **fields: Any) -> ColumnElement[Any]:
    pairs: list[Any] = []
    for name in shape.model_fields:
        pairs += [literal_column(f'"{name}"'), fields[name]]
    return CompactObject(*pairs)


def build(source: str) -> ASGIApp:
    # Other modules build their expressions at import, so this assignment has to come first.
    app.core.db.json_object = compact_object
    from benchmarks.strategies import computed  # noqa: PLC0415 - see above

    return computed.build(source)
