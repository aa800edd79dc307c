"""Creates the clearance views and their schemas, as `clearance` defines them, at the end of migrations."""

from collections.abc import Iterator

from sqlalchemy import Connection

from app.core.session import WRITER
from app.models.base import Base
from app.models.clearance import (
    FEED_FILTERS,
    OF_OTHER_READERS,
    READABLE,
    READERS,
    ROW_FILTERS,
    U_COLUMN_MASKS,
    WITHOUT_VERSION_TRIGGERS,
    U,
)
from app.models.count_triggers import install_counts
from app.models.data_version import install_version_triggers
from app.models.visibility import RULES, WITHDRAWALS
from app.models.visibility_triggers import install_visibility
from app.vocabulary import Marking

COST = 4_000
"""Cost of a test function in PostgreSQL's units (10 to 30 microseconds), so that it runs last and on few rows."""
_RECORDS = (
    *("recommendations", "actions", "progress_reports", "cables", "roundtables", "panels", "participations"),
    *("people", "organizations", "reforms", "events", "statistics"),
)
_CAN_READ = f"""CASE $1
    WHEN 'paragraphs' THEN EXISTS (SELECT FROM {U}.paragraphs x WHERE x.cable_id || '-' || x.label = $2)
    {" ".join(f"WHEN '{table}' THEN EXISTS (SELECT FROM {U}.{table} x WHERE x.id = $2)" for table in _RECORDS)}
    ELSE false END"""
"""SQL test that the change feed shows a record to readers of U; false for an unlisted collection."""
# Assigns the positions of changes that were written before the views for U existed.
_SETTLE = f"""
WITH readable AS (
    SELECT id, position, {U}.can_read(collection, record_id) AS readable FROM public.changes
    WHERE position IS NOT NULL AND read_at_u IS NULL
), placed AS (
    SELECT id, nextval('public.change_positions_at_u') AS place
    FROM (SELECT id FROM readable WHERE readable ORDER BY position) x
)
UPDATE public.changes c SET read_at_u = r.readable, position_at_u = p.place,
    changed_at_u = CASE WHEN p.place IS NOT NULL THEN c.changed_at END
FROM readable r LEFT JOIN placed p ON p.id = r.id WHERE c.id = r.id
"""


_FINDS_WORD = (
    f"EXISTS (SELECT FROM {U}.search_entries x "
    "WHERE x.search @@ plainto_tsquery('english', $1) AND x.exact @@ $1::tsquery)"
)
"""SQL test that an entry contains exactly this word, not only another word with the same stem."""
_FUNCTIONS = {"finds_word(text)": _FINDS_WORD, "can_read(text, text)": _CAN_READ}
"""Test functions of the views, by name and parameters. Each session plans their bodies once."""


def view(table: str, clearance: Marking) -> str:
    """Returns the CREATE VIEW statement of one view."""
    columns = ", ".join(_columns(table, clearance))
    return (
        f"CREATE VIEW {READERS[clearance].schema}.{table} AS SELECT {columns} "
        f"FROM public.{table} t WHERE {_condition(table, clearance)}"
    )


def _columns(table: str, clearance: Marking, *, without: frozenset[str] = frozenset()) -> Iterator[str]:
    """Yields the columns of a view, each with its mask. Levels and values for another clearance are not among them."""
    masked = U_COLUMN_MASKS.get(table, {}) if clearance is Marking.U else {}
    for column in Base.metadata.tables[table].columns:
        name = column.name
        if name not in without and not (table in RULES and name.endswith(("visible_from", "_at_u"))):
            yield f"{masked.get(name, f't.{name}')} AS {name}"


def _columns_at_u() -> str:
    """SQL of the function that returns the columns of a table as readers of U see them, for the change feed.

    The time of a write is not among them: it alone is no change, and above U there are writes, too.
    """
    listed = {table: ", ".join(_columns(table, Marking.U, without=frozenset({"updated_at"}))) for table in RULES}
    cases = " ".join("WHEN '{}' THEN '{}'".format(name, text.replace("'", "''")) for name, text in listed.items())
    return (
        "CREATE OR REPLACE FUNCTION public.columns_at_u(text) RETURNS text LANGUAGE sql IMMUTABLE "
        f"AS $$ SELECT CASE $1 {cases} END $$"
    )


def _condition(table: str, clearance: Marking) -> str:
    """Returns the condition on the rows of a view: the level alone, and of rows for each clearance, this one's."""
    if table in FEED_FILTERS and clearance is Marking.U:
        condition = FEED_FILTERS[table]
    elif table in RULES:
        condition = f"t.visible_from {ROW_FILTERS[clearance]}"
    else:
        condition = "true"
    if table in OF_OTHER_READERS:
        column, other = OF_OTHER_READERS[table]
        condition += f" AND t.{column} <> '{other[clearance]}'"
    return condition


def _withdrawals(schema: str, level: str) -> str:
    """Returns the CREATE VIEW statement of the withdrawn records: `none` as rows, they are gone and not unknown."""
    selects = " UNION ALL ".join(
        f"SELECT '{table}' AS collection, t.id AS record_id FROM public.{table} t "
        f"WHERE {withdrawn.condition} AND {withdrawn.level} {level}"
        for table, withdrawn in WITHDRAWALS.items()
    )
    return f"CREATE VIEW {schema}.withdrawals AS {selects}"


def drop_views(connection: Connection) -> None:
    """Drops the views, so that migrations can change the tables."""
    for reader in READERS.values():
        connection.exec_driver_sql(f"DROP SCHEMA IF EXISTS {reader.schema} CASCADE")
    connection.exec_driver_sql("DROP VIEW IF EXISTS public.withdrawals")


def create_views(connection: Connection) -> None:
    """Creates the schemas and views. The schema of the tables has to be this release's."""
    drop_views(connection)
    install_visibility(connection)
    install_counts(connection)
    connection.exec_driver_sql(_columns_at_u())
    connection.exec_driver_sql(_withdrawals("public", ROW_FILTERS[Marking.SBU]))
    connection.exec_driver_sql(f"GRANT SELECT ON public.withdrawals TO {WRITER}")
    for clearance, reader in READERS.items():
        connection.exec_driver_sql(f"CREATE SCHEMA {reader.schema}")
        for name, body in _FUNCTIONS.items() if clearance is Marking.U else ():
            connection.exec_driver_sql(
                f"CREATE FUNCTION {U}.{name} RETURNS boolean LANGUAGE plpgsql STABLE STRICT COST {COST} "
                f"AS $$ BEGIN RETURN {body}; END $$"
            )
        for table in READABLE:
            connection.exec_driver_sql(view(table, clearance))
        connection.exec_driver_sql(_withdrawals(reader.schema, ROW_FILTERS[clearance]))
        connection.exec_driver_sql(
            f"CREATE VIEW {reader.schema}.alembic_version AS SELECT version_num FROM public.alembic_version"
        )
        connection.exec_driver_sql(f"GRANT USAGE ON SCHEMA {reader.schema} TO {reader.role}")
        connection.exec_driver_sql(f"GRANT SELECT ON ALL TABLES IN SCHEMA {reader.schema} TO {reader.role}")
    connection.exec_driver_sql(_SETTLE)
    install_version_triggers(connection, set(READABLE) - set(WITHOUT_VERSION_TRIGGERS))
    # Readers may see other rows now, so this write changes the data version.
    connection.exec_driver_sql("UPDATE public.register SET id = id")
