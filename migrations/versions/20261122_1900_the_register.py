"""The register: cables, panels, parties, recommendations, and the anchors they are cited to.

Revision: 2f2b7ad3aa7b, after nothing.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "2f2b7ad3aa7b"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:

    op.create_table(
        "cables",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("post", sa.Text(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("serial", sa.Integer(), nullable=False),
        sa.Column("originator", sa.Text(), nullable=False),
        sa.Column("precedence", sa.Text(), nullable=False),
        sa.Column("date_time_group", sa.Text(), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("marking", sa.Text(), nullable=False),
        sa.Column("witness_id", sa.Text(), nullable=False),
        sa.CheckConstraint("id ~ '^[0-9]{2}[A-Z]+[0-9]+$'", name=op.f("ck_cables_id_is_a_reference")),
        sa.CheckConstraint("marking IN ('U', 'SBU')", name=op.f("ck_cables_marking_is_a_word")),
        sa.ForeignKeyConstraint(
            ["witness_id"],
            ["witnesses.id"],
            name=op.f("fk_cables_witness_id"),
            initially="DEFERRED",
            deferrable=True,
            use_alter=True,
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cables")),
    )
    op.create_table(
        "organizations",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("part_of", sa.Text(), nullable=True),
        sa.CheckConstraint("id ~ '^[a-z0-9]+(-[a-z0-9]+)*$'", name=op.f("ck_organizations_id_is_a_slug")),
        sa.CheckConstraint(
            "kind IN ('company', 'law_firm', 'industry_association', 'nonprofit', 'us_government', 'china_government', 'other_government', 'international_organization', 'bilateral_forum')",
            name=op.f("ck_organizations_kind_is_a_word"),
        ),
        sa.ForeignKeyConstraint(
            ["part_of"], ["organizations.id"], name=op.f("fk_organizations_part_of"), deferrable=True
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_organizations")),
    )
    op.create_table(
        "people",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.CheckConstraint("id ~ '^[a-z0-9]+(-[a-z0-9]+)*$'", name=op.f("ck_people_id_is_a_slug")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_people")),
    )
    op.create_table(
        "reforms",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.CheckConstraint("id ~ '^[a-z0-9]+(-[a-z0-9]+)*$'", name=op.f("ck_reforms_id_is_a_slug")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reforms")),
    )
    op.create_table(
        "header_fields",
        sa.Column("cable_id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("ordinal", sa.Integer(), nullable=False),
        sa.Column("value", sa.Text(), nullable=True),
        sa.Column("ranges", postgresql.INT4MULTIRANGE(), nullable=True),
        sa.Column("other_value", sa.Text(), nullable=True),
        sa.Column("other_origin", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "(other_value IS NULL) = (other_origin IS NULL)",
            name=op.f("ck_header_fields_other_value_has_its_origin"),
        ),
        sa.CheckConstraint("(value IS NULL) = (ranges IS NULL)", name=op.f("ck_header_fields_value_has_its_place")),
        sa.ForeignKeyConstraint(["cable_id"], ["cables.id"], name=op.f("fk_header_fields_cable_id")),
        sa.PrimaryKeyConstraint("cable_id", "name", name=op.f("pk_header_fields")),
        sa.UniqueConstraint("cable_id", "ordinal", name=op.f("uq_header_fields_cable_id_ordinal")),
    )
    op.create_table(
        "organization_names",
        sa.Column("organization_id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("ordinal", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('slug', 'name', 'alias', 'misspelling')",
            name=op.f("ck_organization_names_kind_is_a_word"),
        ),
        sa.CheckConstraint("name = btrim(name) AND name <> ''", name=op.f("ck_organization_names_name_is_trimmed")),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], name=op.f("fk_organization_names_organization_id")
        ),
        sa.PrimaryKeyConstraint("organization_id", "name", name=op.f("pk_organization_names")),
    )
    op.create_index(
        "uq_organization_names_folded", "organization_names", [sa.literal_column("lower(name)")], unique=True
    )
    op.create_table(
        "person_names",
        sa.Column("person_id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("ordinal", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('slug', 'name', 'alias', 'misspelling')", name=op.f("ck_person_names_kind_is_a_word")
        ),
        sa.CheckConstraint("name = btrim(name) AND name <> ''", name=op.f("ck_person_names_name_is_trimmed")),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_person_names_person_id")),
        sa.PrimaryKeyConstraint("person_id", "name", name=op.f("pk_person_names")),
    )
    op.create_index("ix_person_names_folded", "person_names", [sa.literal_column("lower(name)")], unique=False)
    op.create_table(
        "sections",
        sa.Column("cable_id", sa.Text(), nullable=False),
        sa.Column("ordinal", sa.Integer(), nullable=False),
        sa.Column("heading", sa.Text(), nullable=False),
        sa.Column("ranges", postgresql.INT4MULTIRANGE(), nullable=False),
        sa.Column("underlined", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["cable_id"], ["cables.id"], name=op.f("fk_sections_cable_id")),
        sa.PrimaryKeyConstraint("cable_id", "ordinal", name=op.f("pk_sections")),
    )
    op.create_table(
        "witnesses",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("cable_id", sa.Text(), nullable=False),
        sa.Column("publisher", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("terms", sa.Text(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "sha256 = encode(sha256(convert_to(text, 'UTF8')), 'hex')",
            name=op.f("ck_witnesses_sha256_is_of_the_text"),
        ),
        sa.ForeignKeyConstraint(["cable_id"], ["cables.id"], name=op.f("fk_witnesses_cable_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_witnesses")),
        sa.UniqueConstraint("cable_id", "sha256", name=op.f("uq_witnesses_cable_id_sha256")),
    )
    op.create_table(
        "paragraphs",
        sa.Column("cable_id", sa.Text(), nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("witness_id", sa.Text(), nullable=False),
        sa.Column("ordinal", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("marking", sa.Text(), nullable=False),
        sa.Column("section", sa.Integer(), nullable=True),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("ranges", postgresql.INT4MULTIRANGE(), nullable=False),
        sa.Column("notes", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.CheckConstraint("marking IN ('U', 'SBU')", name=op.f("ck_paragraphs_marking_is_a_word")),
        sa.CheckConstraint("NOT isempty(ranges)", name=op.f("ck_paragraphs_ranges_are_not_empty")),
        sa.ForeignKeyConstraint(
            ["cable_id", "section"],
            ["sections.cable_id", "sections.ordinal"],
            name=op.f("fk_paragraphs_cable_id_section"),
        ),
        sa.ForeignKeyConstraint(["cable_id"], ["cables.id"], name=op.f("fk_paragraphs_cable_id")),
        sa.ForeignKeyConstraint(["witness_id"], ["witnesses.id"], name=op.f("fk_paragraphs_witness_id")),
        sa.PrimaryKeyConstraint("cable_id", "label", name=op.f("pk_paragraphs")),
        sa.UniqueConstraint("cable_id", "ordinal", name=op.f("uq_paragraphs_cable_id_ordinal")),
    )
    op.create_table(
        "anchors",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("cable_id", sa.Text(), nullable=False),
        sa.Column("paragraph", sa.Text(), nullable=False),
        sa.Column("quote", sa.Text(), nullable=False),
        sa.Column("ranges", postgresql.INT4MULTIRANGE(), nullable=False),
        sa.CheckConstraint("NOT isempty(ranges)", name=op.f("ck_anchors_ranges_are_not_empty")),
        sa.ForeignKeyConstraint(
            ["cable_id", "paragraph"],
            ["paragraphs.cable_id", "paragraphs.label"],
            name=op.f("fk_anchors_cable_id_paragraph"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_anchors")),
    )
    op.create_index(op.f("ix_anchors_cable_id_paragraph"), "anchors", ["cable_id", "paragraph"], unique=False)
    op.create_table(
        "damages",
        sa.Column("cable_id", sa.Text(), nullable=False),
        sa.Column("ordinal", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("paragraph", sa.Text(), nullable=True),
        sa.Column("ranges", postgresql.INT4MULTIRANGE(), nullable=True),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('page_chrome', 'page_line', 'number_missing', 'number_repeated', 'breaks_off', 'closing_mark_cut', 'web_address_lost', 'heading_lost', 'header_field_lost')",
            name=op.f("ck_damages_kind_is_a_word"),
        ),
        sa.ForeignKeyConstraint(
            ["cable_id", "paragraph"],
            ["paragraphs.cable_id", "paragraphs.label"],
            name=op.f("fk_damages_cable_id_paragraph"),
        ),
        sa.ForeignKeyConstraint(["cable_id"], ["cables.id"], name=op.f("fk_damages_cable_id")),
        sa.PrimaryKeyConstraint("cable_id", "ordinal", name=op.f("pk_damages")),
    )
    op.create_table(
        "readings",
        sa.Column("cable_id", sa.Text(), nullable=False),
        sa.Column("ordinal", sa.Integer(), nullable=False),
        sa.Column("paragraph", sa.Text(), nullable=True),
        sa.Column("printed", sa.Text(), nullable=False),
        sa.Column("ranges", postgresql.INT4MULTIRANGE(), nullable=False),
        sa.Column("reading", sa.Text(), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["cable_id", "paragraph"],
            ["paragraphs.cable_id", "paragraphs.label"],
            name=op.f("fk_readings_cable_id_paragraph"),
        ),
        sa.ForeignKeyConstraint(["cable_id"], ["cables.id"], name=op.f("fk_readings_cable_id")),
        sa.PrimaryKeyConstraint("cable_id", "ordinal", name=op.f("pk_readings")),
        sa.UniqueConstraint("cable_id", "ranges", name=op.f("uq_readings_cable_id_ranges")),
    )
    op.create_table(
        "roundtables",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("cable_id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("edition", sa.Integer(), nullable=False),
        sa.Column("theme", sa.Text(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("country", sa.Text(), nullable=False),
        sa.Column("host_id", sa.Text(), nullable=False),
        sa.Column("attendance", sa.Integer(), nullable=True),
        sa.Column("attendance_qualifier", sa.Text(), nullable=True),
        sa.Column("attendance_of", sa.Text(), nullable=True),
        sa.Column("attendance_anchor_id", sa.Text(), nullable=True),
        sa.Column("anchor_id", sa.Text(), nullable=False),
        sa.CheckConstraint("id ~ '^[a-z0-9]+(-[a-z0-9]+)*$'", name=op.f("ck_roundtables_id_is_a_slug")),
        sa.CheckConstraint(
            "(attendance IS NOT NULL) OR (attendance_qualifier IS NULL)",
            name=op.f("ck_roundtables_qualifier_has_value"),
        ),
        sa.CheckConstraint("starts_on <= ends_on", name=op.f("ck_roundtables_dates_are_in_order")),
        sa.ForeignKeyConstraint(["anchor_id"], ["anchors.id"], name=op.f("fk_roundtables_anchor_id")),
        sa.ForeignKeyConstraint(
            ["attendance_anchor_id"], ["anchors.id"], name=op.f("fk_roundtables_attendance_anchor_id")
        ),
        sa.ForeignKeyConstraint(["cable_id"], ["cables.id"], name=op.f("fk_roundtables_cable_id")),
        sa.ForeignKeyConstraint(["host_id"], ["organizations.id"], name=op.f("fk_roundtables_host_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_roundtables")),
    )
    op.create_table(
        "follow_ups",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("roundtable_id", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("due", sa.Date(), nullable=True),
        sa.Column("anchor_id", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["anchor_id"], ["anchors.id"], name=op.f("fk_follow_ups_anchor_id")),
        sa.ForeignKeyConstraint(["roundtable_id"], ["roundtables.id"], name=op.f("fk_follow_ups_roundtable_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_follow_ups")),
    )
    op.create_table(
        "panels",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("roundtable_id", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("anchor_id", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["anchor_id"], ["anchors.id"], name=op.f("fk_panels_anchor_id")),
        sa.ForeignKeyConstraint(["roundtable_id"], ["roundtables.id"], name=op.f("fk_panels_roundtable_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_panels")),
        sa.UniqueConstraint("roundtable_id", "number", name=op.f("uq_panels_roundtable_id_number")),
    )
    op.create_table(
        "follow_up_bodies",
        sa.Column("follow_up_id", sa.Text(), nullable=False),
        sa.Column("organization_id", sa.Text(), nullable=False),
        sa.Column("ordinal", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["follow_up_id"], ["follow_ups.id"], name=op.f("fk_follow_up_bodies_follow_up_id")),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], name=op.f("fk_follow_up_bodies_organization_id")
        ),
        sa.PrimaryKeyConstraint("follow_up_id", "organization_id", name=op.f("pk_follow_up_bodies")),
    )
    op.create_table(
        "panel_sessions",
        sa.Column("panel_id", sa.Text(), nullable=False),
        sa.Column("ordinal", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("anchor_id", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["anchor_id"], ["anchors.id"], name=op.f("fk_panel_sessions_anchor_id")),
        sa.ForeignKeyConstraint(["panel_id"], ["panels.id"], name=op.f("fk_panel_sessions_panel_id")),
        sa.PrimaryKeyConstraint("panel_id", "ordinal", name=op.f("pk_panel_sessions")),
    )
    op.create_table(
        "participations",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("roundtable_id", sa.Text(), nullable=False),
        sa.Column("panel_id", sa.Text(), nullable=True),
        sa.Column("ordinal", sa.Integer(), nullable=False),
        sa.Column("capacity", sa.Text(), nullable=False),
        sa.Column("person_id", sa.Text(), nullable=True),
        sa.Column("organization_id", sa.Text(), nullable=True),
        sa.Column("on_behalf_of_id", sa.Text(), nullable=True),
        sa.Column("title", sa.Text(), nullable=True),
        sa.Column("description", sa.Text(), nullable=True),
        sa.Column("anchor_id", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "capacity IN ('keynote', 'introducer', 'panelist')",
            name=op.f("ck_participations_capacity_is_a_word"),
        ),
        sa.CheckConstraint(
            "person_id IS NOT NULL OR organization_id IS NOT NULL OR description IS NOT NULL",
            name=op.f("ck_participations_someone_took_part"),
        ),
        sa.ForeignKeyConstraint(["anchor_id"], ["anchors.id"], name=op.f("fk_participations_anchor_id")),
        sa.ForeignKeyConstraint(
            ["on_behalf_of_id"], ["organizations.id"], name=op.f("fk_participations_on_behalf_of_id")
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], name=op.f("fk_participations_organization_id")
        ),
        sa.ForeignKeyConstraint(["panel_id"], ["panels.id"], name=op.f("fk_participations_panel_id")),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_participations_person_id")),
        sa.ForeignKeyConstraint(["roundtable_id"], ["roundtables.id"], name=op.f("fk_participations_roundtable_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_participations")),
    )
    op.create_index(op.f("ix_participations_on_behalf_of_id"), "participations", ["on_behalf_of_id"], unique=False)
    op.create_index(op.f("ix_participations_organization_id"), "participations", ["organization_id"], unique=False)
    op.create_index(op.f("ix_participations_panel_id"), "participations", ["panel_id"], unique=False)
    op.create_index(op.f("ix_participations_person_id"), "participations", ["person_id"], unique=False)
    op.create_table(
        "recommendations",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("cable_id", sa.Text(), nullable=False),
        sa.Column("anchor_id", sa.Text(), nullable=False),
        sa.Column("lead_in_anchor_id", sa.Text(), nullable=True),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("seeks_change_by", sa.Text(), nullable=True),
        sa.Column("panel_id", sa.Text(), nullable=True),
        sa.Column("certainty", sa.Text(), nullable=False),
        sa.Column("continuing", sa.Boolean(), nullable=False),
        sa.Column("position", sa.Text(), nullable=False),
        sa.Column("position_anchor_id", sa.Text(), nullable=True),
        sa.Column("implementation", sa.Text(), nullable=False),
        sa.Column("implementation_source", sa.Text(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("publication", sa.Text(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("searched", sa.Text(), nullable=False),
        sa.Column(
            "search",
            postgresql.TSVECTOR(),
            sa.Computed("to_tsvector('english'::regconfig, searched)", persisted=True),
            nullable=False,
        ),
        sa.CheckConstraint(
            "(position = 'none') = (position_anchor_id IS NULL)",
            name=op.f("ck_recommendations_position_has_its_source"),
        ),
        sa.CheckConstraint(
            "(state = 'closed_implemented') = (implementation = 'implemented')",
            name=op.f("ck_recommendations_closed_as_implemented_is_implemented"),
        ),
        sa.CheckConstraint("certainty IN ('explicit', 'implied')", name=op.f("ck_recommendations_certainty_is_a_word")),
        sa.CheckConstraint(
            "id ~ '^[0-9]{2}[A-Z]+[0-9]+-[RA][0-9]{3,}$'", name=op.f("ck_recommendations_id_is_a_reference")
        ),
        sa.CheckConstraint(
            "implementation = 'unknown' OR implementation_source IS NOT NULL",
            name=op.f("ck_recommendations_implementation_has_its_source"),
        ),
        sa.CheckConstraint(
            "implementation IN ('unknown', 'not_started', 'in_progress', 'implemented', 'not_implemented', 'overtaken')",
            name=op.f("ck_recommendations_implementation_is_a_word"),
        ),
        sa.CheckConstraint(
            "position IN ('none', 'supported', 'supported_in_part', 'noted')",
            name=op.f("ck_recommendations_position_is_a_word"),
        ),
        sa.CheckConstraint(
            "publication IN ('draft', 'in_review', 'published', 'returned', 'withdrawn')",
            name=op.f("ck_recommendations_publication_is_a_word"),
        ),
        sa.CheckConstraint(
            "seeks_change_by IN ('embassy', 'usg', 'china', 'industry')",
            name=op.f("ck_recommendations_seeks_change_by_is_a_word"),
        ),
        sa.CheckConstraint(
            "state <> 'closed_not_implemented' OR implementation IN ('not_implemented', 'overtaken')",
            name=op.f("ck_recommendations_closed_as_not_implemented_is_not"),
        ),
        sa.CheckConstraint(
            "state <> 'open_resolved' OR position IN ('supported', 'supported_in_part')",
            name=op.f("ck_recommendations_resolved_is_agreed"),
        ),
        sa.CheckConstraint(
            "state <> 'open_unresolved' OR position <> 'supported'",
            name=op.f("ck_recommendations_unresolved_is_not_agreed"),
        ),
        sa.CheckConstraint(
            "state IN ('open_unresolved', 'open_resolved', 'closed_implemented', 'closed_not_implemented')",
            name=op.f("ck_recommendations_state_is_a_word"),
        ),
        sa.CheckConstraint("text = btrim(text) AND text <> ''", name=op.f("ck_recommendations_text_is_said")),
        sa.ForeignKeyConstraint(["anchor_id"], ["anchors.id"], name=op.f("fk_recommendations_anchor_id")),
        sa.ForeignKeyConstraint(["cable_id"], ["cables.id"], name=op.f("fk_recommendations_cable_id")),
        sa.ForeignKeyConstraint(
            ["lead_in_anchor_id"], ["anchors.id"], name=op.f("fk_recommendations_lead_in_anchor_id")
        ),
        sa.ForeignKeyConstraint(["panel_id"], ["panels.id"], name=op.f("fk_recommendations_panel_id")),
        sa.ForeignKeyConstraint(
            ["position_anchor_id"], ["anchors.id"], name=op.f("fk_recommendations_position_anchor_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recommendations")),
        sa.UniqueConstraint("anchor_id", name=op.f("uq_recommendations_anchor_id")),
    )
    op.create_index(op.f("ix_recommendations_cable_id"), "recommendations", ["cable_id"], unique=False)
    op.create_index(op.f("ix_recommendations_panel_id_id"), "recommendations", ["panel_id", "id"], unique=False)
    op.create_index(
        op.f("ix_recommendations_search"), "recommendations", ["search"], unique=False, postgresql_using="gin"
    )
    op.create_index(op.f("ix_recommendations_seeks_change_by"), "recommendations", ["seeks_change_by"], unique=False)
    op.create_index(op.f("ix_recommendations_updated_at_id"), "recommendations", ["updated_at", "id"], unique=False)
    op.create_table(
        "panel_paragraphs",
        sa.Column("cable_id", sa.Text(), nullable=False),
        sa.Column("paragraph", sa.Text(), nullable=False),
        sa.Column("panel_id", sa.Text(), nullable=False),
        sa.Column("session", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["cable_id", "paragraph"],
            ["paragraphs.cable_id", "paragraphs.label"],
            name=op.f("fk_panel_paragraphs_cable_id_paragraph"),
        ),
        sa.ForeignKeyConstraint(
            ["panel_id", "session"],
            ["panel_sessions.panel_id", "panel_sessions.ordinal"],
            name=op.f("fk_panel_paragraphs_panel_id_session"),
        ),
        sa.ForeignKeyConstraint(["panel_id"], ["panels.id"], name=op.f("fk_panel_paragraphs_panel_id")),
        sa.PrimaryKeyConstraint("cable_id", "paragraph", name=op.f("pk_panel_paragraphs")),
    )
    op.create_table(
        "recommendation_addressees",
        sa.Column("recommendation_id", sa.Text(), nullable=False),
        sa.Column("organization_id", sa.Text(), nullable=False),
        sa.Column("basis", sa.Text(), nullable=False),
        sa.CheckConstraint("basis IN ('named', 'inferred')", name=op.f("ck_recommendation_addressees_basis_is_a_word")),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["organizations.id"],
            name=op.f("fk_recommendation_addressees_organization_id"),
        ),
        sa.ForeignKeyConstraint(
            ["recommendation_id"],
            ["recommendations.id"],
            name=op.f("fk_recommendation_addressees_recommendation_id"),
        ),
        sa.PrimaryKeyConstraint("recommendation_id", "organization_id", name=op.f("pk_recommendation_addressees")),
    )
    op.create_index(
        op.f("ix_recommendation_addressees_organization_id_recommendation_id"),
        "recommendation_addressees",
        ["organization_id", "recommendation_id"],
        unique=False,
    )
    op.create_table(
        "recommendation_bodies",
        sa.Column("recommendation_id", sa.Text(), nullable=False),
        sa.Column("organization_id", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], name=op.f("fk_recommendation_bodies_organization_id")
        ),
        sa.ForeignKeyConstraint(
            ["recommendation_id"],
            ["recommendations.id"],
            name=op.f("fk_recommendation_bodies_recommendation_id"),
        ),
        sa.PrimaryKeyConstraint("recommendation_id", "organization_id", name=op.f("pk_recommendation_bodies")),
    )
    op.create_index(
        op.f("ix_recommendation_bodies_organization_id_recommendation_id"),
        "recommendation_bodies",
        ["organization_id", "recommendation_id"],
        unique=False,
    )
    op.create_table(
        "recommendation_proposers",
        sa.Column("recommendation_id", sa.Text(), nullable=False),
        sa.Column("ordinal", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Text(), nullable=True),
        sa.Column("organization_id", sa.Text(), nullable=True),
        sa.Column("on_behalf_of_id", sa.Text(), nullable=True),
        sa.Column("description", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "person_id IS NOT NULL OR organization_id IS NOT NULL OR description IS NOT NULL",
            name=op.f("ck_recommendation_proposers_someone_asks"),
        ),
        sa.ForeignKeyConstraint(
            ["on_behalf_of_id"],
            ["organizations.id"],
            name=op.f("fk_recommendation_proposers_on_behalf_of_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["organizations.id"],
            name=op.f("fk_recommendation_proposers_organization_id"),
        ),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_recommendation_proposers_person_id")),
        sa.ForeignKeyConstraint(
            ["recommendation_id"],
            ["recommendations.id"],
            name=op.f("fk_recommendation_proposers_recommendation_id"),
        ),
        sa.PrimaryKeyConstraint("recommendation_id", "ordinal", name=op.f("pk_recommendation_proposers")),
    )
    op.create_index(
        op.f("ix_recommendation_proposers_on_behalf_of_id_recommendation_id"),
        "recommendation_proposers",
        ["on_behalf_of_id", "recommendation_id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_recommendation_proposers_organization_id_recommendation_id"),
        "recommendation_proposers",
        ["organization_id", "recommendation_id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_recommendation_proposers_person_id_recommendation_id"),
        "recommendation_proposers",
        ["person_id", "recommendation_id"],
        unique=False,
    )
    op.create_table(
        "recommendation_reforms",
        sa.Column("recommendation_id", sa.Text(), nullable=False),
        sa.Column("reform_id", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["recommendation_id"],
            ["recommendations.id"],
            name=op.f("fk_recommendation_reforms_recommendation_id"),
        ),
        sa.ForeignKeyConstraint(["reform_id"], ["reforms.id"], name=op.f("fk_recommendation_reforms_reform_id")),
        sa.PrimaryKeyConstraint("recommendation_id", "reform_id", name=op.f("pk_recommendation_reforms")),
    )
    op.create_index(
        op.f("ix_recommendation_reforms_reform_id_recommendation_id"),
        "recommendation_reforms",
        ["reform_id", "recommendation_id"],
        unique=False,
    )
    op.create_table(
        "recommendation_relations",
        sa.Column("recommendation_id", sa.Text(), nullable=False),
        sa.Column("other_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('duplicate_of', 'related')", name=op.f("ck_recommendation_relations_kind_is_a_word")
        ),
        sa.CheckConstraint("recommendation_id <> other_id", name=op.f("ck_recommendation_relations_not_to_itself")),
        sa.ForeignKeyConstraint(
            ["other_id"], ["recommendations.id"], name=op.f("fk_recommendation_relations_other_id")
        ),
        sa.ForeignKeyConstraint(
            ["recommendation_id"],
            ["recommendations.id"],
            name=op.f("fk_recommendation_relations_recommendation_id"),
        ),
        sa.PrimaryKeyConstraint("recommendation_id", "other_id", name=op.f("pk_recommendation_relations")),
        sa.UniqueConstraint(
            "other_id",
            "recommendation_id",
            name=op.f("uq_recommendation_relations_other_id_recommendation_id"),
        ),
    )
    op.create_table(
        "recommendation_targets",
        sa.Column("recommendation_id", sa.Text(), nullable=False),
        sa.Column("target", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "target IN ('embassy', 'usg', 'china', 'industry')",
            name=op.f("ck_recommendation_targets_target_is_a_word"),
        ),
        sa.ForeignKeyConstraint(
            ["recommendation_id"],
            ["recommendations.id"],
            name=op.f("fk_recommendation_targets_recommendation_id"),
        ),
        sa.PrimaryKeyConstraint("recommendation_id", "target", name=op.f("pk_recommendation_targets")),
    )
    op.create_index(
        op.f("ix_recommendation_targets_target_recommendation_id"),
        "recommendation_targets",
        ["target", "recommendation_id"],
        unique=False,
    )
    op.create_table(
        "recommendation_topics",
        sa.Column("recommendation_id", sa.Text(), nullable=False),
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("ordinal", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "topic IN ('patent', 'trademark', 'copyright', 'enforcement', 'judiciary', 'customs', 'internet', 'pharma', 'agriculture', 'training', 'outreach', 'legislation', 'coordination', 'statistics', 'licensing', 'market_access', 'innovation', 'staffing', 'small_business', 'education', 'trade_policy')",
            name=op.f("ck_recommendation_topics_topic_is_a_word"),
        ),
        sa.ForeignKeyConstraint(
            ["recommendation_id"],
            ["recommendations.id"],
            name=op.f("fk_recommendation_topics_recommendation_id"),
        ),
        sa.PrimaryKeyConstraint("recommendation_id", "topic", name=op.f("pk_recommendation_topics")),
    )
    op.create_index(
        op.f("ix_recommendation_topics_topic_recommendation_id"),
        "recommendation_topics",
        ["topic", "recommendation_id"],
        unique=False,
    )
    # Cable and stored copy name each other; the end of a transaction is when both must stand.
    op.create_foreign_key(
        op.f("fk_cables_witness_id"),
        "cables",
        "witnesses",
        ["witness_id"],
        ["id"],
        deferrable=True,
        initially="DEFERRED",
    )
