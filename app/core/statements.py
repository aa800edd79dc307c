"""SQL statements that are built once for each combination of filters, and executed with named bind parameters.

SQLAlchemy computes the cache key of a statement once for each object. A statement built again for each request costs
more than its execution.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache, wraps
from typing import Any, Concatenate, Generic, ParamSpec, TypeVar

from sqlalchemy import ColumnElement, Date, DateTime, Integer, Text, any_, bindparam, cast, func, literal_column, or_
from sqlalchemy.dialects.postgresql import ARRAY, array
from sqlalchemy.types import TypeEngine

MOST = 256
"""Limit of the combinations in memory, of all lists together."""
BuiltT = TypeVar("BuiltT")
VariantP = ParamSpec("VariantP")

Binds = Mapping[str, Any]
"""Bind parameters by name; for booleans the values themselves, as a tuple."""
Conditions = Mapping[str, Callable[[Any], ColumnElement[bool]]]
"""Condition of each filter, by its name; takes the bind parameter of the filter."""
_TYPES: dict[type, tuple[TypeEngine[Any], TypeEngine[Any]]] = {
    kind: (of, ARRAY(of))
    for kind, of in ((str, Text()), (int, Integer()), (datetime, DateTime(timezone=True)), (date, Date()))
}
"""SQL types of one value and of several, by their type in Python."""


@dataclass(frozen=True)
class Bound(Generic[BuiltT]):
    """Statement or listing, with the values of its bind parameters."""

    built: BuiltT
    values: Mapping[str, Any]


def built_once(
    build: Callable[Concatenate[Binds, VariantP], BuiltT],
) -> Callable[Concatenate[Mapping[str, Any], VariantP], Bound[BuiltT]]:
    """Decorates a builder, which takes bind parameters in place of values: one call for each combination.

    A combination is the names of the values, their SQL types, and the further arguments. A list of one value is bound
    as that value, so that PostgreSQL compares by `=` and can use the order of an index; a longer list as an array.
    Booleans are part of the combination.
    """

    @wraps(build)
    def bind(values: Mapping[str, Any], /, *args: VariantP.args, **kwargs: VariantP.kwargs) -> Bound[BuiltT]:
        single = {name: value[0] if _is_single(value) else value for name, value in values.items()}
        shape = tuple((name, _type_of(name, value)) for name, value in single.items())
        built: BuiltT = _built(build, shape, args, tuple(kwargs.items()))
        return Bound(built, single)

    return bind


@lru_cache(maxsize=MOST)
def _built(
    build: Callable[..., Any], shape: tuple[tuple[str, Any], ...], args: tuple[Any, ...], kwargs: tuple[Any, ...]
) -> Any:
    binds = {name: kind if isinstance(kind, tuple) else bindparam(name, type_=kind) for name, kind in shape}
    return build(binds, *args, **dict(kwargs))


def _is_single(value: Any) -> bool:
    return isinstance(value, list) and len(value) == 1


def _type_of(name: str, value: Any) -> TypeEngine[Any] | tuple[bool, ...]:
    """Returns the SQL type of a value, or booleans as a tuple."""
    listed = isinstance(value, list)
    one = value[0] if listed and value else value
    if isinstance(one, bool):
        return tuple(sorted(set(value))) if listed else (one,)
    for kind, (scalar, several) in _TYPES.items():
        if isinstance(one, kind):
            return several if listed else scalar
    raise TypeError(f"{name} has no SQL type: {type(one).__name__}")


def filters_of(query: Any, conditions: Conditions) -> dict[str, Any]:
    """Values of the filters that are set."""
    filters = {name: getattr(query, name, None) for name in conditions}
    return {name: value for name, value in filters.items() if value not in ([], "", None)}


def matching(binds: Binds, conditions: Conditions) -> list[ColumnElement[bool]]:
    """Conditions of the filters that are bound."""
    return [conditions[name](bind) for name, bind in binds.items() if name in conditions]


def any_of(column: Any) -> Callable[[Any], ColumnElement[bool]]:
    """Condition that a column has one of the bound values."""

    def condition(values: Any) -> ColumnElement[bool]:
        if isinstance(values, tuple):
            return or_(*(column == value for value in values))
        found: ColumnElement[bool] = column == (any_(values) if is_array(values) else values)
        return found

    return condition


def dates_of(query: Any) -> dict[str, date]:
    """First and last day that a query sets."""
    return {name: day for name in ("from_", "to") if (day := getattr(query, name))}


def during(binds: Binds, span: Any) -> list[ColumnElement[bool]]:
    """Condition that a range of days overlaps the bound days; none if no day is bound."""
    first, last = binds.get("from_"), binds.get("to")
    if first is None and last is None:
        return []
    # Without a bound the range has no end.
    return [span.overlaps(func.daterange(first, last, literal_column("'[]'")))]


def is_array(bind: Any) -> bool:
    """True for several values, false for one."""
    return isinstance(bind.type, ARRAY)


def as_array(bind: Any) -> ColumnElement[Any]:
    """The bound values as an array, also if there is only one."""
    return bind if is_array(bind) else cast(array([bind]), ARRAY(bind.type))
