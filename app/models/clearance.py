"""What readers of each clearance may see, held by the database: for each a role, and a schema of views it reads.

The statements that answer requests name tables without a schema. Over a connection of a clearance they find the views
of its schema, and its role may read nothing else. The definitions here are the only ones: migrations drop the views
before they begin and make them anew when they have ended.
"""

from collections.abc import Mapping
from typing import NamedTuple

from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError, IntegrityError, ProgrammingError

from app.core.db import WRITER
from app.models.base import Base
from app.models.revision import watch
from app.vocabulary import Marking


class Reader(NamedTuple):
    """Who reads at a clearance: the role, and the schema whose views it sees in place of the tables."""

    role: str
    schema: str


READERS = {
    Marking.U: Reader("roundtable_reader_u", "cleared_u"),
    Marking.SBU: Reader("roundtable_reader_sbu", "cleared_sbu"),
}
ROLES = (*(reader.role for reader in READERS.values()), WRITER)
"""As which the service works; none of them owns anything."""
NOT_FOR_READERS = {
    "audit_checkpoints": "what was noted of the audit trail is the business of auditors",
    "audit_entries": "who did what is the business of auditors",
    "idempotency_keys": "what was answered to a write is the business of who wrote",
    "api_keys": "who may come in is the business of the gate alone",
    "read_counts": "how much is read, by whom, is the business of auditors",
    "loads": "what the rows were made from is the business of the load alone",
}
"""Tables without a view, and why."""
UNWATCHED = {"data_revisions": "what watches the others"}
"""Tables that have a view, and whose rows are no data of the register."""
U = READERS[Marking.U].schema
COST = 4_000
"""What a test takes, in PostgreSQL's own units: ten to thirty microseconds, so that it is made last and of few rows."""


class RolesMissing(Exception):
    """Roles are not there and cannot be made; the message says what to run."""


def _exists(table: str, condition: str) -> str:
    return f"EXISTS (SELECT FROM {U}.{table} x WHERE {condition})"


def _reads(table: str, column: str) -> str:
    """Whether the reader sees the record that a column names. A function, so that views stand beside each other: those
    below would else be unfolded in every statement, which then took longer to plan than to run.
    """
    return f"{U}.reads_{table}(t.{column})"


def _if_readable(table: str, column: str) -> str:
    return f"CASE WHEN {_reads(table, column)} THEN t.{column} END"


def _anchored(*columns: str) -> str:
    """What is taken from several passages carries the highest of their markings: each must be readable, or absent."""
    optional = [f"(t.{column} IS NULL OR {_reads('anchors', column)})" for column in columns[1:]]
    return " AND ".join([_reads("anchors", columns[0]), *optional])


def _of_paragraph(of: str = "t") -> str:
    return _exists("paragraphs", f"x.cable_id = {of}.cable_id AND x.label = {of}.paragraph")


_BY_RECORD_ID = "x.cable_id || '-' || x.label"
_OF_PARAGRAPH_OR_COPY = (
    f"CASE WHEN t.paragraph IS NULL THEN {U}.reads_witnesses((SELECT x.witness_id FROM public.cables x "
    f"WHERE x.id = t.cable_id)) ELSE {_of_paragraph()} END"
)
_EITHER = ("recommendation_proposers", "statistic_speakers", "concern_raisers", "participations")
_KNOWN = {
    "people": tuple((table, "person_id") for table in _EITHER),
    "organizations": (
        ("events", "body_id"),
        ("roundtables", "host_id"),
        ("follow_up_bodies", "organization_id"),
        ("recommendation_addressees", "organization_id"),
        ("recommendation_bodies", "organization_id"),
        *((table, column) for table in _EITHER for column in ("organization_id", "on_behalf_of_id")),
    ),
}
"""Someone is known where a record that can be read names them."""

