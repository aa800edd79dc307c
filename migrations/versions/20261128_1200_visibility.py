"""Visibility: the level of every row that readers may read, as one column, the assessments at U, and counts.

The rules and triggers are made when the migrations have ended: see app/models/visibility.py.

Revision: 3c9e51d7b0f4, after e3a91c5d7b20.
"""

import sqlalchemy as sa
from alembic import op

revision = "3c9e51d7b0f4"
down_revision = "e3a91c5d7b20"
branch_labels = None
depends_on = None

TABLES = (
    *("cables", "paragraphs", "header_fields", "witnesses", "sections", "damages", "readings", "anchors"),
    *("roundtables", "panels", "panel_sessions", "panel_paragraphs", "participations", "follow_ups"),
    *("follow_up_bodies", "recommendations", "recommendation_targets", "recommendation_addressees"),
    *("recommendation_proposers", "recommendation_bodies", "recommendation_topics", "recommendation_reforms"),
    *("recommendation_relations", "recommendation_versions", "assessments", "action_revisions", "actions"),
    *("action_recommendations", "progress_report_revisions", "progress_reports", "statistics", "statistic_speakers"),
    *("reforms", "concerns", "concern_reforms", "concern_raisers", "sources", "events", "reform_rounds"),
    *("event_sources", "event_conflicts", "event_outcomes", "people", "organizations", "person_names"),
    *("organization_names", "search_entries"),
)
AT_U = {"position": "none", "implementation": "unknown", "state": "open_unresolved"}
WORDS = {
    "position": ("none", "supported", "supported_in_part", "noted"),
    "implementation": ("unknown", "not_started", "in_progress", "implemented", "not_implemented", "overtaken"),
    "state": ("open_unresolved", "open_resolved", "closed_implemented", "closed_not_implemented"),
}
# What is never changed keeps its words; its level follows from others.
GUARDED = {
    "witnesses": ("append_only", "UPDATE OF {columns} OR DELETE OR TRUNCATE", "STATEMENT", "append_only"),
    **dict.fromkeys(
        ("assessments", "action_revisions", "progress_report_revisions"),
        ("published_stays", "UPDATE OF {columns} OR DELETE", "ROW WHEN (OLD.recorded_at IS NOT NULL)", "append_only"),
    ),
    "action_recommendations": (
        "links_stay",
        "INSERT OR UPDATE OF {columns} OR DELETE",
        "ROW",
        "links_are_of_a_draft",
    ),
}
"""Trigger, events, level and function of each guard."""
REPLACED = ("known_%", "follow_up_06_%")
"""Triggers that entered a change where a row became visible: now a column of the row changes."""

