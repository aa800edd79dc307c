"""Engines with their sessions, and the expressions by which PostgreSQL builds the JSON of answers."""

import asyncio
from collections.abc import Mapping
from typing import Any, TypeVar

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

from app.core.session import SESSION, WRITER_SESSION, pin_on_connect, reader_session

ResultT = TypeVar("ResultT")
POOL_WAIT_SECONDS = 2
ANSWER_SECONDS = 6.0
"""How long a statement is waited for: its own limit comes first where PostgreSQL is there to hold it."""
PING_SECONDS = 1.0
"""How long a connection that lay idle may take to show that it is good."""
WRITING_POOL_SIZE = 4
"""Connections for writes, and for what no reader may see, that one process keeps beside those of readers."""


class Impatient(psycopg.AsyncConnection[Any]):
    """A connection that waits for a server that says nothing any more, or for a client that has gone, no longer.

    Psycopg itself would wait for ever in the one case, and ten seconds in the other.
    """

    patience = PING_SECONDS

    async def wait(self, gen: PQGen[ResultT], interval: float = 0.1, timeout: float | None = None) -> ResultT:  # noqa: ASYNC109 - psycopg's signature
        limit = self.patience if timeout is None else timeout
        try:
            return await wait_async(gen, self.pgconn.socket, interval=interval, timeout=limit)
        except psycopg.OperationalError as error:
            if error.sqlstate is None:
                self.pgconn.finish()
            raise
        except asyncio.CancelledError:
            # In the middle of an answer, so that it is of no use to anybody.
            self.pgconn.finish()
            raise


def driver_url(url: str) -> str:
    """The address with the driver in use named: psycopg 3."""
    return make_url(url).set(drivername="postgresql+psycopg").render_as_string(hide_password=False)


def reading_engine(url: str, *, pool_size: int, role: str, schema: str) -> AsyncEngine:
    """The engine that answers what is read of the register, as a reader's role; each statement stands for itself."""
    session = reader_session(role=role, schema=schema)
    return _pooled(url, pool_size=pool_size, session=session, isolation_level="AUTOCOMMIT")


def writing_engine(url: str, *, pool_size: int = WRITING_POOL_SIZE, **told: Any) -> AsyncEngine:
    """The engine of writes, and of what no reader may see, as a role that owns nothing.

    `told` is what its connections know.
    """
    return _pooled(url, pool_size=pool_size, session=WRITER_SESSION, execution_options=told)


def _pooled(url: str, *, pool_size: int, session: Mapping[str, str], **further: Any) -> AsyncEngine:
    """An engine for requests: no statement outlives 5 s, no request waits over 2 s for a connection."""
    engine = create_async_engine(
        driver_url(url),
        pool_size=pool_size,
        max_overflow=0,
        hide_parameters=True,
        pool_timeout=POOL_WAIT_SECONDS,
        pool_pre_ping=True,
        connect_args={"connect_timeout": POOL_WAIT_SECONDS, "async_creator_fn": Impatient.connect},
        **further,
    )
    pin_on_connect(engine.sync_engine, session)
    event.listen(engine.sync_engine, "checkout", _be_patient)
    event.listen(engine.sync_engine, "checkin", _be_impatient)
    return engine


def _be_patient(_connection: Any, record: ConnectionPoolEntry, _lent: Any) -> None:
    """It has shown that it is good, and is lent."""
    record.driver_connection.patience = ANSWER_SECONDS  # type: ignore[union-attr] # it is ours


def _be_impatient(_connection: Any, record: ConnectionPoolEntry) -> None:
    if record.driver_connection is not None:
        record.driver_connection.patience = PING_SECONDS


def loading_engine(url: str, *, session: Mapping[str, str] = SESSION, **told: Any) -> Engine:
    """The engine of migrations, loads and commands, which may take as long as they need; it keeps no connection open.

    `told` is what its connections know.
    """
    engine = create_engine(
        driver_url(url),
        poolclass=NullPool,
        execution_options=told,
        connect_args={"connect_timeout": 5},
    )
    pin_on_connect(engine, session)
    # Many rows as one statement, as SQLAlchemy has it for other drivers: psycopg makes a statement of each, and each
    # sets off the triggers that tell of changes.
    engine.dialect.use_insertmanyvalues_wo_returning = True
    return engine


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


def as_version(changed_at: Any) -> ColumnElement[int]:
    """The time of a record's last change as a number that moves only when the record is written."""
    return sql_cast(func.extract("epoch", changed_at) * 1_000_000, BigInteger)


def as_text(json: ColumnElement[Any]) -> ColumnElement[str]:
    """JSON as the text PostgreSQL wrote, which then goes out as it is."""
    return sql_cast(json, Text)


def _as_tuple(order_by: Any) -> tuple[Any, ...]:
    return order_by if isinstance(order_by, tuple) else (order_by,)