AT_U: dict[str, str] = {
    "cables": "t.marking = 'U'",
    "header_fields": _reads("cables", "cable_id"),
    "paragraphs": "t.marking = 'U'",
    # The copy as a whole, and a heading, have the highest marking of the paragraphs below them.
    "witnesses": f"{_exists('paragraphs', 'x.witness_id = t.id')} AND NOT EXISTS "
    "(SELECT FROM public.paragraphs x WHERE x.cable_id = t.cable_id AND x.marking <> 'U')",
    "sections": f"{_exists('paragraphs', 'x.cable_id = t.cable_id AND x.section = t.ordinal')} AND NOT EXISTS "
    "(SELECT FROM public.paragraphs x WHERE x.cable_id = t.cable_id AND x.section = t.ordinal AND x.marking <> 'U')",
    "damages": _OF_PARAGRAPH_OR_COPY,
    "readings": _OF_PARAGRAPH_OR_COPY,
    "anchors": _of_paragraph(),
    "roundtables": _anchored("anchor_id", "attendance_anchor_id"),
    "panels": _reads("cables", "cable_id"),
    "panel_sessions": _anchored("anchor_id"),
    "panel_paragraphs": _of_paragraph(),
    "participations": _anchored("anchor_id"),
    "follow_ups": _anchored("anchor_id"),
    "follow_up_bodies": _reads("follow_ups", "follow_up_id"),
    "recommendations": _anchored("anchor_id", "lead_in_anchor_id", "position_anchor_id"),
    **{
        f"recommendation_{rows}": _reads("recommendations", "recommendation_id")
        for rows in ("targets", "addressees", "proposers", "bodies", "topics", "reforms")
    },
    "recommendation_relations": f"{_reads('recommendations', 'recommendation_id')} "
    f"AND {_reads('recommendations', 'other_id')}",
    "statistics": _anchored("anchor_id", "lead_in_anchor_id"),
    "statistic_speakers": _reads("statistics", "statistic_id"),
    "concerns": _anchored("anchor_id", "lead_in_anchor_id"),
    "concern_reforms": _reads("concerns", "concern_id"),
    "concern_raisers": _reads("concerns", "concern_id"),
    "reforms": "true",
    "sources": "true",
    "events": f"t.anchor_id IS NULL OR {_anchored('anchor_id')}",
    "reform_rounds": _exists("events", "x.reform_id = t.reform_id AND x.round = t.number"),
    "event_sources": _reads("events", "event_id"),
    "event_conflicts": f"{_reads('events', 'event_id')} AND {_reads('events', 'other_id')}",
    "event_outcomes": f"{_reads('events', 'event_id')} AND {_reads('recommendations', 'recommendation_id')}",
    "people": f"{U}.knows_people(t.id)",
    "organizations": f"{U}.knows_organizations(t.id)",
    # The other names are gathered from all over a cable, and none says from where.
    "person_names": f"t.kind IN ('slug', 'name') AND {U}.knows_people(t.person_id)",
    "organization_names": f"t.kind IN ('slug', 'name') AND {U}.knows_organizations(t.organization_id)",
    "search_entries": "t.readers <> 'SBU' AND CASE t.kind "
    f"WHEN 'paragraph' THEN {_exists('paragraphs', f'{_BY_RECORD_ID} = t.record_id')} "
    f"WHEN 'recommendation' THEN {_reads('recommendations', 'record_id')} "
    f"WHEN 'event' THEN {_reads('events', 'record_id')} "
    "WHEN 'reform' THEN true "
    f"WHEN 'person' THEN {U}.knows_people(t.record_id) "
    f"WHEN 'organization' THEN {U}.knows_organizations(t.record_id) ELSE false END",
    "changes": "t.position_at_u IS NOT NULL",
    "register": "true",
    # How much is written also tells of what is above U. The service asks as a reader of SBU.
    "data_revisions": "false",
}
"""For each table the rows `t` that a reader of U sees. A table stands below those that its condition
names otherwise than by a function."""
MASKED_AT_U: dict[str, dict[str, str]] = {
    "panels": {
        "roundtable_id": _if_readable("roundtables", "roundtable_id"),
        "anchor_id": _if_readable("anchors", "anchor_id"),
    },
    "participations": {"roundtable_id": _if_readable("roundtables", "roundtable_id")},
    "follow_ups": {"roundtable_id": _if_readable("roundtables", "roundtable_id")},
    "organizations": {"part_of": f"CASE WHEN {U}.knows_organizations(t.part_of) THEN t.part_of END"},
    "reforms": {"summary": "CASE WHEN t.summary_marking = 'U' THEN t.summary END"},
    "events": {"fulfilled_by_id": _if_readable("events", "fulfilled_by_id")},
    # Positions of their own, so that gaps do not tell how much goes on above U.
    "changes": {
        "id": "t.position_at_u",
        "position": "t.position_at_u",
        "transaction": "NULL::text",
        "read_at_u": "NULL::boolean",
    },
    "register": {"id": "md5('U ' || t.id)"},
}
"""Columns that a reader of U sees something else in, or nothing."""
AT_SBU = {"search_entries": "t.readers <> 'U'"}
"""The same for SBU, where the rows are not all of them."""

_CAN_READ = f"""CASE $1
    WHEN 'paragraphs' THEN EXISTS (SELECT FROM {U}.paragraphs x WHERE {_BY_RECORD_ID} = $2)
    WHEN 'recommendations' THEN EXISTS (
        SELECT FROM {U}.recommendations x WHERE x.id = $2 AND x.publication = 'published'
    )
    {
    " ".join(
        f"WHEN '{table}' THEN {U}.reads_{table}($2)"
        for table in ("cables", "roundtables", "panels", "people", "organizations", "reforms", "events", "statistics")
    )
}
    ELSE false END"""