# A reader of U is told of a change only where its own rows change, as its views have them: for it, everything else is
# not there. The statement that finds the records reads its views, so that it leads over nothing above U either.
ENTER = """
CREATE OR REPLACE FUNCTION public.enter_changes() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp AS $$
DECLARE
    entering text := 'WITH c AS (%s), reached (collection, id) AS (%s)
        INSERT INTO public.changes AS placed (collection, record_id, at_u)
        SELECT collection, id, %s FROM reached WHERE id IS NOT NULL
        UNION
        SELECT ''reforms'', e.reform_id, %3$s FROM reached JOIN events e ON e.id = reached.id
        WHERE reached.collection = ''events'' AND e.reform_id IS NOT NULL
        ON CONFLICT (collection, record_id, transaction) DO %s';
    rows text := CASE TG_OP
        WHEN 'INSERT' THEN 'SELECT %1$s FROM %3$s'
        WHEN 'DELETE' THEN 'SELECT %1$s FROM %2$s'
        ELSE '(SELECT %1$s FROM %3$s EXCEPT SELECT %1$s FROM %2$s)
            UNION ALL (SELECT %1$s FROM %2$s EXCEPT SELECT %1$s FROM %3$s)'
    END;
    stored text := '(SELECT * FROM %s t WHERE t.visible_from <> ''none'') stored';
    as_seen text := '(SELECT %s FROM %s t WHERE t.visible_from = ''u'') seen';
    seen text := public.columns_at_u(TG_TABLE_NAME);
    found boolean;
BEGIN
    IF current_setting('roundtable.dates_at_u', true) = 'on' THEN
        RETURN NULL;
    END IF;
    EXECUTE format(entering, format(rows, TG_ARGV[1], format(stored, 'before'), format(stored, 'after')),
        TG_ARGV[0], 'false', 'NOTHING');
    rows := format(rows, TG_ARGV[1], format(as_seen, seen, 'before'), format(as_seen, seen, 'after'));
    EXECUTE format('SELECT EXISTS (SELECT FROM (%s) c)', rows) INTO found;
    IF found THEN
        PERFORM set_config('search_path', 'cleared_u, public, pg_temp', true);
        EXECUTE format(entering, rows, TG_ARGV[0], 'true', 'UPDATE SET at_u = true WHERE NOT placed.at_u');
        PERFORM set_config('search_path', 'public, pg_temp', true);
    END IF;
    RETURN NULL;
END $$
"""
PLACE = """
CREATE OR REPLACE FUNCTION public.place_change() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp AS $$
DECLARE
    readable boolean := cleared_u.can_read(NEW.collection, NEW.record_id);
    first text := current_setting('roundtable.first_at_u', true);
    entered boolean;
    before changes;
BEGIN
    PERFORM pg_advisory_xact_lock(71922009);
    DELETE FROM changes
    WHERE collection = NEW.collection AND record_id = NEW.record_id AND position IS NOT NULL
    RETURNING * INTO before;
    -- Later statements of the transaction may have changed the row.
    SELECT at_u AND (readable OR coalesce(before.read_at_u, false)) INTO entered FROM changes WHERE id = NEW.id;
    UPDATE changes SET position = nextval('change_positions'), transaction = NULL, read_at_u = readable,
        -- Without a change for readers of U, word of the last one stays where it is.
        position_at_u = CASE WHEN entered THEN nextval('change_positions_at_u') ELSE before.position_at_u END,
        changed_at_u = CASE WHEN entered THEN changed_at ELSE before.changed_at_u END
    WHERE id = NEW.id;
    IF entered AND coalesce(first, '') = '' THEN
        first := currval('change_positions_at_u');
        PERFORM set_config('roundtable.first_at_u', first, true);
    END IF;
    -- The last change of the transaction dates the records of all of them, for readers of U.
    IF coalesce(first, '') <> ''
        AND NOT EXISTS (SELECT FROM changes WHERE transaction = pg_current_xact_id()::text) THEN
        PERFORM set_config('roundtable.first_at_u', '', true), set_config('roundtable.dates_at_u', 'on', true);
        UPDATE recommendations r SET updated_at_u = r.updated_at FROM changes c
        WHERE c.collection = 'recommendations' AND c.record_id = r.id AND c.position_at_u >= first::bigint
            AND r.updated_at >= now() AND r.updated_at_u <> r.updated_at;
        UPDATE events e SET updated_at_u = e.updated_at FROM changes c
        WHERE c.collection = 'events' AND c.record_id = e.id AND c.position_at_u >= first::bigint
            AND e.updated_at >= now() AND e.updated_at_u <> e.updated_at;
        PERFORM set_config('roundtable.dates_at_u', '', true);
    END IF;
    RETURN NULL;
END $$
"""


def columns_of(table: str) -> str:
    found = op.get_bind().execute(
        sa.text(
            "SELECT attname FROM pg_attribute WHERE attrelid = CAST(:t AS regclass) AND attnum > 0 "
            "AND NOT attisdropped AND attgenerated = '' AND attname <> 'visible_from' ORDER BY attnum"
        ),
        {"t": table},
    )
    return ", ".join(found.scalars())


FACETS = ("all", "target", "topic", "addressee", "body", "target_topic", "target_panel_certainty_state", "marking")


