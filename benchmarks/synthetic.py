"""Synthetic data: copies of the real cable, each with its own id, with all dependent rows that lists show."""

from collections.abc import Callable
from typing import NamedTuple

import psycopg
from psycopg import sql

from app.models.count_triggers import count_statement
from app.vocabulary import UNASSESSED, Aspect

CABLE = "07BEIJING7192"
FIRST = 20_000
"""Serial of the first copy. All serials have five digits, and no real cable has any of them."""
AT_A_TIME = 1_000


class Copied(NamedTuple):
    """Copy rules of a table: columns that name the cable, and the column that marks a row as belonging to the cable."""

    columns: tuple[str, ...]
    own: str


_BY_RECORD = Copied(("recommendation_id",), "recommendation_id")
TABLES = {
    "cables": Copied(("id", "witness_id"), "id"),
    "witnesses": Copied(("id", "cable_id"), "id"),
    "sections": Copied(("cable_id",), "cable_id"),
    "paragraphs": Copied(("cable_id", "witness_id"), "cable_id"),
    "anchors": Copied(("id", "cable_id"), "id"),
    "panels": Copied(("id", "cable_id", "roundtable_id", "anchor_id"), "id"),
    "recommendations": Copied(
        (
            *("id", "cable_id", "anchor_id", "lead_in_anchor_id", "panel_id", "position_anchor_id"),
            *("position_assessment_id", "implementation_assessment_id", "state_assessment_id"),
        ),
        "id",
    ),
    "assessments": Copied(("id", "recommendation_id", "anchor_id"), "id"),
    **{
        f"recommendation_{rows}": _BY_RECORD
        for rows in ("targets", "addressees", "proposers", "bodies", "topics", "reforms")
    },
    "recommendation_relations": Copied(("recommendation_id", "other_id"), "recommendation_id"),
    "search_entries": Copied(("record_id", "url", "cite_as", "title"), "record_id"),
}
# Copies have other update times than the original, a minute apart. Every second copy is marked U.
IS_U = "mod(k, 2) = 0"
OTHERWISE = {
    "updated_at": "t.updated_at - k * interval '1 minute'",
    "marking": f"CASE WHEN {IS_U} THEN 'U' ELSE 'SBU' END",
    "readers": f"CASE WHEN {IS_U} THEN 'all' ELSE 'SBU' END",
    **{f"{aspect}_at_u": f"CASE WHEN {IS_U} THEN t.{aspect} ELSE '{UNASSESSED[aspect]}' END" for aspect in Aspect},
    **{f"{aspect}_assessment_id_at_u": "NULL" for aspect in Aspect},
}
ROUNDTABLE = "'copy-' || k"
LEVEL = f"CASE WHEN t.visible_from = 'none' THEN 'none' WHEN {IS_U} THEN 'u' ELSE 'sbu' END"
OF_ALL_READERS = frozenset({"cables", "panels"})
"""Tables whose rows readers of U see whatever the marking of the paragraphs is."""


def multiply(
    url: str,
    times: int,
    *,
    made: int = 1,
    without: frozenset[str] = frozenset(),
    say: Callable[[str], None] = lambda _: None,
) -> int:
    """Multiplies the cables by `times`, where `made` times as many exist. Returns the new number of recommendations.

    The copies skip the triggers and do not appear in the change feed, but they increment the data version.
    """
    with psycopg.connect(url, autocommit=True) as connection:
        indexes = _take_away_slow_indexes(connection) if times - made > AT_A_TIME else []
        for begin in range(made, times, AT_A_TIME):
            end = min(begin + AT_A_TIME, times) - 1
            say(f"copying the cable: {begin} of {times}")
            with connection.transaction():
                connection.execute("SET LOCAL session_replication_role = replica")
                for table in TABLES.keys() - without:
                    connection.execute(_copies(connection, table), {"begin": begin, "end": end})
        for index in indexes:
            say("creating the search indexes")
            connection.execute(index.encode())
        say("counting")
        with connection.transaction():
            recount(connection)
        say("collecting statistics")
        connection.execute("VACUUM ANALYZE")
        counted = connection.execute("SELECT count(*) FROM recommendations").fetchone()
    return int(counted[0]) if counted else 0


def recount(connection: psycopg.Connection) -> None:
    """Counts anew what the copies, which skip the triggers, have changed."""
    connection.execute("DELETE FROM recommendation_counts")
    connection.execute(f"INSERT INTO recommendation_counts (readers, facet, key, count) {count_statement()}".encode())


def declassify(url: str) -> None:
    """Marks the real cable U, so that readers with clearance U get records. For benchmarks only."""
    with psycopg.connect(url) as connection:
        connection.execute("UPDATE paragraphs SET marking = 'U'")
        connection.execute("UPDATE cables SET marking = 'U'")
        connection.execute("DELETE FROM search_entries WHERE readers = 'U'")
        connection.execute("UPDATE search_entries SET readers = 'all'")


def _copies(connection: psycopg.Connection, table: str) -> sql.Composed:
    """Returns the statement that makes copies `begin` to `end` of the rows of a table, in the order of their ids."""
    found = connection.execute(
        "SELECT attname FROM pg_attribute WHERE attrelid = %s::regclass AND attnum > 0 AND attgenerated = '' "
        "AND NOT attisdropped ORDER BY attnum",
        [table],
    )
    columns = [name for (name,) in found]
    return sql.SQL(
        "INSERT INTO {table} ({columns}) SELECT {values} FROM {table} t, "
        "generate_series(%(begin)s::int, %(end)s::int) k WHERE starts_with(t.{own}, {cable}) ORDER BY k"
    ).format(
        table=sql.Identifier(table),
        columns=sql.SQL(", ").join(map(sql.Identifier, columns)),
        values=sql.SQL(", ").join(_value(table, name) for name in columns),
        own=sql.Identifier(TABLES[table].own),
        cable=sql.Literal(CABLE),
    )


def _value(table: str, column: str) -> sql.Composable:
    if column == "roundtable_id":
        return sql.SQL(ROUNDTABLE)
    if column == "visible_from":
        return sql.SQL("t.visible_from" if table in OF_ALL_READERS else LEVEL)
    if column in OTHERWISE:
        return sql.SQL(OTHERWISE[column])
    if column not in TABLES[table].columns:
        return sql.SQL("t.{}").format(sql.Identifier(column))
    serial = sql.SQL("'07BEIJING' || ({} + k)").format(sql.Literal(FIRST))
    return sql.SQL("replace(t.{}, {}, {})").format(sql.Identifier(column), sql.Literal(CABLE), serial)


def _take_away_slow_indexes(connection: psycopg.Connection) -> list[str]:
    """Drops the full-text indexes, which are built faster in bulk than row by row. Returns their definitions."""
    found = connection.execute("SELECT indexname, indexdef FROM pg_indexes WHERE indexdef LIKE '%USING gin (search)%'")
    held = found.fetchall()
    for name, _ in held:
        connection.execute(sql.SQL("DROP INDEX {}").format(sql.Identifier(name)))
    return [definition for _, definition in held]
