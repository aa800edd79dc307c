"""The key that authenticates cursors; figures only as large as every reader of JSON has them exactly.

Revision: 7b2e9d4c10f5, after c3e70a51d9b4.
"""

import sqlalchemy as sa
from alembic import op

revision = "7b2e9d4c10f5"
down_revision = "c3e70a51d9b4"
branch_labels = None
depends_on = None

RANDOM_BYTES = "sha256(convert_to(gen_random_uuid()::text || gen_random_uuid()::text, 'UTF8'))"
BOUNDS = {
    "ck_statistics_value_is_a_number": "abs(value) <= power(2, 53)",
    "ck_statistics_range_has_two_ends": "value_to IS NULL OR value IS NOT NULL AND value_to > value AND value_to <= power(2, 53)",
}


def upgrade() -> None:
    for name, condition in BOUNDS.items():
        op.drop_constraint(op.f(name), "statistics")
        op.create_check_constraint(op.f(name), "statistics", condition)
    op.create_table(
        "cursor_keys",
        sa.Column("sole", sa.Boolean(), server_default="true", nullable=False),
        sa.Column("secret", sa.LargeBinary(), server_default=sa.text(RANDOM_BYTES), nullable=False),
        sa.CheckConstraint("sole", name=op.f("ck_cursor_keys_sole_row")),
        sa.CheckConstraint("octet_length(secret) = 32", name=op.f("ck_cursor_keys_secret_has_its_length")),
        sa.PrimaryKeyConstraint("sole", name=op.f("pk_cursor_keys")),
    )
    op.execute("INSERT INTO cursor_keys DEFAULT VALUES")
    op.execute("GRANT SELECT ON cursor_keys TO roundtable_writer")
