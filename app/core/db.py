"""Engines with their timeouts, and the expressions by which PostgreSQL builds the JSON of answers."""

from typing import Any

from pydantic import BaseModel
from sqlalchemy import (
    ColumnElement,
    Engine,
    NullPool,
    Select,
    Text,
    create_engine,
    func,
    literal_column,
    make_url,
    select,
)
from sqlalchemy import cast as sql_cast
from sqlalchemy.dialects.postgresql import aggregate_order_by
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

POOL_WAIT_SECONDS = 2
WRITING_POOL_SIZE = 4
"""Connections for writes, and for what no reader may see, that one process keeps beside those of readers."""
WRITER = "register_writer"
"""The role that writes; the migrations make it and say what it may."""
SESSION_OPTIONS = (
    "-c statement_timeout=5s -c lock_timeout=2s -c idle_in_transaction_session_timeout=10s -c timezone=UTC "
    # The first so many rows of a scan are then the same ones for each page of a list that is cut there.
    "-c synchronize_seqscans=off -c max_parallel_workers_per_gather=0"
    # Disks no longer turn: an index is worth using for the few rows of a page.
    " -c random_page_cost=1.1"
    # What readers of U see of a list is made of eleven tables; PostgreSQL orders no more than eight by itself.
    " -c join_collapse_limit=12 -c from_collapse_limit=12 -c geqo_threshold=14"
)


def driver_url(url: str) -> str:
    """The address with the driver in use named: psycopg 3."""
    return make_url(url).set(drivername="postgresql+psycopg").render_as_string(hide_password=False)


def reader_options(*, role: str, schema: str) -> str:
    """The options of a connection that has the role from the start, sees its schema alone, and only reads."""
    return f"{SESSION_OPTIONS} -c role={role} -c search_path={schema} -c default_transaction_read_only=on"


def reading_engine(url: str, *, pool_size: int, role: str, schema: str) -> AsyncEngine:
    """The engine that answers what is read of the register, as a reader's role; each statement stands for itself."""
    options = reader_options(role=role, schema=schema)
    return _pooled(url, pool_size=pool_size, options=options, isolation_level="AUTOCOMMIT")


def writing_engine(url: str, *, pool_size: int = WRITING_POOL_SIZE, **told: Any) -> AsyncEngine:
    """The engine of writes, and of what no reader may see, as a role that owns nothing.

    `told` is what its connections know.
    """
    options = f"{SESSION_OPTIONS} -c role={WRITER}"
    return _pooled(url, pool_size=pool_size, options=options, execution_options=told)


def _pooled(url: str, *, pool_size: int, options: str, **further: Any) -> AsyncEngine:
    """An engine for requests: no statement outlives 5 s, no request waits over 2 s for a connection."""
    return create_async_engine(
        driver_url(url),
        pool_size=pool_size,
        max_overflow=0,
        pool_timeout=POOL_WAIT_SECONDS,
        pool_pre_ping=True,
        connect_args={"options": options, "connect_timeout": POOL_WAIT_SECONDS},
        **further,
    )


def loading_engine(url: str, **told: Any) -> Engine:
    """The engine of migrations, loads and commands, which may take as long as they need; it keeps no connection open.

    `told` is what its connections know.
    """
    return create_engine(
        driver_url(url),
        poolclass=NullPool,
        execution_options=told,
        connect_args={"options": "-c timezone=UTC", "connect_timeout": 5},
    )


def json_object(shape: type[BaseModel], **fields: Any) -> ColumnElement[Any]:
    """The JSON object of one output shape, its fields in the shape's order.

    Refuses a field more or less than the shape has, when the module is imported and not when it is asked.
    """
    if set(fields) != set(shape.model_fields):
        odd = sorted(set(fields) ^ set(shape.model_fields))
        raise TypeError(f"{shape.__name__} and its select differ in {', '.join(odd)}")
    pairs: list[Any] = []
    for name in shape.model_fields:
        pairs += [literal_column(f"'{name}'"), fields[name]]
    return func.json_build_object(*pairs)


def json_list(rows: Select[Any], *, of: Any, order_by: Any) -> ColumnElement[Any]:
    """The JSON array of the first column of `rows`, a select that hangs on table `of`; never null."""
    element = rows.selected_columns[0]
    array = func.coalesce(
        func.json_agg(aggregate_order_by(element, *_as_tuple(order_by))), literal_column("'[]'::json")
    )
    return rows.with_only_columns(array, maintain_column_froms=True).correlate(of).scalar_subquery()


def json_ranges(ranges: Any) -> ColumnElement[Any]:
    """A multirange as the JSON array of its {start, end}, null where it is null."""
    part: ColumnElement[Any] = func.unnest(ranges).column_valued("part")
    pair = func.json_build_object(
        literal_column("'start'"), func.lower(part), literal_column("'end'"), func.upper(part)
    )
    rows = select(func.json_agg(aggregate_order_by(pair, func.lower(part))))
    return rows.scalar_subquery()


def as_text(json: ColumnElement[Any]) -> ColumnElement[str]:
    """JSON as the text PostgreSQL wrote, which then goes out as it is."""
    return sql_cast(json, Text)


def _as_tuple(order_by: Any) -> tuple[Any, ...]:
    return order_by if isinstance(order_by, tuple) else (order_by,)
