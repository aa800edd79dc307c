"""Markings of the parts of a cable: of its stored copy, its headings and the fields of its header.

Revision: d71f0b46a2ce, after a7d41c60e8f2.
"""

import sqlalchemy as sa
from alembic import op

revision = "d71f0b46a2ce"
down_revision = "a7d41c60e8f2"
branch_labels = None
depends_on = None

COLUMNS = (
    ("cables", "source_marking"),
    ("header_fields", "marking"),
    ("header_fields", "other_marking"),
    ("sections", "marking"),
)


def upgrade() -> None:
    # Until the next load reads each copy again, none of it was understood as U, which is the safe side.
    for table, column in COLUMNS:
        op.add_column(table, sa.Column(column, sa.Text(), server_default="SBU", nullable=False))
        op.create_check_constraint(op.f(f"ck_{table}_{column}_is_a_word"), table, f"{column} IN ('U', 'SBU')")
    op.add_column("cables", sa.Column("doubts", sa.Integer(), server_default="0", nullable=False))
    op.create_check_constraint(op.f("ck_cables_doubts_are_counted"), "cables", "doubts >= 0")
    op.create_check_constraint(
        op.f("ck_cables_source_is_at_least_as_high"),
        "cables",
        "source_marking = 'SBU' OR (marking = 'U' AND doubts = 0)",
    )
