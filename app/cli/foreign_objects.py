"""Objects that are not of the register: in a database that a backup is to be restored into, and in a backup file."""

import re
import subprocess

from sqlalchemy import Connection, text

from app.models.clearance import READERS

_DEPENDENT = {
    *("pg_amop", "pg_amproc", "pg_attrdef", "pg_constraint", "pg_default_acl", "pg_enum", "pg_extension", "pg_policy"),
    *("pg_publication_namespace", "pg_publication_rel", "pg_rewrite", "pg_trigger", "pg_user_mapping"),
    "pg_largeobject_metadata",
}
"""Catalogs of parts of other objects, of extensions and of default privileges. Large objects may have any id."""
_CATALOGS = text(
    "SELECT c.relname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'oid' "
    "WHERE c.relnamespace = 'pg_catalog'::regnamespace AND c.relkind = 'r' AND NOT c.relisshared"
)
# PostgreSQL's own objects have ids below 16384.
_OBJECT = (
    "WITH found AS ({}) SELECT o.type || ' ' || o.identity FROM found f, pg_identify_object(f.class, f.oid, 0) o "
    "WHERE coalesce(o.schema, '') !~ '^pg_' AND o.identity !~ '^pg_(temp|toast)' "
    # Indexes, row types and arrays come with their table or type.
    "AND NOT EXISTS (SELECT FROM pg_class c WHERE f.class = 'pg_class'::regclass AND c.oid = f.oid "
    "AND c.relkind IN ('i', 'I', 't')) "
    "AND NOT EXISTS (SELECT FROM pg_type t LEFT JOIN pg_class c ON c.oid = t.typrelid "
    "WHERE f.class = 'pg_type'::regclass AND t.oid = f.oid AND (t.typcategory = 'A' OR c.relkind <> 'c')) "
    # Objects of an extension do not count as data.
    "AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = f.class AND d.objid = f.oid AND d.deptype = 'e') "
    "ORDER BY f.class = 'pg_namespace'::regclass, f.class <> 'pg_class'::regclass, 1 LIMIT 1"
)
_KINDS = (
    "ACL|CHECK CONSTRAINT|COMMENT|CONSTRAINT|DEFAULT|DEFAULT ACL|EXTENSION|FK CONSTRAINT|FUNCTION|INDEX|SEQUENCE|"
    "SEQUENCE OWNED BY|SEQUENCE SET|TABLE|TABLE DATA|TEXT SEARCH CONFIGURATION|TEXT SEARCH DICTIONARY|TRIGGER|VIEW"
)
_SCHEMAS = "|".join(reader.schema for reader in READERS.values())
_ENTRY = re.compile(rf"[0-9]+; [0-9]+ [0-9]+ (?:(?:{_KINDS}) (?:-|public|{_SCHEMAS})|SCHEMA - (?:{_SCHEMAS})) .+")
"""Line of `pg_restore --list` for an object of a kind and schema that the register has."""
_IDS = re.compile(r"[0-9]+; [0-9]+ [0-9]+ ")


def foreign_object(connection: Connection) -> str | None:
    """Returns the kind and name of an object that a new database does not have; None for an empty database."""
    catalogs = sorted(set(connection.execute(_CATALOGS).scalars()) - _DEPENDENT)
    every = [f"SELECT '{one}'::regclass AS class, oid FROM {one} WHERE oid >= 16384" for one in catalogs]  # noqa: S608 - names of catalogs
    every.append("SELECT 'pg_largeobject'::regclass, oid FROM pg_largeobject_metadata")
    found: str | None = connection.scalar(text(_OBJECT.format(" UNION ALL ".join(every))))
    return found


def foreign_entry(program: str, file: str) -> str | None:
    """Returns the entry of a dump, as `pg_restore --list` prints it, that the register does not have; None for none."""
    listed = subprocess.run([program, "--list", file], capture_output=True, text=True, errors="replace", check=False)  # noqa: S603 - fixed program, no shell
    lines = (line for line in listed.stdout.splitlines() if line and not line.startswith(";"))
    return next((_IDS.sub("", line) for line in lines if not _ENTRY.fullmatch(line)), None)
