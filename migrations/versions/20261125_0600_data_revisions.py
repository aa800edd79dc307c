"""The revision of the data. Its triggers are made when the migrations have ended: see app/models/data_version.py.

Revision: 5b1d92e7c408, after e8a31f6c2d07.
"""

import sqlalchemy as sa
from alembic import op

revision = "5b1d92e7c408"
down_revision = "e8a31f6c2d07"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "data_revisions",
        sa.Column("slot", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("value", sa.BigInteger(), server_default=sa.text("1"), nullable=False),
        sa.PrimaryKeyConstraint("slot", name=op.f("pk_data_revisions")),
        postgresql_with={"fillfactor": "50"},
    )
