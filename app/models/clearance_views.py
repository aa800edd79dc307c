"""Creates the clearance views and their schemas, as `clearance` defines them, at the end of migrations."""

from collections.abc import Mapping

from sqlalchemy import Connection

from app.models.base import Base
from app.models.clearance import (
    ASSESSED,
    BY_RECORD_ID,
    COST,
    KNOWN,
    READERS,
    SBU_ROW_FILTERS,
    U_COLUMN_MASKS,
    U_ROW_FILTERS,
    WITHOUT_VERSION_TRIGGERS,
    U,
    exists,
)
from app.models.data_version import install_version_triggers
from app.vocabulary import Marking

_CAN_READ = f"""CASE $1
    WHEN 'paragraphs' THEN EXISTS (SELECT FROM {U}.paragraphs x WHERE {BY_RECORD_ID} = $2)
    WHEN 'recommendations' THEN EXISTS (
        SELECT FROM {U}.recommendations x WHERE x.id = $2 AND x.publication = 'published'
    )
    WHEN 'actions' THEN EXISTS (SELECT FROM {U}.actions x WHERE x.id = $2 AND x.withdrawn_at IS NULL)
    WHEN 'progress_reports' THEN EXISTS (
        SELECT FROM {U}.progress_reports x WHERE x.id = $2 AND x.withdrawn_at IS NULL
    )
    {
    " ".join(
        f"WHEN '{table}' THEN {U}.reads_{table}($2)"
        for table in (
            *("cables", "roundtables", "panels", "participations", "people", "organizations"),
            *("reforms", "events", "statistics"),
        )
    )
}
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
UPDATE public.changes c SET read_at_u = r.readable, position_at_u = p.place
FROM readable r LEFT JOIN placed p ON p.id = r.id WHERE c.id = r.id
"""


_FINDS_WORD = exists(
    "search_entries",
    "x.search @@ plainto_tsquery('english', $1) AND x.exact @@ $1::tsquery "
    "AND (x.publication IS NULL OR x.publication = 'published')",
)
"""SQL test that an entry contains exactly this word, not only another word with the same stem."""


def view(table: str, clearance: Marking) -> str:
    """Returns the CREATE VIEW statement of one view."""
    schema = READERS[clearance].schema
    conditions: Mapping[str, str] = U_ROW_FILTERS if clearance is Marking.U else SBU_ROW_FILTERS
    masked = U_COLUMN_MASKS.get(table, {}) if clearance is Marking.U else {}
    columns = (
        f"{masked[column.name]} AS {column.name}" if column.name in masked else f"t.{column.name}"
        for column in Base.metadata.tables[table].columns
    )
    condition = conditions[table] if clearance is Marking.U else conditions.get(table, "true")
    return f"CREATE VIEW {schema}.{table} AS SELECT {', '.join(columns)} FROM public.{table} t WHERE {condition}"


def functions() -> Mapping[str, str]:
    """Returns the test functions of the views, by name and parameters. Each session plans their bodies once."""
    by_id = (table for table in U_ROW_FILTERS if "id" in Base.metadata.tables[table].primary_key.columns)
    known = {
        f"knows_{table}(text)": " OR ".join(exists(mention, f"x.{column} = $1") for mention, column in mentions)
        for table, mentions in KNOWN.items()
    }
    read = {f"reads_{table}(text)": exists(table, "x.id = $1") for table in by_id if table != "changes"}
    return {**known, **read, "finds_word(text)": _FINDS_WORD, "can_read(text, text)": _CAN_READ}


def drop_views(connection: Connection) -> None:
    """Drops the views, so that migrations can change the tables."""
    for reader in READERS.values():
        connection.exec_driver_sql(f"DROP SCHEMA IF EXISTS {reader.schema} CASCADE")


def create_views(connection: Connection) -> None:
    """Creates the schemas and views. The schema of the tables has to be this release's."""
    drop_views(connection)
    for clearance, reader in READERS.items():
        connection.exec_driver_sql(f"CREATE SCHEMA {reader.schema}")
        for name, body in functions().items() if clearance is Marking.U else ():
            connection.exec_driver_sql(
                f"CREATE FUNCTION {U}.{name} RETURNS boolean LANGUAGE plpgsql STABLE STRICT COST {COST} "
                f"AS $$ BEGIN RETURN {body}; END $$"
            )
        if clearance is Marking.U:
            connection.exec_driver_sql(ASSESSED)
        for table in U_ROW_FILTERS:
            connection.exec_driver_sql(view(table, clearance))
        connection.exec_driver_sql(
            f"CREATE VIEW {reader.schema}.alembic_version AS SELECT version_num FROM public.alembic_version"
        )
        connection.exec_driver_sql(f"GRANT USAGE ON SCHEMA {reader.schema} TO {reader.role}")
        connection.exec_driver_sql(f"GRANT SELECT ON ALL TABLES IN SCHEMA {reader.schema} TO {reader.role}")
    connection.exec_driver_sql(_SETTLE)
    install_version_triggers(connection, set(U_ROW_FILTERS) - set(WITHOUT_VERSION_TRIGGERS))
    # Readers may see other rows now, so this write changes the data version.
    connection.exec_driver_sql("UPDATE public.register SET id = id")