def upgrade() -> None:
    op.execute("SET CONSTRAINTS ALL IMMEDIATE")
    op.create_table(
        "recommendation_counts",
        sa.Column("readers", sa.Text(), nullable=False),
        sa.Column("facet", sa.Text(), nullable=False),
        sa.Column("key", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.CheckConstraint("readers IN ('U', 'SBU')", name=op.f("ck_recommendation_counts_readers_is_a_word")),
        sa.CheckConstraint(f"facet IN {FACETS}", name=op.f("ck_recommendation_counts_facet_is_a_word")),
        sa.PrimaryKeyConstraint("readers", "facet", "key", name=op.f("pk_recommendation_counts")),
    )
    for table in TABLES:
        # Until its rule has run, nobody sees a row.
        op.add_column(table, sa.Column("visible_from", sa.Text(), server_default="none", nullable=False))
        op.create_check_constraint(
            op.f(f"ck_{table}_visible_from_is_a_word"), table, "visible_from IN ('none', 'sbu', 'u')"
        )
    for aspect, default in AT_U.items():
        op.add_column("recommendations", sa.Column(f"{aspect}_at_u", sa.Text(), server_default=default, nullable=False))
        op.add_column("recommendations", sa.Column(f"{aspect}_assessment_id_at_u", sa.Text(), nullable=True))
        words = ", ".join(f"'{word}'" for word in WORDS[aspect])
        op.create_check_constraint(
            op.f(f"ck_recommendations_{aspect}_at_u_is_a_word"), "recommendations", f"{aspect}_at_u IN ({words})"
        )
        found = f"{aspect}_assessment_id_at_u"
        op.create_check_constraint(
            op.f(f"ck_recommendations_{aspect}_assessment_at_u_is_its_own"),
            "recommendations",
            f"starts_with({found}, id || ':{aspect}:')",
        )
        op.create_foreign_key(
            f"fk_recommendations_{found}",
            "recommendations",
            "assessments",
            [found, f"{aspect}_at_u"],
            ["id", "value"],
            deferrable=True,
            initially="DEFERRED",
        )
    for sequence in ("action_numbers", "report_numbers"):
        op.execute(f"DROP SEQUENCE {sequence}")
    for table in ("recommendations", "events"):
        op.add_column(
            table,
            sa.Column("updated_at_u", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        )
        op.execute(f"UPDATE {table} SET updated_at_u = updated_at")
    op.add_column("cables", sa.Column("publication", sa.Text(), server_default="published", nullable=False))
    op.create_check_constraint(
        op.f("ck_cables_publication_is_a_word"), "cables", "publication IN ('draft', 'published')"
    )
    op.execute("GRANT UPDATE (publication) ON cables TO roundtable_writer")
    op.create_index(
        "ix_changes_under_way", "changes", ["transaction"], postgresql_where=sa.text("transaction IS NOT NULL")
    )
    op.execute("SET CONSTRAINTS ALL IMMEDIATE")
    at_u = sa.text("visible_from = 'u'")
    op.create_index(
        "ix_search_entries_at_u", "search_entries", ["search"], postgresql_using="gin", postgresql_where=at_u
    )
    op.create_index("ix_recommendations_at_u", "recommendations", ["id"], postgresql_where=at_u)
    for column in ("updated_at_u", *(f"{aspect}_at_u" for aspect in AT_U)):
        op.create_index(f"ix_recommendations_at_u_{column}", "recommendations", [column, "id"], postgresql_where=at_u)
    for table, (trigger, events, level, function) in GUARDED.items():
        op.execute(f"DROP TRIGGER {trigger} ON {table}")
        op.execute(
            f"CREATE TRIGGER {trigger} BEFORE {events.format(columns=columns_of(table))} ON {table} "
            f"FOR EACH {level} EXECUTE FUNCTION {function}()"
        )
    op.add_column("changes", sa.Column("at_u", sa.Boolean(), server_default="false", nullable=False))
    op.add_column("changes", sa.Column("changed_at_u", sa.DateTime(timezone=True), nullable=True))
    op.execute("UPDATE changes SET changed_at_u = changed_at WHERE position_at_u IS NOT NULL")
    op.create_check_constraint(
        op.f("ck_changes_time_at_u_has_its_position"),
        "changes",
        "(changed_at_u IS NULL) = (position_at_u IS NULL)",
    )
    for function in (ENTER, PLACE):
        op.execute(function)
    replaced = op.get_bind().execute(
        sa.text("SELECT tgrelid::regclass::text, tgname FROM pg_trigger WHERE tgname LIKE ANY (:names)"),
        {"names": [one.replace("_", r"\_") for one in REPLACED]},
    )
    for table, trigger in replaced.all():
        op.execute(f"DROP TRIGGER {trigger} ON {table}")
