"""Database engines with their session settings, and SQL expressions that build the JSON of responses."""

import asyncio
from collections.abc import Mapping
from datetime import datetime
from typing import Any, TypeVar, get_args

import psycopg
from psycopg.abc import PQGen
from psycopg.waiting import wait_async
from pydantic import BaseModel
from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Engine,
    NullPool,
    Select,
    Text,
    create_engine,
    event,
    func,
    literal_column,
    make_url,
    select,
)
from sqlalchemy import cast as sql_cast
from sqlalchemy.dialects.postgresql import aggregate_order_by
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import ConnectionPoolEntry

from app.core.cursors import CursorKey
from app.core.session import SESSION, WRITER_SESSION, pin_on_connect, reader_session

ResultT = TypeVar("ResultT")
POOL_WAIT_SECONDS = 2
QUERY_TIMEOUT_SECONDS = 6.0
"""Client-side timeout of a statement, in seconds. PostgreSQL's own limit comes first while the server works."""
PING_TIMEOUT_SECONDS = 1.0
"""Timeout in seconds of the check that an idle connection still works."""
WRITE_POOL_SIZE = 4
"""Pool size for writes and for data that no reader may read, per process, in addition to the readers' pools."""


class TimeoutConnection(psycopg.AsyncConnection[Any]):
    """A psycopg connection with client-side timeouts: it closes when the server hangs or the request is cancelled.

    Psycopg itself would wait for ever in the first case, and ten seconds in the second.
    """

    wait_timeout = PING_TIMEOUT_SECONDS

    async def wait(self, gen: PQGen[ResultT], interval: float = 0.1, timeout: float | None = None) -> ResultT:  # noqa: ASYNC109 - psycopg's signature
        limit = self.wait_timeout if timeout is None else timeout
        try:
            return await wait_async(gen, self.pgconn.socket, interval=interval, timeout=limit)
        except psycopg.OperationalError as error:
            if error.sqlstate is None:
                self.pgconn.finish()
            raise
        except asyncio.CancelledError:
            # The connection is in the middle of a result, so it cannot be used again.
            self.pgconn.finish()
            raise


def driver_url(url: str) -> str:
    """The URL with the driver named: psycopg 3."""
    return make_url(url).set(drivername="postgresql+psycopg").render_as_string(hide_password=False)


def read_engine(url: str, *, pool_size: int, role: str, schema: str) -> AsyncEngine:
    """Engine for reads, with a reader's role and without transactions (autocommit)."""
    session = reader_session(role=role, schema=schema)
    return _pooled(url, pool_size=pool_size, session=session, isolation_level="AUTOCOMMIT")


def write_engine(url: str, *, pool_size: int = WRITE_POOL_SIZE, **execution_options: Any) -> AsyncEngine:
    """Engine for writes, and for data that no reader may read, with a role that owns nothing.

    `execution_options` are those of its connections.
    """
    return _pooled(url, pool_size=pool_size, session=WRITER_SESSION, **execution_options)


def _pooled(
    url: str, *, pool_size: int, session: Mapping[str, str], isolation_level: Any = None, **execution_options: Any
) -> AsyncEngine:
    """Engine for requests: a statement takes at most 5 s, and a request waits at most 2 s for a connection."""
    execution_options["cursor_key"] = CursorKey(url, session=WRITER_SESSION)
    engine = create_async_engine(
        driver_url(url),
        pool_size=pool_size,
        max_overflow=0,
        hide_parameters=True,
        pool_timeout=POOL_WAIT_SECONDS,
        pool_pre_ping=True,
        connect_args={"connect_timeout": POOL_WAIT_SECONDS, "async_creator_fn": TimeoutConnection.connect},
        isolation_level=isolation_level,
        execution_options=execution_options,
    )
    pin_on_connect(engine.sync_engine, session)
    event.listen(engine.sync_engine, "checkout", _use_query_timeout)
    event.listen(engine.sync_engine, "checkin", _use_ping_timeout)
    return engine


