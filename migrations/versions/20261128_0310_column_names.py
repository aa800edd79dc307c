"""Column names in the terms of the glossary: `readings.original`, `audit_checkpoints.location`.

Revision: 5c1d8e20f7a4, after d71f0b46a2ce.
"""

from alembic import op

revision = "5c1d8e20f7a4"
down_revision = "d71f0b46a2ce"
branch_labels = None
depends_on = None

# A register from before the role of writers had its name has its grants under the old one.
INHERIT_GRANTS = """
DO $$
BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'register_writer') THEN
        GRANT register_writer TO roundtable_writer;
    END IF;
END $$
"""


def upgrade() -> None:
    op.execute("SET CONSTRAINTS ALL IMMEDIATE")
    op.execute("DROP TRIGGER printed_is_spelled ON readings")
    op.alter_column("readings", "printed", new_column_name="original")
    op.execute(
        "CREATE TRIGGER printed_is_spelled BEFORE INSERT OR UPDATE ON readings "
        "FOR EACH ROW EXECUTE FUNCTION printed_is_spelled('original')"
    )
    op.alter_column("audit_checkpoints", "kept_at", new_column_name="location")
