"""Changes: an entry for each record that a transaction changes, placed in the order of the commits.

Revision: c41d7e0b95aa, after 7c1e9f3ab2d4.
"""

import sqlalchemy as sa
from alembic import op

revision = "c41d7e0b95aa"
down_revision = "7c1e9f3ab2d4"
branch_labels = None
depends_on = None

# A statement that changes rows enters the records that are made of them. The trigger's first argument leads from a
# row `c` to its records, the second names the columns that matter. What tells of an event, its reform tells of too.
ENTER = """
CREATE FUNCTION enter_changes() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    rows text := CASE TG_OP
        WHEN 'INSERT' THEN 'SELECT %1$s FROM after'
        WHEN 'DELETE' THEN 'SELECT %1$s FROM before'
        ELSE '(SELECT %1$s FROM after EXCEPT SELECT %1$s FROM before)
            UNION ALL (SELECT %1$s FROM before EXCEPT SELECT %1$s FROM after)'
    END;
BEGIN
    EXECUTE format(
        'WITH c AS (%s), reached (collection, id) AS (%s)
        INSERT INTO changes (collection, record_id)
        SELECT collection, id FROM reached WHERE id IS NOT NULL
        UNION
        SELECT ''reforms'', e.reform_id FROM reached JOIN events e ON e.id = reached.id
        WHERE reached.collection = ''events'' AND e.reform_id IS NOT NULL
        ON CONFLICT DO NOTHING', format(rows, TG_ARGV[1]), TG_ARGV[0]);
    RETURN NULL;
END $$
"""
# At the commit, one transaction at a time. The lock is held until the transaction has ended, so positions are in the
# order in which transactions become visible, and who has seen one has seen all before it. The record's place before is
# given up, which nobody else can want to do at the same time.
PLACE = """
CREATE FUNCTION place_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(71922009);
    DELETE FROM changes
    WHERE collection = NEW.collection AND record_id = NEW.record_id AND position IS NOT NULL;
    UPDATE changes SET position = nextval('change_positions'), transaction = NULL
    WHERE id = NEW.id;
    RETURN NULL;
END $$
"""
PLACED = """
CREATE CONSTRAINT TRIGGER change_is_placed AFTER INSERT ON changes DEFERRABLE INITIALLY DEFERRED
FOR EACH ROW WHEN (NEW.position IS NULL) EXECUTE FUNCTION place_change()
"""


def each(source: str, *records: str) -> str:
    """The records that the rows of a source lead to, each as "collection expression"; those of null are none."""
    pairs = ", ".join("('{}', {})".format(*record.split(" ", 1)) for record in records)
    return f"SELECT v.* FROM {source} CROSS JOIN LATERAL (VALUES {pairs}) v (collection, id)"


def union(*selects: str) -> str:
    return " UNION ALL ".join(selects)


# A draft is no record yet.
ASKED = "JOIN recommendations r ON r.publication = 'published' AND r.id ="
ASK = "recommendations r.id"
PUBLISHED = "(SELECT * FROM c WHERE publication = 'published') c"
PARAGRAPH = "paragraphs c.cable_id || '-' || c.paragraph"
PROPOSER = ("people x.person_id", "organizations x.organization_id", "organizations x.on_behalf_of_id")
TOOK_PART = ("panels x.panel_id", "roundtables x.roundtable_id", *PROPOSER)
IN_PANEL = "JOIN panel_paragraphs pp ON pp.cable_id = p.cable_id AND pp.paragraph = p.label"


def quoting(source: str, owner: str) -> str:
    """The records that quote an anchor, by the id of the record it belongs to."""
    return union(
        each(f"{source} {ASKED} {owner}", ASK),
        each(f"{source} JOIN statistics s ON s.id = {owner}", "statistics s.id"),
        each(f"{source} JOIN events e ON e.id = {owner}", "events e.id"),
        each(f"{source} JOIN roundtables t ON t.id = {owner}", "roundtables t.id"),
        each(f"{source} JOIN panels q ON q.id = {owner}", "panels q.id"),
        each(f"{source} JOIN follow_ups f ON f.id = {owner}", "roundtables f.roundtable_id"),
        each(f"{source} JOIN concern_reforms cr ON cr.concern_id = {owner}", "reforms cr.reform_id"),
        each(f"{source} JOIN participations x ON x.id = {owner}", *TOOK_PART),
    )


def named(*columns: str) -> str:
    """The records that give the name of a person or organization, by the columns that point to it."""
    return union(
        *(
            found
            for column in columns
            for found in (
                each(
                    f"c JOIN recommendation_proposers x ON x.{column} = c.id {ASKED} x.recommendation_id",
                    ASK,
                ),
                each(f"c JOIN statistic_speakers x ON x.{column} = c.id", "statistics x.statistic_id"),
                each(
                    f"c JOIN concern_raisers x ON x.{column} = c.id "
                    "JOIN concern_reforms cr ON cr.concern_id = x.concern_id",
                    "reforms cr.reform_id",
                ),
                each(f"c JOIN participations x ON x.{column} = c.id", *TOOK_PART),
            )
        )
    )


