"""Follow-up of recommendations: assessments, actions, progress reports, and what was said when.

Revision: b5d20c7e91a4, after 6b1d94e7a205.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "b5d20c7e91a4"
down_revision = "6b1d94e7a205"
branch_labels = None
depends_on = None

REVISIONS = ("assessments", "action_revisions", "progress_report_revisions")
HEADS = ("actions", "progress_reports")
# What a published revision names is a part of it.
LINKS = """
CREATE FUNCTION links_are_of_a_draft() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT FROM action_revisions r WHERE r.recorded_at IS NOT NULL
        AND (r.action_id, r.number) IN ((OLD.action_id, OLD.number), (NEW.action_id, NEW.number))
    ) THEN
        RAISE EXCEPTION 'what was published stays as it is'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'append_only';
    END IF;
    RETURN coalesce(NEW, OLD);
END $$
"""
GUARDS = (
    *(
        f"CREATE TRIGGER published_stays BEFORE UPDATE OR DELETE ON {table} FOR EACH ROW "
        "WHEN (OLD.recorded_at IS NOT NULL) EXECUTE FUNCTION append_only()"
        for table in REVISIONS
    ),
    (
        "CREATE TRIGGER versions_stay BEFORE UPDATE OR DELETE OR TRUNCATE ON recommendation_versions "
        "FOR EACH STATEMENT EXECUTE FUNCTION append_only()"
    ),
    (
        "CREATE TRIGGER links_stay BEFORE INSERT OR UPDATE OR DELETE ON action_recommendations "
        "FOR EACH ROW EXECUTE FUNCTION links_are_of_a_draft()"
    ),
)
CHANGED = (
    "position, position_anchor_id, position_assessment_id, implementation, implementation_assessment_id, "
    "state, state_assessment_id, updated_at"
)
GRANTS = (
    *(f"GRANT SELECT, INSERT, UPDATE ON {table} TO roundtable_writer" for table in (*REVISIONS, *HEADS)),
    "GRANT SELECT, INSERT, DELETE ON action_recommendations TO roundtable_writer",
    "GRANT SELECT, INSERT ON recommendation_versions TO roundtable_writer",
    "GRANT INSERT ON anchors TO roundtable_writer",
    f"GRANT UPDATE ({CHANGED}) ON recommendations TO roundtable_writer",
    "GRANT USAGE ON SEQUENCE action_numbers, report_numbers TO roundtable_writer",
)
COLLECTIONS = [
    "cables",
    "paragraphs",
    "roundtables",
    "panels",
    "people",
    "organizations",
    "recommendations",
    "reforms",
    "events",
    "statistics",
]


def each(source: str, *records: str) -> str:
    """The records that the rows of a source lead to, each as "collection expression"."""
    pairs = ", ".join("('{}', {})".format(*record.split(" ", 1)) for record in records)
    return f"SELECT v.* FROM {source} CROSS JOIN LATERAL (VALUES {pairs}) v (collection, id)"


# A draft is no record yet: only what a head names as current is.
REACHES: list[tuple[str, str, str]] = [
    (
        "assessments",
        "*",
        each(
            "c JOIN recommendations r ON r.id = c.recommendation_id AND r.publication = 'published' AND c.id IN "
            "(r.position_assessment_id, r.implementation_assessment_id, r.state_assessment_id)",
            "recommendations r.id",
        ),
    ),
    ("actions", "*", each("(SELECT * FROM c WHERE current IS NOT NULL) c", "actions c.id")),
    (
        "action_revisions",
        "*",
        each("c JOIN actions a ON a.id = c.action_id AND a.current = c.number", "actions a.id"),
    ),
    (
        "action_recommendations",
        "*",
        each("c JOIN actions a ON a.id = c.action_id AND a.current = c.number", "actions a.id"),
    ),
    (
        "progress_reports",
        "*",
        each("(SELECT * FROM c WHERE current IS NOT NULL) c", "progress_reports c.id", "actions c.action_id"),
    ),
    (
        "progress_report_revisions",
        "*",
        each(
            "c JOIN progress_reports p ON p.id = c.report_id AND p.current = c.number",
            "progress_reports p.id",
            "actions p.action_id",
        ),
    ),
    # Which of its recommendations an action names depends on what its reader may see.
    (
        "paragraphs",
        "cable_id, label, marking",
        each(
            "c JOIN anchors n ON n.cable_id = c.cable_id AND n.paragraph = c.label "
            "JOIN action_recommendations x ON x.recommendation_id = split_part(n.id, ':', 1) "
            "JOIN actions a ON a.id = x.action_id AND a.current = x.number",
            "actions a.id",
        ),
    ),
]
TRANSITIONS = {
    "insert": "NEW TABLE AS after",
    "update": "OLD TABLE AS before NEW TABLE AS after",
    "delete": "OLD TABLE AS before",
}


def triggers() -> dict[str, tuple[str, str]]:
    """Every trigger by its name: its table, and the statement that makes it."""
    made = {}
    for number, (table, columns, reach) in enumerate(REACHES):
        arguments = ", ".join("'{}'".format(one.replace("'", "''")) for one in (reach, columns))
        for event, transition in TRANSITIONS.items():
            name = f"follow_up_{number:02}_{event}"
            making = (
                f"CREATE TRIGGER {name} AFTER {event} ON {table} REFERENCING {transition} "
                f"FOR EACH STATEMENT EXECUTE FUNCTION enter_changes({arguments})"
            )
            made[name] = (table, making)
    return made


def hold(table: str, name: str, condition: str) -> None:
    """Makes a CHECK anew."""
    op.drop_constraint(op.f(f"ck_{table}_{name}"), table, type_="check")
    op.create_check_constraint(op.f(f"ck_{table}_{name}"), table, condition)


def words(listed: list[str]) -> str:
    return "collection IN ({})".format(", ".join(f"'{word}'" for word in listed))


def upgrade() -> None:
    op.create_table(
        "actions",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("current", sa.Integer(), nullable=True),
        sa.Column("carried_from", sa.Text(), nullable=True),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("id ~ '^ACT-[0-9]{4,9}$'", name=op.f("ck_actions_id_is_a_reference")),
        sa.CheckConstraint("carried_from <> id", name=op.f("ck_actions_not_carried_from_itself")),
        sa.ForeignKeyConstraint(["carried_from"], ["actions.id"], name=op.f("fk_actions_carried_from")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_actions")),
    )
    op.create_index(op.f("ix_actions_carried_from"), "actions", ["carried_from"], unique=False)
    op.create_table(
        "progress_reports",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("action_id", sa.Text(), nullable=False),
        sa.Column("current", sa.Integer(), nullable=True),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("id ~ '^REP-[0-9]{4,9}$'", name=op.f("ck_progress_reports_id_is_a_reference")),
        sa.ForeignKeyConstraint(["action_id"], ["actions.id"], name=op.f("fk_progress_reports_action_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_progress_reports")),
    )
    op.create_index(op.f("ix_progress_reports_action_id"), "progress_reports", ["action_id"], unique=False)
    op.create_table(
        "progress_report_revisions",
        sa.Column("report_id", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("evidence", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("done_on", sa.Date(), nullable=True),
        sa.Column("marking", sa.Text(), server_default="SBU", nullable=False),
        sa.Column("publication", sa.Text(), nullable=False),
        sa.Column("authors", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("reviewer", sa.Text(), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint(
            "(publication = 'published') = (recorded_at IS NOT NULL)",
            name=op.f("ck_progress_report_revisions_recorded_when_published"),
        ),
        sa.CheckConstraint(
            "jsonb_typeof(evidence) = 'array'", name=op.f("ck_progress_report_revisions_evidence_is_a_list")
        ),
        sa.CheckConstraint("marking IN ('U', 'SBU')", name=op.f("ck_progress_report_revisions_marking_is_a_word")),
        sa.CheckConstraint(
            "publication IN ('draft', 'in_review', 'published', 'returned', 'withdrawn')",
            name=op.f("ck_progress_report_revisions_publication_is_a_word"),
        ),
        sa.CheckConstraint("text = btrim(text) AND text <> ''", name=op.f("ck_progress_report_revisions_text_is_said")),
        sa.CheckConstraint("cardinality(authors) > 0", name=op.f("ck_progress_report_revisions_someone_wrote_it")),
        sa.CheckConstraint("number > 0", name=op.f("ck_progress_report_revisions_number_is_counted")),
        sa.CheckConstraint("reviewer <> ALL (authors)", name=op.f("ck_progress_report_revisions_reviewed_by_another")),
        sa.ForeignKeyConstraint(
            ["report_id"], ["progress_reports.id"], name=op.f("fk_progress_report_revisions_report_id")
        ),
        sa.PrimaryKeyConstraint("report_id", "number", name=op.f("pk_progress_report_revisions")),
    )
    op.create_index(
        op.f("ix_progress_report_revisions_report_id"),
        "progress_report_revisions",
        ["report_id"],
        unique=True,
        postgresql_where=sa.text("publication IN ('draft', 'in_review', 'returned')"),
    )
    op.create_table(
        "action_revisions",
        sa.Column("action_id", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("body_id", sa.Text(), nullable=True),
        sa.Column("due", sa.Text(), nullable=True),
        sa.Column("due_earliest", sa.Date(), nullable=True),
        sa.Column("due_latest", sa.Date(), nullable=True),
        sa.Column("recurrence", sa.Text(), nullable=True),
        sa.Column("roundtable_id", sa.Text(), nullable=True),
        sa.Column("edition", sa.Text(), nullable=True),
        sa.Column("marking", sa.Text(), server_default="SBU", nullable=False),
        sa.Column("publication", sa.Text(), nullable=False),
        sa.Column("authors", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("reviewer", sa.Text(), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint(
            "(publication = 'published') = (recorded_at IS NOT NULL)",
            name=op.f("ck_action_revisions_recorded_when_published"),
        ),
        sa.CheckConstraint("marking IN ('U', 'SBU')", name=op.f("ck_action_revisions_marking_is_a_word")),
        sa.CheckConstraint(
            "publication IN ('draft', 'in_review', 'published', 'returned', 'withdrawn')",
            name=op.f("ck_action_revisions_publication_is_a_word"),
        ),
        sa.CheckConstraint(
            "recurrence IN ('monthly', 'quarterly', 'yearly')", name=op.f("ck_action_revisions_recurrence_is_a_word")
        ),
        sa.CheckConstraint("title = btrim(title) AND title <> ''", name=op.f("ck_action_revisions_title_is_said")),
        sa.CheckConstraint(
            "(due IS NULL) = (num_nonnulls(due_earliest, due_latest) = 0)",
            name=op.f("ck_action_revisions_due_has_its_bounds"),
        ),
        sa.CheckConstraint("cardinality(authors) > 0", name=op.f("ck_action_revisions_someone_wrote_it")),
        sa.CheckConstraint("due_earliest <= due_latest", name=op.f("ck_action_revisions_due_days_are_in_order")),
        sa.CheckConstraint(
            "num_nonnulls(roundtable_id, edition) <= 1", name=op.f("ck_action_revisions_one_roundtable")
        ),
        sa.CheckConstraint("number > 0", name=op.f("ck_action_revisions_number_is_counted")),
        sa.CheckConstraint("reviewer <> ALL (authors)", name=op.f("ck_action_revisions_reviewed_by_another")),
        sa.ForeignKeyConstraint(["action_id"], ["actions.id"], name=op.f("fk_action_revisions_action_id")),
        sa.ForeignKeyConstraint(["body_id"], ["organizations.id"], name=op.f("fk_action_revisions_body_id")),
        sa.ForeignKeyConstraint(["roundtable_id"], ["roundtables.id"], name=op.f("fk_action_revisions_roundtable_id")),
        sa.PrimaryKeyConstraint("action_id", "number", name=op.f("pk_action_revisions")),
    )
    op.create_index(
        op.f("ix_action_revisions_action_id"),
        "action_revisions",
        ["action_id"],
        unique=True,
        postgresql_where=sa.text("publication IN ('draft', 'in_review', 'returned')"),
    )
    op.create_index(op.f("ix_action_revisions_body_id"), "action_revisions", ["body_id"], unique=False)
    op.create_index(
        op.f("ix_action_revisions_due_latest_action_id"), "action_revisions", ["due_latest", "action_id"], unique=False
    )
    op.create_table(
        "action_recommendations",
        sa.Column("action_id", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("recommendation_id", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["action_id", "number"],
            ["action_revisions.action_id", "action_revisions.number"],
            name=op.f("fk_action_recommendations_action_id_number"),
        ),
        sa.ForeignKeyConstraint(
            ["recommendation_id"], ["recommendations.id"], name=op.f("fk_action_recommendations_recommendation_id")
        ),
        sa.PrimaryKeyConstraint("action_id", "number", "recommendation_id", name=op.f("pk_action_recommendations")),
    )
    op.create_index(
        op.f("ix_action_recommendations_recommendation_id_action_id"),
        "action_recommendations",
        ["recommendation_id", "action_id"],
        unique=False,
    )
    op.create_table(
        "assessments",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("recommendation_id", sa.Text(), nullable=False),
        sa.Column("aspect", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("anchor_id", sa.Text(), nullable=True),
        sa.Column("source_title", sa.Text(), nullable=True),
        sa.Column("source_url", sa.Text(), nullable=True),
        sa.Column("source_retrieved", sa.Date(), nullable=True),
        sa.Column("source_words", sa.Text(), nullable=True),
        sa.Column("said_by_id", sa.Text(), nullable=True),
        sa.Column("dated", sa.Text(), nullable=True),
        sa.Column("earliest", sa.Date(), nullable=True),
        sa.Column("latest", sa.Date(), nullable=True),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("marking", sa.Text(), server_default="SBU", nullable=False),
        sa.Column("publication", sa.Text(), nullable=False),
        sa.Column("authors", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("reviewer", sa.Text(), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint(
            "(publication = 'published') = (recorded_at IS NOT NULL)",
            name=op.f("ck_assessments_recorded_when_published"),
        ),
        sa.CheckConstraint(
            "CASE aspect WHEN 'position' THEN value IN ('none', 'supported', 'supported_in_part', 'noted') WHEN 'implementation' THEN value IN ('unknown', 'not_started', 'in_progress', 'implemented', 'not_implemented', 'overtaken') ELSE value IN ('open_unresolved', 'open_resolved', 'closed_implemented', 'closed_not_implemented') END",
            name=op.f("ck_assessments_value_is_a_word"),
        ),
        sa.CheckConstraint(
            "aspect = 'state' OR value IN ('none', 'unknown') OR num_nonnulls(anchor_id, source_url, source_words) = 1",
            name=op.f("ck_assessments_value_has_its_source"),
        ),
        sa.CheckConstraint(
            "aspect IN ('position', 'implementation', 'state')", name=op.f("ck_assessments_aspect_is_a_word")
        ),
        sa.CheckConstraint(
            "id = recommendation_id || ':' || aspect || ':' || number", name=op.f("ck_assessments_id_is_its_place")
        ),
        sa.CheckConstraint("marking IN ('U', 'SBU')", name=op.f("ck_assessments_marking_is_a_word")),
        sa.CheckConstraint(
            "publication IN ('draft', 'in_review', 'published', 'returned', 'withdrawn')",
            name=op.f("ck_assessments_publication_is_a_word"),
        ),
        sa.CheckConstraint(
            "(dated IS NULL) = (num_nonnulls(earliest, latest) = 0)", name=op.f("ck_assessments_date_has_its_bounds")
        ),
        sa.CheckConstraint("cardinality(authors) > 0", name=op.f("ck_assessments_someone_wrote_it")),
        sa.CheckConstraint("earliest <= latest", name=op.f("ck_assessments_dates_are_in_order")),
        sa.CheckConstraint(
            "num_nonnulls(anchor_id, source_url, source_words) <= 1", name=op.f("ck_assessments_one_source")
        ),
        sa.CheckConstraint(
            "num_nonnulls(source_url, source_title, source_retrieved) IN (0, 3)",
            name=op.f("ck_assessments_a_page_is_told_whole"),
        ),
        sa.CheckConstraint("number > 0", name=op.f("ck_assessments_number_is_counted")),
        sa.CheckConstraint("reviewer <> ALL (authors)", name=op.f("ck_assessments_reviewed_by_another")),
        sa.ForeignKeyConstraint(["anchor_id"], ["anchors.id"], name=op.f("fk_assessments_anchor_id")),
        sa.ForeignKeyConstraint(
            ["recommendation_id"],
            ["recommendations.id"],
            name=op.f("fk_assessments_recommendation_id"),
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(["said_by_id"], ["organizations.id"], name=op.f("fk_assessments_said_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_assessments")),
        sa.UniqueConstraint("id", "value", name=op.f("uq_assessments_id_value")),
        sa.UniqueConstraint(
            "recommendation_id", "aspect", "number", name=op.f("uq_assessments_recommendation_id_aspect_number")
        ),
    )
    op.create_index(op.f("ix_assessments_anchor_id"), "assessments", ["anchor_id"], unique=False)
    op.create_index(
        op.f("ix_assessments_recommendation_id_aspect"),
        "assessments",
        ["recommendation_id", "aspect"],
        unique=True,
        postgresql_where=sa.text("publication IN ('draft', 'in_review', 'returned')"),
    )
    op.create_index(
        op.f("ix_assessments_recommendation_id_aspect_recorded_at"),
        "assessments",
        ["recommendation_id", "aspect", "recorded_at"],
        unique=False,
    )
    op.create_table(
        "recommendation_versions",
        sa.Column("recommendation_id", sa.Text(), nullable=False),
        sa.Column(
            "recorded_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False
        ),
        sa.Column("content", postgresql.JSON(astext_type=sa.Text()), nullable=False),
        sa.ForeignKeyConstraint(
            ["recommendation_id"], ["recommendations.id"], name=op.f("fk_recommendation_versions_recommendation_id")
        ),
        sa.PrimaryKeyConstraint("recommendation_id", "recorded_at", name=op.f("pk_recommendation_versions")),
    )
    op.add_column("recommendations", sa.Column("position_assessment_id", sa.Text(), nullable=True))
    op.add_column("recommendations", sa.Column("implementation_assessment_id", sa.Text(), nullable=True))
    op.add_column("recommendations", sa.Column("state_assessment_id", sa.Text(), nullable=True))
    op.create_foreign_key(
        "fk_recommendations_position_assessment_id",
        "recommendations",
        "assessments",
        ["position_assessment_id", "position"],
        ["id", "value"],
        initially="DEFERRED",
        deferrable=True,
    )
    op.create_foreign_key(
        "fk_recommendations_implementation_assessment_id",
        "recommendations",
        "assessments",
        ["implementation_assessment_id", "implementation"],
        ["id", "value"],
        initially="DEFERRED",
        deferrable=True,
    )
    op.create_foreign_key(
        "fk_recommendations_state_assessment_id",
        "recommendations",
        "assessments",
        ["state_assessment_id", "state"],
        ["id", "value"],
        initially="DEFERRED",
        deferrable=True,
    )
    op.create_foreign_key(
        "fk_actions_current", "actions", "action_revisions", ["id", "current"], ["action_id", "number"]
    )
    op.create_foreign_key(
        "fk_progress_reports_current",
        "progress_reports",
        "progress_report_revisions",
        ["id", "current"],
        ["report_id", "number"],
    )
    hold(
        "recommendations",
        "position_has_its_source",
        "position = 'none' OR num_nonnulls(position_anchor_id, position_assessment_id) > 0",
    )
    hold(
        "recommendations",
        "implementation_has_its_source",
        "implementation = 'unknown' OR num_nonnulls(implementation_source, implementation_assessment_id) > 0",
    )
    for aspect in ("position", "implementation", "state"):
        op.create_check_constraint(
            op.f(f"ck_recommendations_{aspect}_assessment_is_its_own"),
            "recommendations",
            f"starts_with({aspect}_assessment_id, id || ':{aspect}:')",
        )
    hold("changes", "collection_is_a_word", words([*COLLECTIONS, *HEADS]))
    op.execute("CREATE SEQUENCE action_numbers")
    op.execute("CREATE SEQUENCE report_numbers")
    for statement in (LINKS, *GUARDS, *GRANTS, *(making for _table, making in triggers().values())):
        op.execute(statement)
