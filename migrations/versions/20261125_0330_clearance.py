"""Clearance: panels by cable, markings of summaries, entries of the search and positions for each reader.

The views and roles themselves are made when the migrations have ended: see app/models/clearance.py.

Revision: e8a3b6d1f702, after 3f0c8a51d6e2.
"""

import sqlalchemy as sa
from alembic import op

revision = "e8a3b6d1f702"
down_revision = "3f0c8a51d6e2"
branch_labels = None
depends_on = None

# A reader of U is told of a record that it can read, and once more when it no longer can: never of another one.
PLACE = """
CREATE OR REPLACE FUNCTION place_change() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    readable boolean := cleared_u.can_read(NEW.collection, NEW.record_id);
    before changes;
BEGIN
    PERFORM pg_advisory_xact_lock(71922009);
    DELETE FROM changes
    WHERE collection = NEW.collection AND record_id = NEW.record_id AND position IS NOT NULL
    RETURNING * INTO before;
    UPDATE changes SET position = nextval('change_positions'), transaction = NULL, read_at_u = readable,
        position_at_u = CASE
            WHEN readable OR before.read_at_u THEN nextval('change_positions_at_u')
            -- Word that it is gone, if that was given, stays where it is.
            ELSE before.position_at_u
        END
    WHERE id = NEW.id;
    RETURN NULL;
END $$
"""


def records(*pairs: str) -> str:
    """The records that rows `x` lead to, each as "collection expression"."""
    values = ", ".join("('{}', {})".format(*pair.split(" ", 1)) for pair in pairs)
    return f"CROSS JOIN LATERAL (VALUES {values}) v (collection, id)"


PARTIES = ("people x.person_id", "organizations x.organization_id", "organizations x.on_behalf_of_id")
BY_ANCHOR = "JOIN anchors a ON a.cable_id = c.cable_id AND a.paragraph = c.label"
OWNER = "split_part(a.id, ':', 1)"
# Who is named in a record that can be read is known; so a row that names someone can make a record readable.
REACHES: list[tuple[str, str, str]] = [
    ("events", "id, body_id", f"SELECT v.* FROM c x {records('organizations x.body_id')}"),
    ("roundtables", "id, host_id", f"SELECT v.* FROM c x {records('organizations x.host_id')}"),
    *(
        (table, "*", f"SELECT v.* FROM c x {records('organizations x.organization_id')}")
        for table in ("follow_up_bodies", "recommendation_addressees", "recommendation_bodies")
    ),
    *((table, "*", f"SELECT v.* FROM c x {records(*PARTIES)}") for table in ("statistic_speakers", "concern_raisers")),
    (
        "paragraphs",
        "cable_id, label, marking",
        " UNION ALL ".join(
            f"SELECT v.* FROM c {BY_ANCHOR} JOIN {table} x ON x.{key} = {OWNER} {records(*found)}"
            for table, key, found in (
                ("recommendation_proposers", "recommendation_id", PARTIES),
                ("recommendation_addressees", "recommendation_id", ("organizations x.organization_id",)),
                ("recommendation_bodies", "recommendation_id", ("organizations x.organization_id",)),
                ("recommendation_relations", "recommendation_id", ("recommendations x.other_id",)),
                ("recommendation_relations", "other_id", ("recommendations x.recommendation_id",)),
                ("event_outcomes", "recommendation_id", ("events x.event_id",)),
                ("event_conflicts", "other_id", ("events x.event_id",)),
                ("events", "fulfilled_by_id", ("events x.id",)),
                ("events", "id", ("organizations x.body_id",)),
                ("statistic_speakers", "statistic_id", PARTIES),
                ("concern_raisers", "concern_id", PARTIES),
                ("follow_up_bodies", "follow_up_id", ("organizations x.organization_id",)),
                ("roundtables", "id", ("organizations x.host_id",)),
            )
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
            name = f"known_{number:02}_{event}"
            making = (
                f"CREATE TRIGGER {name} AFTER {event} ON {table} REFERENCING {transition} "
                f"FOR EACH STATEMENT EXECUTE FUNCTION enter_changes({arguments})"
            )
            made[name] = (table, making)
    return made


def upgrade() -> None:
    op.add_column("changes", sa.Column("read_at_u", sa.Boolean(), nullable=True))
    op.add_column("changes", sa.Column("position_at_u", sa.BigInteger(), nullable=True))
    op.create_unique_constraint(op.f("uq_changes_position_at_u"), "changes", ["position_at_u"])
    op.execute("CREATE SEQUENCE change_positions_at_u OWNED BY changes.position_at_u")
    op.execute(PLACE)
    for _table, making in triggers().values():
        op.execute(making)

    op.add_column("panels", sa.Column("cable_id", sa.Text(), nullable=True))
    # No record changes by this, and none is told of.
    op.execute("ALTER TABLE panels DISABLE TRIGGER USER")
    op.execute("UPDATE panels SET cable_id = r.cable_id FROM roundtables r WHERE r.id = panels.roundtable_id")
    op.execute("ALTER TABLE panels ENABLE TRIGGER USER")
    op.alter_column("panels", "cable_id", nullable=False)
    op.create_foreign_key(op.f("fk_panels_cable_id"), "panels", "cables", ["cable_id"], ["id"])

    # Our sentences on a reform draw on the cable; what does not can be marked U.
    op.add_column("reforms", sa.Column("summary_marking", sa.Text(), server_default="SBU", nullable=False))
    op.create_check_constraint(
        op.f("ck_reforms_summary_marking_is_a_word"), "reforms", "summary_marking IN ('U', 'SBU')"
    )

    op.create_index("ix_paragraphs_record_id", "paragraphs", [sa.literal_column("((cable_id || '-'::text) || label)")])

    # Until the next load readers of U find nothing, which is the safe side.
    op.add_column("search_entries", sa.Column("readers", sa.Text(), server_default="SBU", nullable=False))
    op.create_check_constraint(
        op.f("ck_search_entries_readers_is_a_word"), "search_entries", "readers IN ('U', 'SBU', 'all')"
    )
    op.drop_constraint(op.f("pk_search_entries"), "search_entries", type_="primary")
    op.create_primary_key(op.f("pk_search_entries"), "search_entries", ["record_id", "kind", "readers"])
