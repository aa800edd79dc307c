"""Row and column filters by clearance, enforced by the database: one role and one schema of views per clearance.

Statements of requests name tables without a schema. On a connection of a clearance these names are the views of its
schema, and its role may read nothing else. The views are defined only here: migrations drop them first and create
them again at the end.
"""

from typing import NamedTuple

from app.core.session import WRITER
from app.models.visibility import RULES
from app.vocabulary import Aspect, Marking, Visibility


class Reader(NamedTuple):
    """Readers of a clearance: the database role, and the schema whose views replace the tables."""

    role: str
    schema: str


READERS = {
    Marking.U: Reader("roundtable_reader_u", "cleared_u"),
    Marking.SBU: Reader("roundtable_reader_sbu", "cleared_sbu"),
}
ROLES = (*(reader.role for reader in READERS.values()), WRITER)
"""Database roles of the service; none of them owns anything."""
NOT_FOR_READERS = {
    "audit_checkpoints": "for auditors only: checkpoints of the audit trail",
    "audit_entries": "for auditors only: the audit trail",
    "idempotency_keys": "for the writing caller only: stored responses",
    "cursor_keys": "secret: the key signs cursors",
    "edits": "for writers only: how the content came about",
    "entries": "for writers only: content of the records, which readers see as records",
    "revisions": "for writers only: unpublished content",
    "api_keys": "for authentication only: the API keys",
    "read_counts": "for auditors only: usage counts by caller",
    "loads": "for the load only: digests of the loaded files",
}
"""Tables without a view, each with the reason."""
WITHOUT_VERSION_TRIGGERS = {"data_revisions": "the table that the triggers write to"}
"""Tables with a view whose rows are not data of the register."""
U = READERS[Marking.U].schema
ROW_FILTERS = {Marking.U: f"= '{Visibility.U}'", Marking.SBU: f"<> '{Visibility.NONE}'"}
"""Condition on the level of the rows that a reader sees."""


def _if_visible(table: str, column: str) -> str:
    """SQL of a column that refers to another row: null if a reader of U may not see that one."""
    return f"(SELECT x.id FROM public.{table} x WHERE x.id = t.{column} AND x.visible_from = '{Visibility.U}')"


def _if_marked(column: str, marking: str = "marking") -> str:
    return f"CASE WHEN t.{marking} = 'U' THEN t.{column} END"


FEED_FILTERS: dict[str, str] = {
    "search_words": f"{U}.finds_word(t.word)",
    "changes": "t.position_at_u IS NOT NULL",
    "register": "true",
    "recommendation_counts": "true",
    # The number of writes would reveal activity above U. The service polls as a reader of SBU.
    "data_revisions": "false",
}
"""Condition on the rows `t`, for a reader of U, of tables whose rows are not records and have no level."""
READABLE = (*RULES, *FEED_FILTERS)
"""Tables with a view for each clearance."""
OF_OTHER_READERS = dict.fromkeys(
    ("search_entries", "recommendation_counts"), ("readers", {Marking.U: "SBU", Marking.SBU: "U"})
)
"""Tables with a row for each clearance where texts or counts differ: the column that names it, and the one to skip."""
U_COLUMN_MASKS: dict[str, dict[str, str]] = {
    "recommendations": {
        **{column: f"t.{column}_at_u" for aspect in Aspect for column in (aspect.value, f"{aspect}_assessment_id")},
        "updated_at": "t.updated_at_u",
        "position_anchor_id": "(SELECT x.anchor_id FROM public.assessments x "
        "WHERE x.id = t.position_assessment_id_at_u)",
        "implementation_source": "NULL::text",
    },
    "assessments": {"said_by_id": _if_visible("organizations", "said_by_id")},
    "actions": {"carried_from": _if_visible("actions", "carried_from")},
    "action_revisions": {
        "body_id": _if_visible("organizations", "body_id"),
        "roundtable_id": _if_visible("roundtables", "roundtable_id"),
    },
    "header_fields": {
        "value": _if_marked("value"),
        "ranges": _if_marked("ranges"),
        "other_value": _if_marked("other_value", "other_marking"),
        "other_origin": _if_marked("other_origin", "other_marking"),
    },
    "panels": {
        "roundtable_id": _if_visible("roundtables", "roundtable_id"),
        "anchor_id": _if_visible("anchors", "anchor_id"),
    },
    "participations": {"roundtable_id": _if_visible("roundtables", "roundtable_id")},
    "follow_ups": {"roundtable_id": _if_visible("roundtables", "roundtable_id")},
    "organizations": {"part_of": _if_visible("organizations", "part_of")},
    "reforms": {"summary": _if_marked("summary", "summary_marking")},
    "events": {"fulfilled_by_id": _if_visible("events", "fulfilled_by_id"), "updated_at": "t.updated_at_u"},
    # Separate positions, so that gaps do not reveal the activity above U.
    "changes": {
        "id": "t.position_at_u",
        "position": "t.position_at_u",
        "transaction": "NULL::text",
        "changed_at": "t.changed_at_u",
        "at_u": "NULL::boolean",
        "read_at_u": "NULL::boolean",
    },
    "register": {"id": "md5('U ' || t.id)"},
}
"""Columns with another value, or none, for a reader of U."""
