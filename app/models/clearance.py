"""Row and column filters by clearance, enforced by the database: one role and one schema of views per clearance.

Statements of requests name tables without a schema. On a connection of a clearance these names are the views of its
schema, and its role may read nothing else. The views are defined only here: migrations drop them first and create
them again at the end.
"""

from typing import NamedTuple

from app.core.session import WRITER
from app.vocabulary import UNASSESSED, Aspect, Marking


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
COST = 4_000
"""Cost of a test function in PostgreSQL's units (10 to 30 microseconds), so that it runs last and on few rows."""


def exists(table: str, condition: str) -> str:
    return f"EXISTS (SELECT FROM {U}.{table} x WHERE {condition})"


def _reads(table: str, column: str) -> str:
    """SQL test that the reader may read the record in a column.

    It calls a function to keep the views separate: PostgreSQL would otherwise expand the views below in every
    statement, which would then take longer to plan than to run.
    """
    return f"{U}.reads_{table}(t.{column})"


def _if_readable(table: str, column: str) -> str:
    return f"CASE WHEN {_reads(table, column)} THEN t.{column} END"


def _anchored(*columns: str) -> str:
    """SQL test for data from several passages: the highest of their markings applies, so each must be readable."""
    optional = [f"(t.{column} IS NULL OR {_reads('anchors', column)})" for column in columns[1:]]
    return " AND ".join([_reads("anchors", columns[0]), *optional])


def _of_paragraph(of: str = "t") -> str:
    return exists("paragraphs", f"x.cable_id = {of}.cable_id AND x.label = {of}.paragraph")


BY_RECORD_ID = "x.cable_id || '-' || x.label"
_OF_PARAGRAPH_OR_COPY = (
    f"CASE WHEN t.paragraph IS NULL THEN {U}.reads_witnesses((SELECT x.witness_id FROM public.cables x "
    f"WHERE x.id = t.cable_id)) ELSE {_of_paragraph()} END"
)
_EITHER = ("recommendation_proposers", "statistic_speakers", "concern_raisers", "participations")
KNOWN = {
    "people": tuple((table, "person_id") for table in _EITHER),
    "organizations": (
        ("events", "body_id"),
        ("roundtables", "host_id"),
        ("follow_up_bodies", "organization_id"),
        ("recommendation_addressees", "organization_id"),
        ("recommendation_bodies", "organization_id"),
        *((table, column) for table in _EITHER for column in ("organization_id", "on_behalf_of_id")),
    ),
}
"""Columns that name people and organizations: a reader knows those that a readable record names."""

_RECORDED = "t.recorded_at IS NOT NULL"
"""Excludes unpublished revisions, which only writers may read."""

