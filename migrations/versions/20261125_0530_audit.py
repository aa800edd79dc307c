"""The audit trail, checkpoints of it, answers kept for retries, and what the role that writes may do.

Revision: e8a31f6c2d07, after e8a3b6d1f702.
"""

import sqlalchemy as sa
from alembic import op

revision = "e8a31f6c2d07"
down_revision = "e8a3b6d1f702"
branch_labels = None
depends_on = None

REFUSE = """
CREATE FUNCTION refuse_to_forget() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the audit trail is only ever added to';
END $$
"""
REFUSED = """
CREATE TRIGGER audit_is_only_added_to BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_entries
FOR EACH STATEMENT EXECUTE FUNCTION refuse_to_forget()
"""
GRANTS = (
    "GRANT USAGE ON SCHEMA public TO roundtable_writer",
    "GRANT SELECT ON ALL TABLES IN SCHEMA public TO roundtable_writer",
    "GRANT INSERT ON audit_entries, audit_checkpoints TO roundtable_writer",
    "GRANT UPDATE (kept_at, version, updated_at) ON audit_checkpoints TO roundtable_writer",
    "GRANT INSERT, UPDATE, DELETE ON idempotency_keys TO roundtable_writer",
    "GRANT INSERT, UPDATE (count) ON read_counts TO roundtable_writer",
    "GRANT INSERT, UPDATE (revoked_at, revoked_by, last_used_at) ON api_keys TO roundtable_writer",
)
# Whoever writes enters what changed, and need have no right to write that himself.
DEFINERS = ("enter_changes", "place_change")


def upgrade() -> None:
    op.create_table(
        "audit_entries",
        sa.Column("position", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("caller", sa.Text(), nullable=False),
        sa.Column("caller_name", sa.Text(), nullable=False),
        sa.Column("operation", sa.Text(), nullable=False),
        sa.Column("record", sa.Text(), nullable=True),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=True),
        sa.Column("request_id", sa.Text(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("key_id", sa.Text(), nullable=True),
        sa.Column("previous", sa.Text(), nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.CheckConstraint("outcome IN ('done', 'refused')", name=op.f("ck_audit_entries_outcome_is_a_word")),
        sa.CheckConstraint("hash ~ '^[0-9a-f]{64}$'", name=op.f("ck_audit_entries_hash_is_a_digest")),
        sa.CheckConstraint("previous ~ '^[0-9a-f]{64}$'", name=op.f("ck_audit_entries_previous_is_a_digest")),
        sa.CheckConstraint("position > 0", name=op.f("ck_audit_entries_position_is_counted")),
        sa.CheckConstraint(
            "(outcome = 'refused') = (code IS NOT NULL)", name=op.f("ck_audit_entries_refused_for_a_reason")
        ),
        sa.PrimaryKeyConstraint("position", name=op.f("pk_audit_entries")),
        sa.UniqueConstraint("previous", name=op.f("uq_audit_entries_previous")),
    )
    for column in ("caller", "operation", "record"):
        op.create_index(op.f(f"ix_audit_entries_{column}_position"), "audit_entries", [column, "position"])
    op.create_table(
        "audit_checkpoints",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("key_id", sa.Text(), nullable=True),
        sa.Column("signature", sa.Text(), nullable=True),
        sa.Column("kept_at", sa.Text(), nullable=True),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("hash ~ '^[0-9a-f]{64}$'", name=op.f("ck_audit_checkpoints_hash_is_a_digest")),
        sa.CheckConstraint("position >= 0", name=op.f("ck_audit_checkpoints_position_is_counted")),
        sa.CheckConstraint(
            "(key_id IS NULL) = (signature IS NULL)", name=op.f("ck_audit_checkpoints_signed_with_a_key")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_checkpoints")),
    )
    op.create_table(
        "read_counts",
        sa.Column("hour", sa.DateTime(timezone=True), nullable=False),
        sa.Column("caller", sa.Text(), nullable=False),
        sa.Column("operation", sa.Text(), nullable=False),
        sa.Column("count", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("count > 0", name=op.f("ck_read_counts_counts_something")),
        sa.PrimaryKeyConstraint("hour", "caller", "operation", name=op.f("pk_read_counts")),
    )
    op.create_index(op.f("ix_read_counts_caller_hour"), "read_counts", ["caller", "hour"])
    op.create_table(
        "idempotency_keys",
        sa.Column("caller", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("request", sa.LargeBinary(), nullable=False),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.Column("headers", sa.Text(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("caller", "key", name=op.f("pk_idempotency_keys")),
    )
    op.create_index(op.f("ix_idempotency_keys_created_at"), "idempotency_keys", ["created_at"])
    for function in DEFINERS:
        op.execute(f"ALTER FUNCTION {function}() SECURITY DEFINER SET search_path = public, pg_temp")
    for statement in (REFUSE, REFUSED, *GRANTS):
        op.execute(statement)
    # Also for sessions that play replica, in which other triggers sleep.
    op.execute("ALTER TABLE audit_entries ENABLE ALWAYS TRIGGER audit_is_only_added_to")
