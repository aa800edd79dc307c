"""Column names in the terms of the glossary: `readings.original`, `audit_checkpoints.location`.

Revision: 5c1d8e20f7a4, after d71f0b46a2ce.
"""

from alembic import op

revision = "5c1d8e20f7a4"
down_revision = "d71f0b46a2ce"
branch_labels = None
depends_on = None

# A register from before the role of writers had its name has its grants under the old one.
MOVE_GRANTS = """
DO $$
DECLARE
    one record;
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'register_writer') THEN
        RETURN;
    END IF;
    FOR one IN
        SELECT format('%s ON %s %s', a.privilege_type, CASE c.relkind WHEN 'S' THEN 'SEQUENCE' ELSE 'TABLE' END,
            c.oid::regclass) AS privilege
        FROM pg_class c, aclexplode(c.relacl) a WHERE a.grantee = 'register_writer'::regrole
        UNION ALL
        SELECT format('%s (%I) ON TABLE %s', a.privilege_type, t.attname, t.attrelid::regclass)
        FROM pg_attribute t, aclexplode(t.attacl) a WHERE a.grantee = 'register_writer'::regrole
        UNION ALL
        SELECT format('%s ON SCHEMA %I', a.privilege_type, n.nspname)
        FROM pg_namespace n, aclexplode(n.nspacl) a WHERE a.grantee = 'register_writer'::regrole
    LOOP
        EXECUTE format('GRANT %s TO roundtable_writer', one.privilege);
        EXECUTE format('REVOKE %s FROM register_writer', one.privilege);
    END LOOP;
END $$
"""


def upgrade() -> None:
    op.execute(MOVE_GRANTS)
    op.execute("SET CONSTRAINTS ALL IMMEDIATE")
    op.execute("DROP TRIGGER printed_is_spelled ON readings")
    op.alter_column("readings", "printed", new_column_name="original")
    op.execute(
        "CREATE TRIGGER printed_is_spelled BEFORE INSERT OR UPDATE ON readings "
        "FOR EACH ROW EXECUTE FUNCTION printed_is_spelled('original')"
    )
    op.alter_column("audit_checkpoints", "kept_at", new_column_name="location")
