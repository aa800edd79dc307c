"""Editing: what records are made of, what people changed of them, and revisions; what the role that writes may do.

Revision: 6b1d94e7a205, after 5b1d92e7c408.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "6b1d94e7a205"
down_revision = "5b1d92e7c408"
branch_labels = None
depends_on = None

EDITABLE = "collection IN ('recommendations', 'statistics')"
OF_RECORDS = (
    "anchors, recommendation_targets, recommendation_addressees, recommendation_proposers, "
    "recommendation_bodies, recommendation_topics, recommendation_reforms, recommendation_relations, "
    "statistics, statistic_speakers, search_entries, entries, edits"
)
GRANTS = (
    "GRANT SELECT ON entries, edits, revisions TO roundtable_writer",
    f"GRANT INSERT, UPDATE, DELETE ON {OF_RECORDS} TO roundtable_writer",
    # What was published is withdrawn, and never deleted.
    "GRANT INSERT, UPDATE ON recommendations TO roundtable_writer",
    "GRANT INSERT, UPDATE ON revisions TO roundtable_writer",
)
ID_OF_STATISTIC = "ck_statistics_id_is_a_reference"
# Revisions are what became of the words of those who write: none is ever removed, and their ids stay taken.
REFUSE = """
CREATE FUNCTION refuse_to_drop_a_revision() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'a revision is withdrawn, never removed';
END $$
"""
REFUSED = """
CREATE TRIGGER revisions_stay BEFORE DELETE OR TRUNCATE ON revisions
FOR EACH STATEMENT EXECUTE FUNCTION refuse_to_drop_a_revision()
"""


def upgrade() -> None:
    op.create_table(
        "entries",
        sa.Column("collection", sa.Text(), nullable=False),
        sa.Column("record_id", sa.Text(), nullable=False),
        sa.Column("content", postgresql.JSONB(), nullable=False),
        sa.CheckConstraint("collection ~ '^[a-z]+$'", name=op.f("ck_entries_collection_is_a_name")),
        sa.PrimaryKeyConstraint("collection", "record_id", name=op.f("pk_entries")),
    )
    op.create_table(
        "edits",
        sa.Column("collection", sa.Text(), nullable=False),
        sa.Column("record_id", sa.Text(), nullable=False),
        sa.Column("made", sa.Boolean(), nullable=False),
        sa.Column("fields", postgresql.JSONB(), nullable=False),
        sa.Column("base", postgresql.JSONB(), nullable=False),
        sa.Column("curated", postgresql.JSONB(), server_default=sa.text("'{}'"), nullable=False),
        sa.CheckConstraint(EDITABLE, name=op.f("ck_edits_collection_is_a_word")),
        sa.PrimaryKeyConstraint("collection", "record_id", name=op.f("pk_edits")),
    )
    op.create_table(
        "revisions",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("collection", sa.Text(), nullable=False),
        sa.Column("record_id", sa.Text(), nullable=False),
        sa.Column("made", sa.Boolean(), nullable=False),
        sa.Column("withdraws", sa.Boolean(), nullable=False),
        sa.Column("publication", sa.Text(), nullable=False),
        sa.Column("content", postgresql.JSONB(), nullable=False),
        sa.Column("opened_on", postgresql.JSONB(), nullable=True),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("author_name", sa.Text(), nullable=False),
        sa.Column("authors", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("reviewer", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reviewed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(EDITABLE, name=op.f("ck_revisions_collection_is_a_word")),
        sa.CheckConstraint(
            "publication IN ('draft', 'in_review', 'published', 'returned', 'withdrawn')",
            name=op.f("ck_revisions_publication_is_a_word"),
        ),
        sa.CheckConstraint("made = (opened_on IS NULL)", name=op.f("ck_revisions_a_change_is_of_something")),
        sa.CheckConstraint("NOT (made AND withdraws)", name=op.f("ck_revisions_what_is_new_withdraws_nothing")),
        sa.CheckConstraint("author = ANY (authors)", name=op.f("ck_revisions_author_is_an_author")),
        sa.CheckConstraint("version > 0", name=op.f("ck_revisions_version_is_counted")),
        sa.CheckConstraint(
            "publication <> 'published' OR reviewer IS NOT NULL AND reviewer <> ALL (authors)",
            name=op.f("ck_revisions_published_by_another"),
        ),
        sa.CheckConstraint(
            "publication <> 'returned' OR note IS NOT NULL", name=op.f("ck_revisions_returned_with_a_note")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_revisions")),
    )
    of_record = ["collection", "record_id"]
    still_open = sa.text("publication IN ('draft', 'in_review', 'returned')")
    op.create_index("uq_revisions_one_open", "revisions", of_record, unique=True, postgresql_where=still_open)
    op.create_index("uq_revisions_made_once", "revisions", of_record, unique=True, postgresql_where=sa.text("made"))
    op.create_index(op.f("ix_revisions_author_id"), "revisions", ["author", "id"])
    # A figure that was made through the service has an A in its number, so that curators do not give the same one.
    op.drop_constraint(op.f(ID_OF_STATISTIC), "statistics", type_="check")
    op.create_check_constraint(op.f(ID_OF_STATISTIC), "statistics", "id ~ '^[0-9]{2}[A-Z]+[0-9]+-SA?[0-9]{2,4}$'")
    for statement in (REFUSE, REFUSED, *GRANTS):
        op.execute(statement)
