"""What every connection to PostgreSQL is like, whatever the environment, the database or the role were set to."""

import os
import re
from collections.abc import Mapping, Sequence
from typing import Any, LiteralString

import psycopg
from sqlalchemy import Connection, Dialect, Engine, event, make_url, text
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg

WRITER = "register_writer"
"""The role that writes; the migrations make it and say what it may."""
OLDEST_SERVER = 16
"""The first major version of PostgreSQL that has all that the SQL here asks of it."""
COMPLETING = ("PGPASSWORD", "PGPASSFILE", "PGSSL", "PGREQUIRE", "PGCHANNELBINDING", "PGGSS", "PGKRBSRVNAME")
"""How libpq's variables begin that may complete an address: secrets, and what holds for the way to the server."""
SESSION = {
    "TimeZone": "UTC",
    "timezone_abbreviations": "Default",
    "DateStyle": "ISO, MDY",
    "IntervalStyle": "postgres",
    "client_encoding": "UTF8",
    "bytea_output": "hex",
    "extra_float_digits": "1",
    "xmlbinary": "base64",
    "xmloption": "content",
    "lc_monetary": "C",
    "lc_numeric": "C",
    "lc_time": "C",
    "default_text_search_config": "pg_catalog.english",
    "standard_conforming_strings": "on",
    "backslash_quote": "safe_encoding",
    "quote_all_identifiers": "off",
    "array_nulls": "on",
    "transform_null_equals": "off",
    "gin_fuzzy_search_limit": "0",
    "check_function_bodies": "on",
    "row_security": "on",
    "restrict_nonsystem_relation_kind": "",
    "session_replication_role": "origin",
    "default_transaction_isolation": "read committed",
    "default_transaction_read_only": "off",
    "default_transaction_deferrable": "off",
    "statement_timeout": "0",
    "lock_timeout": "0",
    "idle_in_transaction_session_timeout": "0",
    "idle_session_timeout": "0",
    "transaction_timeout": "0",
    # The first so many rows of a scan are then the same ones for each page of a list that is cut there.
    "synchronize_seqscans": "off",
    "search_path": "public",
}
"""What every connection has, whatever the environment, the database or the role were set to."""
REQUEST_SESSION = {
    **SESSION,
    "statement_timeout": "5s",
    "lock_timeout": "2s",
    "idle_in_transaction_session_timeout": "10s",
    "max_parallel_workers_per_gather": "0",
    # Disks no longer turn: an index is worth using for the few rows of a page.
    "random_page_cost": "1.1",
}
WRITER_SESSION = {**REQUEST_SESSION, "role": WRITER}
_PIN = """\
SELECT pg_catalog.set_config(name, value, false)
FROM ROWS FROM (pg_catalog.unnest(%s::text[]), pg_catalog.unnest(%s::text[])) AS pinned (name, value)
WHERE pg_catalog.current_setting(name, true) OPERATOR(pg_catalog.<>) value"""
"""In the order that they come in, so that a role is taken last; one that the server does not know is passed over."""


class UnfitServer(psycopg.OperationalError):
    """The server is not one that this release works with; the message says what is wanted."""


def drop_libpq_variables(*, keep: tuple[str, ...] = COMPLETING) -> None:
    """Takes from the environment what would lead libpq to another server, or change what a session answers."""
    for name in [one for one in os.environ if one.startswith("PG") and not one.startswith(keep)]:
        del os.environ[name]


# PGTZ and the like go into the very first packet, where nothing that a connection is opened with can overrule them.
drop_libpq_variables()


def libpq_parameters(url: str) -> dict[str, Any]:
    """The parts of an address by libpq's own names. An address that is written anew may mean another one to libpq."""
    dialect: Dialect = PGDialect_psycopg()  # type: ignore[no-untyped-call] # SQLAlchemy gives it no types
    _, parameters = dialect.create_connect_args(make_url(url))
    # Without options of its own, those of PGOPTIONS would count.
    return {"options": "", **parameters}


def libpq_options(session: Mapping[str, str]) -> str:
    """The settings as libpq's `options`, for programs that cannot be asked to set them once they are connected."""
    escaped = {name: re.sub(r"([\\ ])", r"\\\1", value) for name, value in session.items()}
    return " ".join(f"-c {name}={value}" for name, value in escaped.items())


def reader_session(*, role: str, schema: str) -> dict[str, str]:
    """The settings of a connection that has a reader's role, sees its schema alone, and only reads."""
    return {**REQUEST_SESSION, "search_path": schema, "default_transaction_read_only": "on", "role": role}


def pin_statement(session: Mapping[str, str]) -> tuple[LiteralString, Sequence[Any]]:
    """The statement that pins the settings of a session, with its parameters."""
    return _PIN, [list(session), list(session.values())]


def check_server(info: psycopg.ConnectionInfo) -> None:
    """Refuses a server that is too old, and a database in which not every text has its place."""
    major = info.server_version // 10_000
    if major < OLDEST_SERVER:
        raise UnfitServer(f"this is PostgreSQL {major}; PostgreSQL {OLDEST_SERVER} or newer is needed")
    encoding = info.parameter_status("server_encoding")
    if encoding not in {None, "UTF8"}:
        raise UnfitServer(f"the database is in {encoding}; make one with ENCODING 'UTF8' TEMPLATE template0")


def check_order(connection: Connection) -> None:
    """Refuses a database that sorts text by the rules of a language: its lists would be in another order."""
    rows = connection.execute(
        text("SELECT word FROM (VALUES ('a-b'), ('B'), ('aa'), ('b')) AS words (word) ORDER BY 1")
    )
    found = list(rows.scalars())
    if found != sorted(found):
        raise UnfitServer(
            "the database sorts text by the rules of a language; "
            "make one by: CREATE DATABASE name TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C.UTF-8'"
        )


def pin_on_connect(engine: Engine, session: Mapping[str, str]) -> None:
    """Has every connection of the engine looked at and pinned before anything else is asked over it.

    By statements and not by libpq's `options`, which poolers drop, and which PGOPTIONS and the like come before.
    """

    def connect(dialect: Dialect, _record: Any, words: tuple[Any, ...], parameters: dict[str, Any]) -> Any:
        parameters.setdefault("options", "")
        connection = dialect.connect(*words, **parameters)
        try:
            check_server(connection.driver_connection.info if dialect.is_async else connection.info)
            connection.autocommit = True
            connection.cursor().execute(*pin_statement(session))
            connection.autocommit = False
        except psycopg.Error as error:
            connection.close()
            if isinstance(error, psycopg.OperationalError):
                raise
            # A role that may not be taken is no fault of a request.
            raise psycopg.OperationalError(str(error)) from error
        return connection

    event.listen(engine, "do_connect", connect)
