"""Tamper checks of the audit tables: their expected columns, triggers, constraints and privileges, as data."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, Row, text
from sqlalchemy.dialects import postgresql

from app.core.session import WRITER
from app.models.audit import AuditCheckpoint, AuditEntry
from app.models.base import Base
from app.models.clearance import ROLES

CHANGES = ("INSERT", "UPDATE", "DELETE", "TRUNCATE", "REFERENCES", "TRIGGER")
"""Privileges that allow changes of a table."""


@dataclass(frozen=True)
class Guard:
    """Trigger as PostgreSQL prints it, and the body of its function."""

    definition: str
    body: str


@dataclass(frozen=True)
class Guarded:
    """Expected definition of an audit table; anything else found on it is a fault."""

    model: type[Base]
    triggers: Mapping[str, Guard] = field(default_factory=dict)
    definitions: frozenset[str] = frozenset()
    """Constraints, unique indexes, defaults and identities, as PostgreSQL prints them."""
    granted: frozenset[str] = frozenset({"INSERT"})
    """Privileges of the writer role, on the table or, as `UPDATE column`, on a column."""

    @property
    def name(self) -> str:
        return str(self.model.__tablename__)

    @property
    def columns(self) -> dict[str, str]:
        """Type and nullability of each column."""
        dialect = postgresql.dialect()  # type: ignore[no-untyped-call] # untyped in SQLAlchemy
        return {
            one.name: one.type.compile(dialect).lower() + ("" if one.nullable else " not null")
            for one in Base.metadata.tables[self.name].columns
        }


APPEND_ONLY = Guard(
    "CREATE TRIGGER audit_is_only_added_to BEFORE DELETE OR UPDATE OR TRUNCATE ON public.audit_entries "
    "FOR EACH STATEMENT EXECUTE FUNCTION refuse_to_forget()",
    "BEGIN\n    RAISE EXCEPTION 'the audit trail is only ever added to';\nEND",
)
TABLES = (
    Guarded(
        AuditEntry,
        triggers={"audit_is_only_added_to": APPEND_ONLY},
        definitions=frozenset(
            {
                'constraint pk_audit_entries PRIMARY KEY ("position")',
                "constraint uq_audit_entries_previous UNIQUE (previous)",
                "constraint ck_audit_entries_hash_is_a_digest CHECK ((hash ~ '^[0-9a-f]{64}$'::text))",
                "constraint ck_audit_entries_previous_is_a_digest CHECK ((previous ~ '^[0-9a-f]{64}$'::text))",
                'constraint ck_audit_entries_position_is_counted CHECK (("position" > 0))',
                (
                    "constraint ck_audit_entries_outcome_is_a_word "
                    "CHECK ((outcome = ANY (ARRAY['done'::text, 'refused'::text])))"
                ),
                (
                    "constraint ck_audit_entries_refused_for_a_reason "
                    "CHECK (((outcome = 'refused'::text) = (code IS NOT NULL)))"
                ),
                'index CREATE UNIQUE INDEX pk_audit_entries ON public.audit_entries USING btree ("position")',
                "index CREATE UNIQUE INDEX uq_audit_entries_previous ON public.audit_entries USING btree (previous)",
            }
        ),
    ),
    Guarded(
        AuditCheckpoint,
        definitions=frozenset(
            {
                "constraint pk_audit_checkpoints PRIMARY KEY (id)",
                "constraint ck_audit_checkpoints_hash_is_a_digest CHECK ((hash ~ '^[0-9a-f]{64}$'::text))",
                'constraint ck_audit_checkpoints_position_is_counted CHECK (("position" >= 0))',
                "constraint ck_audit_checkpoints_signed_with_a_key CHECK (((key_id IS NULL) = (signature IS NULL)))",
                "index CREATE UNIQUE INDEX pk_audit_checkpoints ON public.audit_checkpoints USING btree (id)",
                "default of version: 1",
                "default of updated_at: now()",
                "identity of id: always",
            }
        ),
        granted=frozenset({"INSERT", "UPDATE location", "UPDATE version", "UPDATE updated_at"}),
    ),
)
CAN_BE_CHANGED = "entries can be changed"


def structure_faults(connection: Connection) -> Iterator[str]:
    """Yields faults that prevent verification: a missing table, another relation in its place, or other columns."""
    for table in TABLES:
        kind = connection.scalar(text("SELECT relkind FROM pg_class WHERE oid = to_regclass(:t)"), _of(table))
        if kind is None:
            yield f"there is no audit trail: the table {table.name} is gone, or the schema is not up to date"
        elif kind != "r":
            yield f"{table.name} is no table any more: what it holds can come from anywhere"
        else:
            found = {row.attname: row.type for row in connection.execute(_COLUMNS, _of(table))}
            if found != table.columns:
                odd = sorted(dict(found.items() ^ table.columns.items()))
                yield f"{table.name} is not the table of this release: its columns differ ({', '.join(odd)})"


def guard_faults(connection: Connection) -> Iterator[str]:
    """Yields differences between the expected definition and the database."""
    for table in TABLES:
        yield from _trigger_faults(connection, table)
        yield from _definition_faults(connection, table)
        for query, words in _NOTHING_ELSE.items():
            for found in connection.execute(text(query), _of(table)).scalars():
                yield f"{table.name} {words.format(found)}"
        yield from _right_faults(connection, table)


def _of(table: Guarded) -> dict[str, Any]:
    return {"t": f"public.{table.name}", "roles": list(ROLES)}


def _trigger_faults(connection: Connection, table: Guarded) -> Iterator[str]:
    found: dict[str, Row[tuple[str, str, str, str]]] = {
        row.tgname: row for row in connection.execute(_TRIGGERS, _of(table))
    }
    for name, guard in table.triggers.items():
        there = found.pop(name, None)
        if there is None:
            yield f"the trigger {name} is gone: {CAN_BE_CHANGED}"
        elif there.tgenabled != "A":
            yield f"the trigger {name} is off: {CAN_BE_CHANGED}"
        elif there.definition != guard.definition or there.body.strip() != guard.body:
            yield f"the trigger {name} is not the one of this release: {CAN_BE_CHANGED}"
    for name in sorted(found):
        yield f"{table.name} has a trigger {name} that is not of this release: it can change what is written"


def _definition_faults(connection: Connection, table: Guarded) -> Iterator[str]:
    found = set(connection.execute(_DEFINITIONS, _of(table)).scalars())
    for one in sorted(table.definitions - found):
        yield f"{table.name} has lost its {one}, or does not hold to it"
    for one in sorted(found - table.definitions):
        article = "an" if one.startswith("i") else "a"
        yield f"{table.name} has {article} {one} that is not of this release: it can change what is written"


def _right_faults(connection: Connection, table: Guarded) -> Iterator[str]:
    """Yields privileges beyond the expected ones: direct grants, and those of a service role through another role."""
    direct = {(row.grantee, row.privilege): row.is_grantable for row in connection.execute(_GRANTED, _of(table))}
    for (grantee, privilege), is_grantable in direct.items():
        if grantee != WRITER or privilege not in table.granted or is_grantable:
            yield f"{grantee} may {privilege} on {table.name}: {CAN_BE_CHANGED}"
    further = [one for one in CHANGES if one not in table.granted]
    for role, privilege in connection.execute(_EFFECTIVE, {**_of(table), "privileges": further}):
        if not {(role, privilege), ("PUBLIC", privilege)} & direct.keys():
            yield f"{role} may {privilege} on {table.name}, by another role: {CAN_BE_CHANGED}"


_COLUMNS = text(
    "SELECT attname, format_type(atttypid, atttypmod) || CASE WHEN attnotnull THEN ' not null' ELSE '' END "
    "|| CASE WHEN attgenerated <> '' THEN ' generated' ELSE '' END AS type "
    "FROM pg_attribute WHERE attrelid = to_regclass(:t) AND attnum > 0 AND NOT attisdropped"
)
_TRIGGERS = text(
    "SELECT t.tgname, t.tgenabled, pg_get_triggerdef(t.oid) AS definition, "
    # A function with settings, as SECURITY DEFINER, in another language or owned by a service role counts as changed.
    "CASE WHEN p.proconfig IS NULL AND NOT p.prosecdef AND l.lanname = 'plpgsql' "
    "AND pg_get_userbyid(p.proowner) <> ALL(:roles) THEN p.prosrc ELSE '' END AS body "
    "FROM pg_trigger t JOIN pg_proc p ON p.oid = t.tgfoid JOIN pg_language l ON l.oid = p.prolang "
    "WHERE t.tgrelid = to_regclass(:t)"
)
_DEFINITIONS = text(
    "SELECT 'constraint ' || conname || ' ' || pg_get_constraintdef(oid) FROM pg_constraint "
    # A NOT NULL, which PostgreSQL 18 also lists here, is compared with its column.
    "WHERE conrelid = to_regclass(:t) AND contype <> 'n' UNION ALL "
    "SELECT 'index ' || pg_get_indexdef(indexrelid) || CASE WHEN indisvalid AND indisready THEN '' ELSE ' INVALID' END "
    # Any other index only finds rows. One with an expression or with methods of users runs their code on each insert.
    "FROM pg_index WHERE indrelid = to_regclass(:t) AND (indisunique OR indexprs IS NOT NULL OR indpred IS NOT NULL "
    # PostgreSQL's own objects have ids below 16384.
    "OR EXISTS (SELECT FROM unnest(indclass::oid[]) AS method WHERE method >= 16384)) UNION ALL "
    "SELECT CASE attgenerated WHEN '' THEN 'default of ' ELSE 'generated expression of ' END || attname || ': ' "
    "|| pg_get_expr(adbin, adrelid) FROM pg_attrdef JOIN pg_attribute ON attrelid = adrelid AND attnum = adnum "
    "WHERE adrelid = to_regclass(:t) UNION ALL "
    "SELECT 'identity of ' || attname || CASE attidentity WHEN 'a' THEN ': always' ELSE ': by default' END "
    "FROM pg_attribute WHERE attrelid = to_regclass(:t) AND attidentity <> '' UNION ALL "
    "SELECT 'collation of ' || attname || ': ' || attcollation::regcollation FROM pg_attribute "
    "WHERE attrelid = to_regclass(:t) AND attcollation NOT IN (0, '\"default\"'::regcollation)"
)
_NOTHING_ELSE: Mapping[str, str] = {
    "SELECT rulename FROM pg_rewrite WHERE ev_class = to_regclass(:t)": "has a rule {}: it can swallow what is written",
    "SELECT polname FROM pg_policy WHERE polrelid = to_regclass(:t)": "has a row-level policy {}: it can hide entries",
    "SELECT 1 FROM pg_class WHERE oid = to_regclass(:t) AND (relrowsecurity OR relforcerowsecurity)": (
        "has row-level security: it can hide entries"
    ),
    "SELECT 1 FROM pg_class WHERE oid = to_regclass(:t) AND relpersistence <> 'p'": (
        "is not written to the log of the database: a crash empties it"
    ),
    "SELECT amname FROM pg_class c JOIN pg_am a ON a.oid = relam WHERE c.oid = to_regclass(:t) AND relam >= 16384": (
        "is stored by the access method {}: it can change what is written"
    ),
    "SELECT inhrelid::regclass FROM pg_inherits WHERE to_regclass(:t) IN (inhrelid, inhparent)": (
        "is inherited or inherits ({}): entries can come from another table"
    ),
    "SELECT nspname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace "
    "WHERE c.relname = (SELECT relname FROM pg_class WHERE oid = to_regclass(:t)) AND nspname <> 'public' "
    "AND nspname NOT LIKE 'pg\\_temp\\_%'": "has a namesake in the schema {}: entries can go there instead",
    # After a restore the restoring role owns all tables, including the one with the schema's revision.
    "SELECT pg_get_userbyid(c.relowner) FROM pg_class c WHERE c.oid = to_regclass(:t) AND c.relowner IS DISTINCT FROM "
    "(SELECT relowner FROM pg_class WHERE oid = to_regclass('public.alembic_version'))": (
        "belongs to {}, and the register does not: " + CAN_BE_CHANGED
    ),
    "SELECT r.rolname FROM pg_roles r JOIN pg_class c ON c.oid = to_regclass(:t) "
    "WHERE r.rolname = ANY(:roles) AND (r.rolsuper OR pg_has_role(r.oid, c.relowner, 'MEMBER') OR EXISTS "
    "(SELECT FROM pg_roles s WHERE s.rolsuper AND pg_has_role(r.oid, s.oid, 'MEMBER')))": (
        "is at the mercy of {}, a role of the service that can act as its owner: " + CAN_BE_CHANGED
    ),
}
"""Queries that must not return a row for an audit table, each with the words for what they find."""
_GRANTED = text(
    "WITH granted AS ("
    "SELECT c.relowner, a.grantee, a.privilege_type AS privilege, a.is_grantable "
    "FROM pg_class c, aclexplode(c.relacl) a "
    "WHERE c.oid = to_regclass(:t) UNION ALL "
    "SELECT c.relowner, a.grantee, a.privilege_type || ' ' || k.attname, a.is_grantable FROM pg_class c "
    "JOIN pg_attribute k ON k.attrelid = c.oid, aclexplode(k.attacl) a WHERE c.oid = to_regclass(:t)) "
    "SELECT CASE grantee WHEN 0 THEN 'PUBLIC' ELSE pg_get_userbyid(grantee) END AS grantee, privilege, is_grantable "
    "FROM granted WHERE grantee <> relowner AND privilege NOT LIKE 'SELECT%' AND privilege <> 'MAINTAIN' ORDER BY 1, 2"
)
_EFFECTIVE = text(
    "SELECT r.rolname, p FROM pg_roles r, unnest(CAST(:privileges AS text[])) p "
    "WHERE r.rolname = ANY(:roles) AND has_table_privilege(r.oid, to_regclass(:t), p) "
    "AND NOT r.rolsuper ORDER BY 1, 2"
)
