"""Participations and events are made and changed through the service; participations are a list of their own.

Revision: e4f81a6c92d7, after b5d20c7e91a4.
"""

import sqlalchemy as sa
from alembic import op

revision = "e4f81a6c92d7"
down_revision = "b5d20c7e91a4"
branch_labels = None
depends_on = None

EDITABLE = ["recommendations", "statistics"]
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
    "actions",
    "progress_reports",
]
WRITTEN = "participations, events, event_sources, event_conflicts, event_outcomes, sources"
GRANT = f"GRANT INSERT, UPDATE, DELETE ON {WRITTEN} TO roundtable_writer"
PART = "participations x.id"


def each(source: str, *records: str) -> str:
    """The records that the rows of a source lead to, each as "collection expression"."""
    pairs = ", ".join("('{}', {})".format(*record.split(" ", 1)) for record in records)
    return f"SELECT v.* FROM {source} CROSS JOIN LATERAL (VALUES {pairs}) v (collection, id)"


REACHES: list[tuple[str, str, str]] = [
    ("participations", "*", each("c x", PART)),
    ("anchors", "*", each("c JOIN participations x ON x.anchor_id = c.id", PART)),
    (
        "paragraphs",
        "cable_id, label, marking",
        " UNION ALL ".join(
            each(f"c JOIN anchors a ON a.cable_id = c.cable_id AND a.paragraph = c.label JOIN {part}", PART)
            for part in (
                "participations x ON x.anchor_id = a.id",
                # The roundtable that a part was in is told to those who may see it.
                (
                    "roundtables t ON a.id IN (t.anchor_id, t.attendance_anchor_id) "
                    "JOIN participations x ON x.roundtable_id = t.id"
                ),
            )
        ),
    ),
    ("panels", "id, number", each("c JOIN participations x ON x.panel_id = c.id", PART)),
    ("people", "*", each("c JOIN participations x ON x.person_id = c.id", PART)),
    (
        "organizations",
        "id, name",
        each("c JOIN participations x ON c.id IN (x.organization_id, x.on_behalf_of_id)", PART),
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
            name = f"parts_{number:02}_{event}"
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
    now = sa.text("now()")
    op.add_column("participations", sa.Column("updated_at", sa.DateTime(timezone=True), server_default=now))
    op.alter_column("participations", "updated_at", nullable=False)
    # Of use to the release before alone.
    op.alter_column("participations", "ordinal", nullable=True)
    for table in ("edits", "revisions"):
        hold(table, "collection_is_a_word", words([*EDITABLE, "participations", "events"]))
    hold("changes", "collection_is_a_word", words([*COLLECTIONS, "participations"]))
    # One that was made through the service has an A in its number, so that curators do not give the same one.
    hold("events", "id_is_a_reference", "id ~ '^[a-z0-9]+(-[a-z0-9]+)*-EA?[0-9]{2,4}$'")
    op.execute("INSERT INTO changes (collection, record_id) SELECT 'participations', id FROM participations")
    for statement in (GRANT, *(making for _table, making in triggers().values())):
        op.execute(statement)
