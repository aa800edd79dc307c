"""Search: one entry for each record that words can find.

Revision: 7c1e9f3ab2d4, after 45a7943fe40f.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "7c1e9f3ab2d4"
down_revision = "45a7943fe40f"
branch_labels = None
depends_on = None

# Hyphens and slashes part words; what looks like a tag hides none.
SEARCHED = """
    setweight(to_tsvector('english'::regconfig, translate(title, '-/<>', '    ')), 'A')
    || setweight(to_tsvector('english'::regconfig, translate(body, '-/<>', '    ')), 'B')
    || setweight(to_tsvector('english'::regconfig, translate(context || ' ' || record_id, '-/<>', '    ')), 'D')
"""


def upgrade() -> None:
    op.create_unique_constraint(op.f("uq_recommendations_id_publication"), "recommendations", ["id", "publication"])
    op.create_table(
        "search_entries",
        sa.Column("record_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("marking", sa.Text(), nullable=True),
        sa.Column("publication", sa.Text(), nullable=True),
        sa.Column("targets", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("topics", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("cite_as", sa.Text(), nullable=True),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("context", sa.Text(), nullable=False),
        sa.Column("search", postgresql.TSVECTOR(), sa.Computed(SEARCHED, persisted=True), nullable=False),
        sa.CheckConstraint(
            "kind IN ('recommendation', 'reform', 'event', 'paragraph', 'person', 'organization')",
            name=op.f("ck_search_entries_kind_is_a_word"),
        ),
        sa.CheckConstraint("marking IN ('U', 'SBU')", name=op.f("ck_search_entries_marking_is_a_word")),
        sa.CheckConstraint(
            "(kind = 'recommendation') = (publication IS NOT NULL)",
            name=op.f("ck_search_entries_recommendation_has_its_state"),
        ),
        sa.ForeignKeyConstraint(
            ["record_id", "publication"],
            ["recommendations.id", "recommendations.publication"],
            name=op.f("fk_search_entries_record_id_publication"),
            onupdate="CASCADE",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("record_id", "kind", name=op.f("pk_search_entries")),
    )
    op.create_index(
        op.f("ix_search_entries_search"), "search_entries", ["search"], unique=False, postgresql_using="gin"
    )
