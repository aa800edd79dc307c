"""API keys: who may come in by a secret of their own, with what roles and clearance.

Revision: 3f0c8a51d6e2, after c41d7e0b95aa.
"""

import sqlalchemy as sa
from alembic import op

revision = "3f0c8a51d6e2"
down_revision = "c41d7e0b95aa"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "api_keys",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("roles", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("clearance", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_by", sa.Text(), nullable=True),
        sa.Column("last_used_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("id ~ '^[0-9a-f]{12}$'", name=op.f("ck_api_keys_id_is_hexadecimal")),
        sa.CheckConstraint("digest ~ '^[0-9a-f]{64}$'", name=op.f("ck_api_keys_digest_is_hexadecimal")),
        sa.CheckConstraint(
            "roles <@ ARRAY['reader', 'editor', 'reviewer', 'auditor', 'admin'] AND cardinality(roles) > 0",
            name=op.f("ck_api_keys_roles_are_words"),
        ),
        sa.CheckConstraint("clearance IN ('U', 'SBU')", name=op.f("ck_api_keys_clearance_is_a_word")),
        sa.CheckConstraint("name <> ''", name=op.f("ck_api_keys_has_a_name")),
        sa.CheckConstraint("expires_at > created_at", name=op.f("ck_api_keys_expires_later")),
        sa.CheckConstraint("num_nulls(revoked_at, revoked_by) IN (0, 2)", name=op.f("ck_api_keys_revoked_by_someone")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_keys")),
    )
