"""Statistics: the figures that a reader would quote, and who said them.

Revision: 45a7943fe40f, after e4281bba96cf.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "45a7943fe40f"
down_revision = "e4281bba96cf"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "statistics",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("cable_id", sa.Text(), nullable=False),
        sa.Column("anchor_id", sa.Text(), nullable=False),
        sa.Column("lead_in_anchor_id", sa.Text(), nullable=True),
        sa.Column("value", sa.Double(), nullable=True),
        sa.Column("value_to", sa.Double(), nullable=True),
        sa.Column("qualifier", sa.Text(), nullable=True),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("period", sa.Text(), nullable=True),
        sa.Column("date", sa.Text(), nullable=True),
        sa.Column("earliest", sa.Date(), nullable=True),
        sa.Column("latest", sa.Date(), nullable=True),
        sa.Column(
            "during",
            postgresql.DATERANGE(),
            sa.Computed("CASE WHEN date IS NOT NULL THEN daterange(earliest, latest, '[]') END", persisted=True),
            nullable=True,
        ),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("id ~ '^[0-9]{2}[A-Z]+[0-9]+-S[0-9]{2,4}$'", name=op.f("ck_statistics_id_is_a_reference")),
        sa.CheckConstraint("unit ~ '^([a-z]+( [a-z]+)*|[A-Z]{3})$'", name=op.f("ck_statistics_unit_is_plain")),
        sa.CheckConstraint("value > '-Infinity' AND value < 'Infinity'", name=op.f("ck_statistics_value_is_a_number")),
        sa.CheckConstraint(
            "value_to IS NULL OR value IS NOT NULL AND value_to > value AND value_to < 'Infinity'",
            name=op.f("ck_statistics_range_has_two_ends"),
        ),
        sa.CheckConstraint("what = btrim(what) AND what <> ''", name=op.f("ck_statistics_what_is_said")),
        sa.CheckConstraint(
            "(date IS NULL) = (num_nonnulls(earliest, latest) = 0)", name=op.f("ck_statistics_date_has_its_bounds")
        ),
        sa.CheckConstraint("date IS NULL OR period IS NOT NULL", name=op.f("ck_statistics_date_has_its_words")),
        sa.CheckConstraint("earliest <= latest", name=op.f("ck_statistics_dates_are_in_order")),
        sa.CheckConstraint("num_nonnulls(value, qualifier) > 0", name=op.f("ck_statistics_some_figure")),
        sa.ForeignKeyConstraint(["anchor_id"], ["anchors.id"], name=op.f("fk_statistics_anchor_id")),
        sa.ForeignKeyConstraint(["cable_id"], ["cables.id"], name=op.f("fk_statistics_cable_id")),
        sa.ForeignKeyConstraint(["lead_in_anchor_id"], ["anchors.id"], name=op.f("fk_statistics_lead_in_anchor_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_statistics")),
        sa.UniqueConstraint("anchor_id", name=op.f("uq_statistics_anchor_id")),
    )
    op.create_index(op.f("ix_statistics_cable_id"), "statistics", ["cable_id"], unique=False)
    op.create_index(op.f("ix_statistics_during"), "statistics", ["during"], unique=False, postgresql_using="gist")
    op.create_table(
        "statistic_speakers",
        sa.Column("statistic_id", sa.Text(), nullable=False),
        sa.Column("ordinal", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Text(), nullable=True),
        sa.Column("organization_id", sa.Text(), nullable=True),
        sa.Column("on_behalf_of_id", sa.Text(), nullable=True),
        sa.Column("description", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "person_id IS NOT NULL OR organization_id IS NOT NULL OR description IS NOT NULL",
            name=op.f("ck_statistic_speakers_someone_says_it"),
        ),
        sa.ForeignKeyConstraint(
            ["on_behalf_of_id"], ["organizations.id"], name=op.f("fk_statistic_speakers_on_behalf_of_id")
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], name=op.f("fk_statistic_speakers_organization_id")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_statistic_speakers_person_id")),
        sa.ForeignKeyConstraint(["statistic_id"], ["statistics.id"], name=op.f("fk_statistic_speakers_statistic_id")),
        sa.PrimaryKeyConstraint("statistic_id", "ordinal", name=op.f("pk_statistic_speakers")),
    )
    op.create_index(
        op.f("ix_statistic_speakers_on_behalf_of_id_statistic_id"),
        "statistic_speakers",
        ["on_behalf_of_id", "statistic_id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_statistic_speakers_organization_id_statistic_id"),
        "statistic_speakers",
        ["organization_id", "statistic_id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_statistic_speakers_person_id_statistic_id"),
        "statistic_speakers",
        ["person_id", "statistic_id"],
        unique=False,
    )