U_ROW_FILTERS: dict[str, str] = {
    # All readers see the cable, and its parts by marking. Doubtful marks hide it until a person has reviewed them.
    "cables": "t.doubts = 0",
    "header_fields": _reads("cables", "cable_id"),
    "paragraphs": "t.marking = 'U'",
    # Readers of U see the whole copy, or a heading, only if the parser understood every character as U.
    "witnesses": "EXISTS (SELECT FROM public.cables x WHERE x.witness_id = t.id AND x.source_marking = 'U') "
    f"AND {exists('paragraphs', 'x.witness_id = t.id')} AND NOT EXISTS "
    "(SELECT FROM public.paragraphs x WHERE x.cable_id = t.cable_id AND x.marking <> 'U')",
    "sections": f"t.marking = 'U' AND {exists('paragraphs', 'x.cable_id = t.cable_id AND x.section = t.ordinal')} "
    "AND NOT EXISTS "
    "(SELECT FROM public.paragraphs x WHERE x.cable_id = t.cable_id AND x.section = t.ordinal AND x.marking <> 'U')",
    "damages": _OF_PARAGRAPH_OR_COPY,
    "readings": _OF_PARAGRAPH_OR_COPY,
    "anchors": _of_paragraph(),
    "roundtables": _anchored("anchor_id", "attendance_anchor_id"),
    "panels": _reads("cables", "cable_id"),
    "panel_sessions": _anchored("anchor_id"),
    "panel_paragraphs": _of_paragraph(),
    "participations": _anchored("anchor_id"),
    "follow_ups": _anchored("anchor_id"),
    "follow_up_bodies": _reads("follow_ups", "follow_up_id"),
    # An assessment is based on its own text and on the passage that it cites.
    "assessments": f"{_RECORDED} AND t.marking = 'U' AND (t.anchor_id IS NULL OR {_reads('anchors', 'anchor_id')}) "
    f"AND {_reads('recommendations', 'recommendation_id')}",
    "recommendations": _anchored("anchor_id", "lead_in_anchor_id"),
    # An old version of a record still has what it contained then, possibly above U.
    "recommendation_versions": "false",
    "action_revisions": f"{_RECORDED} AND t.marking = 'U'",
    "actions": exists("action_revisions", "x.action_id = t.id AND x.number = t.current"),
    "action_recommendations": f"{exists('action_revisions', 'x.action_id = t.action_id AND x.number = t.number')} "
    f"AND {_reads('recommendations', 'recommendation_id')}",
    "progress_report_revisions": f"{_RECORDED} AND t.marking = 'U'",
    "progress_reports": f"{exists('progress_report_revisions', 'x.report_id = t.id AND x.number = t.current')} "
    f"AND {_reads('actions', 'action_id')}",
    **{
        f"recommendation_{rows}": _reads("recommendations", "recommendation_id")
        for rows in ("targets", "addressees", "proposers", "bodies", "topics", "reforms")
    },
    "recommendation_relations": f"{_reads('recommendations', 'recommendation_id')} "
    f"AND {_reads('recommendations', 'other_id')}",
    "statistics": _anchored("anchor_id", "lead_in_anchor_id"),
    "statistic_speakers": _reads("statistics", "statistic_id"),
    "concerns": _anchored("anchor_id", "lead_in_anchor_id"),
    "concern_reforms": _reads("concerns", "concern_id"),
    "concern_raisers": _reads("concerns", "concern_id"),
    "reforms": "true",
    "sources": "true",
    "events": f"t.anchor_id IS NULL OR {_anchored('anchor_id')}",
    "reform_rounds": exists("events", "x.reform_id = t.reform_id AND x.round = t.number"),
    "event_sources": _reads("events", "event_id"),
    "event_conflicts": f"{_reads('events', 'event_id')} AND {_reads('events', 'other_id')}",
    "event_outcomes": f"{_reads('events', 'event_id')} AND {_reads('recommendations', 'recommendation_id')}",
    "people": f"{U}.knows_people(t.id)",
    "organizations": f"{U}.knows_organizations(t.id)",
    # The other names come from anywhere in a cable, and do not record from where.
    "person_names": f"t.kind IN ('slug', 'name') AND {U}.knows_people(t.person_id)",
    "organization_names": f"t.kind IN ('slug', 'name') AND {U}.knows_organizations(t.organization_id)",
    "search_entries": "t.readers <> 'SBU' AND CASE t.kind "
    f"WHEN 'paragraph' THEN {exists('paragraphs', f'{BY_RECORD_ID} = t.record_id')} "
    f"WHEN 'recommendation' THEN {_reads('recommendations', 'record_id')} "
    f"WHEN 'event' THEN {_reads('events', 'record_id')} "
    "WHEN 'reform' THEN true "
    f"WHEN 'person' THEN {U}.knows_people(t.record_id) "
    f"WHEN 'organization' THEN {U}.knows_organizations(t.record_id) ELSE false END",
    "search_words": f"{U}.finds_word(t.word)",
    "changes": "t.position_at_u IS NOT NULL",
    "register": "true",
    # The number of writes would reveal activity above U. The service polls as a reader of SBU.
    "data_revisions": "false",
}
"""Condition on the rows `t` of each table that a reader of U may read. A table comes after those that its condition
names directly, without a function."""
ASSESSED = f"""
CREATE FUNCTION {U}.assessed(text, text) RETURNS text LANGUAGE plpgsql STABLE STRICT AS $$ BEGIN RETURN (
    SELECT x.id FROM {U}.assessments x WHERE x.recommendation_id = $1 AND x.aspect = $2
    ORDER BY x.number DESC LIMIT 1
); END $$
"""
"""Function that returns the newest assessment that a reader of U may read; newer ones above U are ignored."""