"""Whether the changes tell a reader of U of a record; of a word that is not here they tell nobody."""
# What was entered before there was anyone to read at U.
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


def view(table: str, clearance: Marking) -> str:
    """The statement that makes one view."""
    schema = READERS[clearance].schema
    conditions: Mapping[str, str] = AT_U if clearance is Marking.U else AT_SBU
    masked = MASKED_AT_U.get(table, {}) if clearance is Marking.U else {}
    columns = (
        f"{masked[column.name]} AS {column.name}" if column.name in masked else f"t.{column.name}"
        for column in Base.metadata.tables[table].columns
    )
    condition = conditions[table] if clearance is Marking.U else conditions.get(table, "true")
    return f"CREATE VIEW {schema}.{table} AS SELECT {', '.join(columns)} FROM public.{table} t WHERE {condition}"


def functions() -> Mapping[str, str]:
    """The tests that views make, by name and parameters: bodies over the views, which each session plans once."""
    by_id = (table for table in AT_U if "id" in Base.metadata.tables[table].primary_key.columns)
    known = {
        f"knows_{table}(text)": " OR ".join(_exists(mention, f"x.{column} = $1") for mention, column in mentions)
        for table, mentions in _KNOWN.items()
    }
    read = {f"reads_{table}(text)": _exists(table, "x.id = $1") for table in by_id if table != "changes"}
    return {**known, **read, "can_read(text, text)": _CAN_READ}


def uncover(connection: Connection) -> None:
    """Drops the views, so that tables below them can change."""
    for reader in READERS.values():
        connection.exec_driver_sql(f"DROP SCHEMA IF EXISTS {reader.schema} CASCADE")


def cover(connection: Connection) -> None:
    """Makes schemas and views as they are defined here; the schema of tables is this release's."""
    uncover(connection)
    for clearance, reader in READERS.items():
        connection.exec_driver_sql(f"CREATE SCHEMA {reader.schema}")
        for name, body in functions().items() if clearance is Marking.U else ():
            connection.exec_driver_sql(
                f"CREATE FUNCTION {U}.{name} RETURNS boolean LANGUAGE plpgsql STABLE STRICT COST {COST} "
                f"AS $$ BEGIN RETURN {body}; END $$"
            )
        for table in AT_U:
            connection.exec_driver_sql(view(table, clearance))
        connection.exec_driver_sql(
            f"CREATE VIEW {reader.schema}.alembic_version AS SELECT version_num FROM public.alembic_version"
        )
        connection.exec_driver_sql(f"GRANT USAGE ON SCHEMA {reader.schema} TO {reader.role}")
        connection.exec_driver_sql(f"GRANT SELECT ON ALL TABLES IN SCHEMA {reader.schema} TO {reader.role}")
    connection.exec_driver_sql(_SETTLE)
    watch(connection, set(AT_U) - set(UNWATCHED))
    # What readers see can be other rows now.
    connection.exec_driver_sql("UPDATE public.register SET id = id")


def make_roles(connection: Connection) -> None:
    """The roles belong to the cluster: other registers in it may have made them, or be making them now."""
    for role in ROLES:
        try:
            if not connection.scalar(text("SELECT 1 FROM pg_roles WHERE rolname = :role"), {"role": role}):
                _try(connection, f"CREATE ROLE {role} NOLOGIN")
            becomes = text("SELECT pg_has_role(current_user, :role, 'SET')")
            if not connection.scalar(becomes, {"role": role}):
                _try(connection, f"GRANT {role} TO CURRENT_USER WITH INHERIT FALSE, SET TRUE")
        except ProgrammingError as error:
            if getattr(error.orig, "sqlstate", None) != "42501":
                raise
            raise RolesMissing(_what_to_run(str(connection.scalar(text("SELECT current_user"))))) from error


def _what_to_run(owner: str) -> str:
    made = " ".join(f"CREATE ROLE {role} NOLOGIN;" for role in ROLES)
    return (
        f"the database's role {owner} may not make the roles of the service: once in this PostgreSQL, have an "
        f'administrator run {made} GRANT {", ".join(ROLES)} TO "{owner}" WITH INHERIT FALSE, SET TRUE;'
    )


def _try(connection: Connection, statement: str) -> None:
    """Runs it; that another database did the same at the same moment is as good."""
    try:
        with connection.begin_nested():
            connection.exec_driver_sql(statement)
    except (ProgrammingError, IntegrityError) as error:
        if getattr(error.orig, "sqlstate", None) not in {"42710", "23505"}:
            raise
    except DBAPIError as error:
        # Two grants of one role at once; the second finds the first one's row changed under it.
        if "concurrently" not in str(error.orig):
            raise
