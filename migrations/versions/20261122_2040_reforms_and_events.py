"""Reforms with rounds, events, web sources and concerns.

Revision: e4281bba96cf, after 5d0c1f7c7e01.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "e4281bba96cf"
down_revision = "5d0c1f7c7e01"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "loads",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("fingerprint", sa.Text(), nullable=False),
        sa.Column("loaded_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_loads")),
    )
    op.create_table(
        "sources",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("published_on", sa.Date(), nullable=True),
        sa.Column("retrieved", sa.Date(), nullable=False),
        sa.CheckConstraint("id ~ '^[a-z0-9]+(-[a-z0-9]+)*$'", name=op.f("ck_sources_id_is_a_slug")),
        sa.CheckConstraint("published_on <= retrieved", name=op.f("ck_sources_published_before_it_was_read")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sources")),
        sa.UniqueConstraint("url", name=op.f("uq_sources_url")),
    )
    op.create_table(
        "reform_rounds",
        sa.Column("reform_id", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.CheckConstraint("number > 0", name=op.f("ck_reform_rounds_number_is_positive")),
        sa.ForeignKeyConstraint(["reform_id"], ["reforms.id"], name=op.f("fk_reform_rounds_reform_id")),
        sa.PrimaryKeyConstraint("reform_id", "number", name=op.f("pk_reform_rounds")),
    )
    op.create_table(
        "concerns",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("cable_id", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("anchor_id", sa.Text(), nullable=False),
        sa.Column("lead_in_anchor_id", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["anchor_id"], ["anchors.id"], name=op.f("fk_concerns_anchor_id")),
        sa.ForeignKeyConstraint(["cable_id"], ["cables.id"], name=op.f("fk_concerns_cable_id")),
        sa.ForeignKeyConstraint(["lead_in_anchor_id"], ["anchors.id"], name=op.f("fk_concerns_lead_in_anchor_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_concerns")),
    )
    op.create_table(
        "events",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("reform_id", sa.Text(), nullable=True),
        sa.Column("round", sa.Integer(), nullable=True),
        sa.Column("stage", sa.Text(), nullable=True),
        sa.Column("instrument", sa.Text(), nullable=True),
        sa.Column("instrument_kind", sa.Text(), nullable=True),
        sa.Column("body_id", sa.Text(), nullable=True),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("fulfilled_by_id", sa.Text(), nullable=True),
        sa.Column("date_text", sa.Text(), nullable=True),
        sa.Column("date", sa.Text(), nullable=True),
        sa.Column("earliest", sa.Date(), nullable=True),
        sa.Column("latest", sa.Date(), nullable=True),
        sa.Column(
            "during",
            postgresql.DATERANGE(),
            sa.Computed("daterange(earliest, latest, '[]')", persisted=True),
            nullable=False,
        ),
        sa.Column("dated", sa.Date(), sa.Computed("coalesce(earliest, latest)", persisted=True), nullable=False),
        sa.Column("anchor_id", sa.Text(), nullable=True),
        sa.Column("source_id", sa.Text(), nullable=True),
        sa.Column("confidence", sa.Text(), nullable=False),
        sa.Column("prospective", sa.Boolean(), nullable=False),
        sa.Column("known_from", sa.Date(), nullable=False),
        sa.Column("known_from_basis", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("confidence IN ('high', 'medium', 'low')", name=op.f("ck_events_confidence_is_a_word")),
        sa.CheckConstraint("id ~ '^[a-z0-9]+(-[a-z0-9]+)*-E[0-9]{2,4}$'", name=op.f("ck_events_id_is_a_reference")),
        sa.CheckConstraint(
            "instrument_kind IN ('implementing_regulations', 'judicial_interpretation', 'departmental_rules', 'guidelines', 'plan', 'agreement', 'campaign', 'other')",
            name=op.f("ck_events_instrument_kind_is_a_word"),
        ),
        sa.CheckConstraint(
            "kind = 'expected' OR fulfilled_by_id IS NULL", name=op.f("ck_events_only_an_expectation_is_fulfilled")
        ),
        sa.CheckConstraint("kind = 'expected' OR latest IS NOT NULL", name=op.f("ck_events_occurred_by_some_day")),
        sa.CheckConstraint("kind IN ('occurred', 'expected')", name=op.f("ck_events_kind_is_a_word")),
        sa.CheckConstraint(
            "known_from_basis IN ('source_published', 'event_latest')",
            name=op.f("ck_events_known_from_basis_is_a_word"),
        ),
        sa.CheckConstraint(
            "stage IN ('under_study', 'listed_in_plan', 'agency_drafting', 'public_comment', 'sclao_review', 'state_council_approved', 'submitted_to_npcsc', 'npcsc_reading_1', 'npcsc_reading_2', 'npcsc_reading_3', 'adopted', 'promulgated', 'effective', 'discussion_only', 'returned', 'vote_postponed', 'withdrawn', 'lapsed')",
            name=op.f("ck_events_stage_is_a_word"),
        ),
        sa.CheckConstraint(
            "(instrument IS NULL) = (instrument_kind IS NULL)", name=op.f("ck_events_instrument_has_its_kind")
        ),
        sa.CheckConstraint("(reform_id IS NULL) = (round IS NULL)", name=op.f("ck_events_round_is_of_a_reform")),
        sa.CheckConstraint("earliest <= latest", name=op.f("ck_events_dates_are_in_order")),
        sa.CheckConstraint("fulfilled_by_id <> id", name=op.f("ck_events_not_fulfilled_by_itself")),
        sa.CheckConstraint("num_nonnulls(anchor_id, source_id) = 1", name=op.f("ck_events_one_citation")),
        sa.CheckConstraint("num_nonnulls(earliest, latest) > 0", name=op.f("ck_events_some_date")),
        sa.ForeignKeyConstraint(["anchor_id"], ["anchors.id"], name=op.f("fk_events_anchor_id")),
        sa.ForeignKeyConstraint(["body_id"], ["organizations.id"], name=op.f("fk_events_body_id")),
        sa.ForeignKeyConstraint(
            ["fulfilled_by_id"],
            ["events.id"],
            name=op.f("fk_events_fulfilled_by_id"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["reform_id", "round"],
            ["reform_rounds.reform_id", "reform_rounds.number"],
            name=op.f("fk_events_reform_id_round"),
        ),
        sa.ForeignKeyConstraint(["reform_id"], ["reforms.id"], name=op.f("fk_events_reform_id")),
        sa.ForeignKeyConstraint(["source_id"], ["sources.id"], name=op.f("fk_events_source_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_events")),
    )
    op.create_index(op.f("ix_events_body_id"), "events", ["body_id"], unique=False)
    op.create_index(op.f("ix_events_dated_id"), "events", ["dated", "id"], unique=False)
    op.create_index(op.f("ix_events_during"), "events", ["during"], unique=False, postgresql_using="gist")
    op.create_index(op.f("ix_events_reform_id_round"), "events", ["reform_id", "round"], unique=False)
    op.create_table(
        "concern_raisers",
        sa.Column("concern_id", sa.Text(), nullable=False),
        sa.Column("ordinal", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Text(), nullable=True),
        sa.Column("organization_id", sa.Text(), nullable=True),
        sa.Column("on_behalf_of_id", sa.Text(), nullable=True),
        sa.Column("description", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "person_id IS NOT NULL OR organization_id IS NOT NULL OR description IS NOT NULL",
            name=op.f("ck_concern_raisers_someone_raises_it"),
        ),
        sa.ForeignKeyConstraint(["concern_id"], ["concerns.id"], name=op.f("fk_concern_raisers_concern_id")),
        sa.ForeignKeyConstraint(
            ["on_behalf_of_id"], ["organizations.id"], name=op.f("fk_concern_raisers_on_behalf_of_id")
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], name=op.f("fk_concern_raisers_organization_id")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_concern_raisers_person_id")),
        sa.PrimaryKeyConstraint("concern_id", "ordinal", name=op.f("pk_concern_raisers")),
    )
    op.create_table(
        "concern_reforms",
        sa.Column("concern_id", sa.Text(), nullable=False),
        sa.Column("reform_id", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["concern_id"], ["concerns.id"], name=op.f("fk_concern_reforms_concern_id")),
        sa.ForeignKeyConstraint(["reform_id"], ["reforms.id"], name=op.f("fk_concern_reforms_reform_id")),
        sa.PrimaryKeyConstraint("concern_id", "reform_id", name=op.f("pk_concern_reforms")),
    )
    op.create_index(
        op.f("ix_concern_reforms_reform_id_concern_id"), "concern_reforms", ["reform_id", "concern_id"], unique=False
    )
    op.create_table(
        "event_conflicts",
        sa.Column("event_id", sa.Text(), nullable=False),
        sa.Column("other_id", sa.Text(), nullable=False),
        sa.CheckConstraint("event_id <> other_id", name=op.f("ck_event_conflicts_not_with_itself")),
        sa.ForeignKeyConstraint(["event_id"], ["events.id"], name=op.f("fk_event_conflicts_event_id")),
        sa.ForeignKeyConstraint(["other_id"], ["events.id"], name=op.f("fk_event_conflicts_other_id")),
        sa.PrimaryKeyConstraint("event_id", "other_id", name=op.f("pk_event_conflicts")),
    )
    op.create_table(
        "event_sources",
        sa.Column("event_id", sa.Text(), nullable=False),
        sa.Column("source_id", sa.Text(), nullable=False),
        sa.Column("ordinal", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["event_id"], ["events.id"], name=op.f("fk_event_sources_event_id")),
        sa.ForeignKeyConstraint(["source_id"], ["sources.id"], name=op.f("fk_event_sources_source_id")),
        sa.PrimaryKeyConstraint("event_id", "source_id", name=op.f("pk_event_sources")),
    )
    op.create_table(
        "event_outcomes",
        sa.Column("event_id", sa.Text(), nullable=False),
        sa.Column("recommendation_id", sa.Text(), nullable=False),
        sa.Column("wording", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["event_id"], ["events.id"], name=op.f("fk_event_outcomes_event_id")),
        sa.ForeignKeyConstraint(
            ["recommendation_id"], ["recommendations.id"], name=op.f("fk_event_outcomes_recommendation_id")
        ),
        sa.PrimaryKeyConstraint("event_id", "recommendation_id", name=op.f("pk_event_outcomes")),
    )
    op.create_index(
        op.f("ix_event_outcomes_recommendation_id_event_id"),
        "event_outcomes",
        ["recommendation_id", "event_id"],
        unique=False,
    )
    op.add_column("reforms", sa.Column("ordinal", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("reforms", sa.Column("kind", sa.Text(), nullable=False, server_default="law"))
    op.add_column("reforms", sa.Column("summary", sa.Text(), nullable=False, server_default=""))
    # What is there already gets its values at the next load; from then on each row must name them.
    for column in ("ordinal", "kind", "summary"):
        op.alter_column("reforms", column, server_default=None)
    op.create_check_constraint(
        op.f("ck_reforms_kind_is_a_word"), "reforms", "kind IN ('law', 'guidelines', 'regime', 'court', 'proceeding')"
    )
