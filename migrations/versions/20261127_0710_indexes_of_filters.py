"""Indexes of the words that filter recommendations, of paragraph labels, and of what is not published.

Revision: c3e70a51d9b4, after e4f81a6c92d7.
"""

import sqlalchemy as sa
from alembic import op

revision = "c3e70a51d9b4"
down_revision = "e4f81a6c92d7"
branch_labels = None
depends_on = None

WORDS = ("cable_id", "certainty", "continuing", "implementation", "position", "seeks_change_by", "state")
REPLACED = ("cable_id", "seeks_change_by")


def upgrade() -> None:
    for column in WORDS:
        op.create_index(op.f(f"ix_recommendations_{column}_id"), "recommendations", [column, "id"])
    for column in REPLACED:
        op.drop_index(op.f(f"ix_recommendations_{column}"), table_name="recommendations")
    op.create_index(op.f("ix_anchors_paragraph"), "anchors", ["paragraph"])
    op.create_index(
        "ix_recommendations_unpublished",
        "recommendations",
        ["id"],
        postgresql_where=sa.text("publication <> 'published'::text"),
    )