REACHES: list[tuple[str, str, str]] = [
    ("cables", "*", each("c", "cables c.id")),
    ("witnesses", "id, cable_id", each("c", "cables c.cable_id")),
    ("header_fields", "*", each("c", "cables c.cable_id")),
    ("damages", "*", each("c", "cables c.cable_id", PARAGRAPH)),
    ("readings", "*", each("c", "cables c.cable_id", PARAGRAPH)),
    (
        "sections",
        "*",
        union(
            each(
                "c JOIN paragraphs p ON p.cable_id = c.cable_id AND p.section = c.ordinal",
                "paragraphs p.cable_id || '-' || p.label",
            ),
            each(
                f"c JOIN paragraphs p ON p.cable_id = c.cable_id AND p.section = c.ordinal {IN_PANEL}",
                "panels pp.panel_id",
            ),
        ),
    ),
    ("paragraphs", "*", each("c", "cables c.cable_id", "paragraphs c.cable_id || '-' || c.label")),
    (
        "paragraphs",
        "cable_id, label, ordinal, marking, section",
        union(
            each(
                f"c JOIN paragraphs p ON p.cable_id = c.cable_id AND p.label = c.label {IN_PANEL}", "panels pp.panel_id"
            ),
            quoting(
                "c JOIN anchors a ON a.cable_id = c.cable_id AND a.paragraph = c.label", "split_part(a.id, ':', 1)"
            ),
        ),
    ),
    ("anchors", "*", quoting("c", "split_part(c.id, ':', 1)")),
    (
        "anchors",
        "id, cable_id, paragraph",
        each(f"c {ASKED} split_part(c.id, ':', 1) AND r.anchor_id = c.id", PARAGRAPH),
    ),
    ("roundtables", "*", each("c", "roundtables c.id")),
    ("roundtables", "id, cable_id", each("c JOIN panels q ON q.roundtable_id = c.id", "panels q.id")),
    ("panels", "*", each("c", "panels c.id", "roundtables c.roundtable_id")),
    (
        "panels",
        "id, number",
        union(
            each("c JOIN recommendations r ON r.panel_id = c.id AND r.publication = 'published'", ASK),
            each("c JOIN participations x ON x.panel_id = c.id", *TOOK_PART),
            each(
                "c JOIN panel_paragraphs pp ON pp.panel_id = c.id JOIN anchors a ON a.cable_id = pp.cable_id "
                "AND a.paragraph = pp.paragraph JOIN statistics s ON s.anchor_id = a.id",
                "statistics s.id",
            ),
            each("c JOIN panel_paragraphs pp ON pp.panel_id = c.id", "paragraphs pp.cable_id || '-' || pp.paragraph"),
        ),
    ),
    ("panel_sessions", "*", each("c", "panels c.panel_id")),
    (
        "panel_paragraphs",
        "*",
        union(
            each("c", "panels c.panel_id", PARAGRAPH),
            each(
                "c JOIN anchors a ON a.cable_id = c.cable_id AND a.paragraph = c.paragraph "
                "JOIN statistics s ON s.anchor_id = a.id",
                "statistics s.id",
            ),
        ),
    ),
    ("participations", "*", each("c x", *TOOK_PART)),
    ("follow_ups", "*", each("c", "roundtables c.roundtable_id")),
    ("follow_up_bodies", "*", each("c JOIN follow_ups f ON f.id = c.follow_up_id", "roundtables f.roundtable_id")),
    ("people", "*", union(each("c", "people c.id"), named("person_id"))),
    ("person_names", "*", each("c", "people c.person_id")),
    ("organizations", "*", each("c", "organizations c.id")),
    (
        "organizations",
        "id, name",
        union(
            each("c JOIN organizations o ON o.part_of = c.id", "organizations o.id"),
            each(f"c JOIN recommendation_addressees x ON x.organization_id = c.id {ASKED} x.recommendation_id", ASK),
            each(f"c JOIN recommendation_bodies x ON x.organization_id = c.id {ASKED} x.recommendation_id", ASK),
            each("c JOIN roundtables t ON t.host_id = c.id", "roundtables t.id"),
            each(
                "c JOIN follow_up_bodies b ON b.organization_id = c.id JOIN follow_ups f ON f.id = b.follow_up_id",
                "roundtables f.roundtable_id",
            ),
            each("c JOIN events e ON e.body_id = c.id", "events e.id"),
            named("organization_id", "on_behalf_of_id"),
        ),
    ),
    ("organization_names", "*", each("c", "organizations c.organization_id")),
    ("recommendations", "*", each(PUBLISHED, "recommendations c.id")),
    (
        "recommendations",
        "id, anchor_id, panel_id, publication",
        union(
            each(PUBLISHED, "panels c.panel_id"),
            each(
                "c JOIN anchors a ON a.id = c.anchor_id AND c.publication = 'published'",
                "paragraphs a.cable_id || '-' || a.paragraph",
            ),
            each("c JOIN recommendation_proposers x ON x.recommendation_id = c.id", *PROPOSER),
            each(f"c JOIN recommendation_relations y ON y.recommendation_id = c.id {ASKED} y.other_id", ASK),
            each(f"c JOIN recommendation_relations y ON y.other_id = c.id {ASKED} y.recommendation_id", ASK),
            each("c JOIN event_outcomes o ON o.recommendation_id = c.id", "events o.event_id"),
        ),
    ),
    (
        "recommendation_targets",
        "*",
        each(f"c {ASKED} c.recommendation_id", ASK, "panels r.panel_id"),
    ),
    ("recommendation_proposers", "*", each(f"c x {ASKED} x.recommendation_id", ASK, *PROPOSER)),
    (
        "recommendation_relations",
        "*",
        union(each(f"c {ASKED} c.recommendation_id", ASK), each(f"c {ASKED} c.other_id", ASK)),
    ),
    *(
        (f"recommendation_{rows}", "*", each(f"c {ASKED} c.recommendation_id", ASK))
        for rows in ("addressees", "bodies", "topics", "reforms")
    ),
    ("reforms", "*", each("c", "reforms c.id")),
    ("reform_rounds", "*", each("c", "reforms c.reform_id")),
    (
        "events",
        "*",
        union(
            each("c", "events c.id", "reforms c.reform_id"),
            each("c JOIN events e ON e.fulfilled_by_id = c.id", "events e.id"),
            each("c JOIN event_conflicts y ON y.other_id = c.id", "events y.event_id"),
        ),
    ),
    ("event_sources", "*", each("c", "events c.event_id")),
    ("event_conflicts", "*", each("c", "events c.event_id")),
    ("event_outcomes", "*", each("c", "events c.event_id")),
    (
        "sources",
        "*",
        union(
            each("c JOIN events e ON e.source_id = c.id", "events e.id"),
            each("c JOIN event_sources y ON y.source_id = c.id", "events y.event_id"),
        ),
    ),
    ("concerns", "*", each("c JOIN concern_reforms cr ON cr.concern_id = c.id", "reforms cr.reform_id")),
    ("concern_reforms", "*", each("c", "reforms c.reform_id")),
    (
        "concern_raisers",
        "*",
        each("c JOIN concern_reforms cr ON cr.concern_id = c.concern_id", "reforms cr.reform_id"),
    ),
    ("statistics", "*", each("c", "statistics c.id")),
    ("statistic_speakers", "*", each("c", "statistics c.statistic_id")),
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
            name = f"changes_{number:02}_{event}"
            making = (
                f"CREATE TRIGGER {name} AFTER {event} ON {table} REFERENCING {transition} "
                f"FOR EACH STATEMENT EXECUTE FUNCTION enter_changes({arguments})"
            )
            made[name] = (table, making)
    return made


def upgrade() -> None:
    op.create_table(
        "register",
        sa.Column("sole", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("id", sa.Text(), server_default=sa.text("gen_random_uuid()::text"), nullable=False),
        sa.CheckConstraint("sole", name=op.f("ck_register_sole_row")),
        sa.PrimaryKeyConstraint("sole", name=op.f("pk_register")),
    )
    op.execute("INSERT INTO register DEFAULT VALUES")
    op.create_table(
        "changes",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("collection", sa.Text(), nullable=False),
        sa.Column("record_id", sa.Text(), nullable=False),
        sa.Column("transaction", sa.Text(), server_default=sa.text("pg_current_xact_id()::text"), nullable=True),
        sa.Column("position", sa.BigInteger(), nullable=True),
        sa.Column("changed_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint(
            "collection IN ('cables', 'paragraphs', 'roundtables', 'panels', 'people', 'organizations', 'recommendations', 'reforms', 'events', 'statistics')",
            name=op.f("ck_changes_collection_is_a_word"),
        ),
        sa.CheckConstraint("num_nonnulls(transaction, position) = 1", name=op.f("ck_changes_under_way_or_placed")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_changes")),
        sa.UniqueConstraint(
            "collection", "record_id", "transaction", name=op.f("uq_changes_collection_record_id_transaction")
        ),
        sa.UniqueConstraint("position", name=op.f("uq_changes_position")),
    )
    op.create_index(
        op.f("uq_changes_placed"),
        "changes",
        ["collection", "record_id"],
        unique=True,
        postgresql_where=sa.text("position IS NOT NULL"),
    )
    op.execute("CREATE SEQUENCE change_positions OWNED BY changes.position")
    for statement in (ENTER, PLACE, PLACED):
        op.execute(statement)
    # The records that are there already come first.
    for table, columns, reach in REACHES:
        op.execute(
            f"WITH c AS (SELECT {columns} FROM {table}), reached (collection, id) AS ({reach}) "
            "INSERT INTO changes (collection, record_id) SELECT DISTINCT collection, id FROM reached "
            "WHERE id IS NOT NULL ON CONFLICT DO NOTHING"
        )
    for _table, making in triggers().values():
        op.execute(making)