def _use_query_timeout(_connection: Any, record: ConnectionPoolEntry, _lent: Any) -> None:
    """Raises the timeout of a connection that passed its check and leaves the pool."""
    record.driver_connection.wait_timeout = QUERY_TIMEOUT_SECONDS  # type: ignore[union-attr] # our connection class


def _use_ping_timeout(_connection: Any, record: ConnectionPoolEntry) -> None:
    if record.driver_connection is not None:
        record.driver_connection.wait_timeout = PING_TIMEOUT_SECONDS


def admin_engine(url: str, *, session: Mapping[str, str] = SESSION, **execution_options: Any) -> Engine:
    """Engine for migrations, loads and commands, without time limits. It does not pool connections.

    `execution_options` are those of its connections.
    """
    engine = create_engine(
        driver_url(url),
        poolclass=NullPool,
        # Tracebacks of a load must not show its data.
        hide_parameters=True,
        execution_options=execution_options,
        connect_args={"connect_timeout": 5},
    )
    pin_on_connect(engine, session)
    # Inserts many rows in one statement, as SQLAlchemy does for other drivers. Psycopg sends a statement for each row,
    # and each statement fires the triggers that announce changes.
    engine.dialect.use_insertmanyvalues_wo_returning = True
    return engine


def json_object(shape: type[BaseModel], **fields: Any) -> ColumnElement[Any]:
    """Builds the JSON object of a response model, with the fields in the model's order.

    Raises TypeError at import, not at request time, if `fields` differ from those of the model.
    """
    if set(fields) != set(shape.model_fields):
        odd = sorted(set(fields) ^ set(shape.model_fields))
        raise TypeError(f"{shape.__name__} and its select differ in {', '.join(odd)}")
    pairs: list[Any] = []
    for name, field in shape.model_fields.items():
        value = fields[name]
        if value is not None and _is_time(field.annotation):
            value = json_time(value)
        pairs += [literal_column(f"'{name}'"), value]
    return func.json_build_object(*pairs)


def _is_time(annotation: Any) -> bool:
    return annotation is datetime or any(_is_time(part) for part in get_args(annotation))


def json_time(moment: Any) -> ColumnElement[str]:
    """A timestamptz as RFC 3339 in UTC with a `Z`, independent of the session's time zone and date style."""
    in_utc: ColumnElement[Any] = func.to_json(func.timezone(literal_column("'UTC'"), moment))
    return in_utc.op("#>>", return_type=Text())(literal_column("'{}'")).concat(literal_column("'Z'"))


def json_list(rows: Select[Any], *, of: Any, order_by: Any) -> ColumnElement[Any]:
    """The JSON array of the first column of `rows`, a select that is correlated with table `of`; never null."""
    element = rows.selected_columns[0]
    array = func.coalesce(
        func.json_agg(aggregate_order_by(element, *_as_tuple(order_by))), literal_column("'[]'::json")
    )
    return rows.with_only_columns(array, maintain_column_froms=True).correlate(of).scalar_subquery()


def json_ranges(ranges: Any) -> ColumnElement[Any]:
    """A multirange as a JSON array of {start, end}; null for null."""
    part: ColumnElement[Any] = func.unnest(ranges).column_valued("part")
    pair = func.json_build_object(
        literal_column("'start'"), func.lower(part), literal_column("'end'"), func.upper(part)
    )
    rows = select(func.json_agg(aggregate_order_by(pair, func.lower(part))))
    return rows.scalar_subquery()


def as_version(changed_at: Any) -> ColumnElement[int]:
    """Version number of a record: the time of its last change in microseconds."""
    return sql_cast(func.extract("epoch", changed_at) * 1_000_000, BigInteger)


def as_text(json: ColumnElement[Any]) -> ColumnElement[str]:
    """JSON as text, as PostgreSQL wrote it; it is sent unchanged."""
    return sql_cast(json, Text)


def _as_tuple(order_by: Any) -> tuple[Any, ...]:
    return order_by if isinstance(order_by, tuple) else (order_by,)