def _as_assessed(aspect: Aspect) -> dict[str, str]:
    """SQL of the columns of an aspect for a reader of U."""
    newest = f"{U}.assessed(t.id, '{aspect}')"
    value = f"(SELECT x.value FROM {U}.assessments x WHERE x.id = {newest})"
    return {aspect.value: f"coalesce({value}, '{UNASSESSED[aspect]}')", f"{aspect}_assessment_id": newest}


U_COLUMN_MASKS: dict[str, dict[str, str]] = {
    "recommendations": {
        **{column: seen for aspect in Aspect for column, seen in _as_assessed(aspect).items()},
        "position_anchor_id": f"(SELECT x.anchor_id FROM {U}.assessments x "
        f"WHERE x.id = {U}.assessed(t.id, 'position'))",
        "implementation_source": "NULL::text",
    },
    "assessments": {"said_by_id": f"CASE WHEN {U}.knows_organizations(t.said_by_id) THEN t.said_by_id END"},
    "actions": {"carried_from": _if_readable("actions", "carried_from")},
    "action_revisions": {
        "body_id": f"CASE WHEN {U}.knows_organizations(t.body_id) THEN t.body_id END",
        "roundtable_id": _if_readable("roundtables", "roundtable_id"),
    },
    "header_fields": {
        "value": "CASE WHEN t.marking = 'U' THEN t.value END",
        "ranges": "CASE WHEN t.marking = 'U' THEN t.ranges END",
        "other_value": "CASE WHEN t.other_marking = 'U' THEN t.other_value END",
        "other_origin": "CASE WHEN t.other_marking = 'U' THEN t.other_origin END",
    },
    "panels": {
        "roundtable_id": _if_readable("roundtables", "roundtable_id"),
        "anchor_id": _if_readable("anchors", "anchor_id"),
    },
    "participations": {"roundtable_id": _if_readable("roundtables", "roundtable_id")},
    "follow_ups": {"roundtable_id": _if_readable("roundtables", "roundtable_id")},
    "organizations": {"part_of": f"CASE WHEN {U}.knows_organizations(t.part_of) THEN t.part_of END"},
    "reforms": {"summary": "CASE WHEN t.summary_marking = 'U' THEN t.summary END"},
    "events": {"fulfilled_by_id": _if_readable("events", "fulfilled_by_id")},
    # Separate positions, so that gaps do not reveal the activity above U.
    "changes": {
        "id": "t.position_at_u",
        "position": "t.position_at_u",
        "transaction": "NULL::text",
        "read_at_u": "NULL::boolean",
    },
    "register": {"id": "md5('U ' || t.id)"},
}
"""Columns with another value, or none, for a reader of U."""
SBU_ROW_FILTERS = {
    "search_entries": "t.readers <> 'U'",
    "assessments": _RECORDED,
    "action_revisions": _RECORDED,
    "actions": "t.current IS NOT NULL",
    "action_recommendations": "EXISTS (SELECT FROM public.action_revisions x WHERE x.action_id = t.action_id "
    "AND x.number = t.number AND x.recorded_at IS NOT NULL)",
    "progress_report_revisions": _RECORDED,
    "progress_reports": "t.current IS NOT NULL",
}
"""Conditions for readers of SBU, of tables where they do not see all rows."""
