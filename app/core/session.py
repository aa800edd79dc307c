"""Session settings of every PostgreSQL connection, independent of environment, database and role defaults."""

import os
import re
from collections.abc import Mapping, Sequence
from typing import Any, LiteralString

import psycopg
from sqlalchemy import Connection, Dialect, Engine, event, make_url, text
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg

WRITER = "roundtable_writer"
"""Database role for writes; the migrations create it and grant its privileges."""
OLDEST_SERVER = 16
"""Oldest major version of PostgreSQL that supports the SQL of this release."""
COMPLETING = ("PGPASSWORD", "PGPASSFILE", "PGSSL", "PGREQUIRE", "PGCHANNELBINDING", "PGGSS", "PGKRBSRVNAME")
"""Prefixes of libpq variables that may complete a URL: secrets, and settings of the way to the server."""
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
    # So that the first rows of a scan are the same for each page of a list that a limit cuts.
    "synchronize_seqscans": "off",
    "search_path": "public",
}
"""Settings of every connection, which override those of the environment, the database and the role."""
REQUEST_SESSION = {
    **SESSION,
    "statement_timeout": "5s",
    "lock_timeout": "2s",
    "idle_in_transaction_session_timeout": "10s",
    "max_parallel_workers_per_gather": "0",
    # On SSDs an index is worth using for the few rows of a page.
    "random_page_cost": "1.1",
}
WRITER_SESSION = {**REQUEST_SESSION, "role": WRITER}
_PIN = """\
SELECT pg_catalog.set_config(name, value, false)
FROM ROWS FROM (pg_catalog.unnest(%s::text[]), pg_catalog.unnest(%s::text[])) AS pinned (name, value)
WHERE pg_catalog.current_setting(name, true) OPERATOR(pg_catalog.<>) value"""
"""Sets the settings in their order, so that the role comes last. Skips one that the server does not know."""


class UnfitServer(psycopg.OperationalError):
    """Raised for a server that this release does not support; the message names the requirement."""


def drop_libpq_variables(*, keep: tuple[str, ...] = COMPLETING) -> None:
    """Deletes environment variables that would redirect libpq to another server or change a session's results."""
    for name in [one for one in os.environ if one.startswith("PG") and not one.startswith(keep)]:
        del os.environ[name]


# PGTZ and the like are sent in the startup packet, where no connection parameter can override them.
drop_libpq_variables()


def libpq_parameters(url: str) -> dict[str, Any]:
    """Converts a URL to libpq parameters. A URL that is rewritten as a string may mean another address to libpq."""
    dialect: Dialect = PGDialect_psycopg()  # type: ignore[no-untyped-call] # untyped in SQLAlchemy
    _, parameters = dialect.create_connect_args(make_url(url))
    # Without explicit options, those of PGOPTIONS would apply.
    return {"options": "", **parameters}


def libpq_options(session: Mapping[str, str]) -> str:
    """The settings as libpq's `options`, for programs that cannot run statements after they connect."""
    escaped = {name: re.sub(r"([\\ ])", r"\\\1", value) for name, value in session.items()}
    return " ".join(f"-c {name}={value}" for name, value in escaped.items())


def reader_session(*, role: str, schema: str) -> dict[str, str]:
    """Session settings of a reader: its role, its schema only, and read-only transactions."""
    return {**REQUEST_SESSION, "search_path": schema, "default_transaction_read_only": "on", "role": role}


def pin_statement(session: Mapping[str, str]) -> tuple[LiteralString, Sequence[Any]]:
    """The statement that sets the settings of a session, with its parameters."""
    return _PIN, [list(session), list(session.values())]


def check_server(info: psycopg.ConnectionInfo) -> None:
    """Rejects a server that is too old, and a database that is not in UTF8. Raises `UnfitServer`."""
    major = info.server_version // 10_000
    if major < OLDEST_SERVER:
        raise UnfitServer(f"this is PostgreSQL {major}; PostgreSQL {OLDEST_SERVER} or newer is required")
    encoding = info.parameter_status("server_encoding")
    if encoding not in {None, "UTF8"}:
        raise UnfitServer(
            f"the encoding of the database is {encoding}; create one with ENCODING 'UTF8' TEMPLATE template0"
        )


def check_order(connection: Connection) -> None:
    """Rejects a database that sorts text by a language's collation: its lists would be in another order."""
    rows = connection.execute(
        text("SELECT word FROM (VALUES ('a-b'), ('B'), ('aa'), ('b')) AS words (word) ORDER BY 1")
    )
    found = list(rows.scalars())
    if found != sorted(found):
        raise UnfitServer(
            "the database sorts text by a language collation; "
            "create one with: CREATE DATABASE name TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C.UTF-8'"
        )


def pin_on_connect(engine: Engine, session: Mapping[str, str]) -> None:
    """Checks the server and sets the session settings on each new connection of the engine, before anything else runs.

    By statements instead of libpq's `options`, which poolers drop and which PGOPTIONS and the like precede.
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
            # A role that may not be set is not an error of the request.
            raise psycopg.OperationalError(str(error)) from error
        return connection

    event.listen(engine, "do_connect", connect)
