"""Visibility of rows: the level of every readable row, stored in `visible_from` and computed by one rule per table.

A level is the lowest clearance whose readers see the row: `none` (nobody), `sbu` or `u`. The three words sort in this
order as text, so SQL computes the level of a row with several causes by `least` and `greatest`. Triggers keep the
column up to date in the transaction that changes a cause (`visibility_triggers`). The views filter on it alone.
"""

from typing import NamedTuple

from app.vocabulary import Marking, Publication

MENTIONS = ("recommendation_proposers", "statistic_speakers", "concern_raisers", "participations")
PARTIES: dict[str, tuple[tuple[str, str], ...]] = {
    "people": tuple((table, "person_id") for table in MENTIONS),
    "organizations": (
        ("events", "body_id"),
        ("roundtables", "host_id"),
        ("follow_up_bodies", "organization_id"),
        ("recommendation_addressees", "organization_id"),
        ("recommendation_bodies", "organization_id"),
        *((table, column) for table in MENTIONS for column in ("organization_id", "on_behalf_of_id")),
    ),
}
"""Columns that name people and organizations: a reader knows those that a visible record names."""


def _marked(column: str = "marking") -> str:
    return f"CASE t.{column} WHEN '{Marking.U}' THEN 'u' ELSE 'sbu' END"


def _of(table: str, column: str, key: str = "id") -> str:
    """SQL of the level of the row that a column refers to; null without one, which `least` ignores."""
    return f"(SELECT x.visible_from FROM public.{table} x WHERE x.{key} = t.{column})"


def _of_paragraph(of: str = "t") -> str:
    return (
        "(SELECT x.visible_from FROM public.paragraphs x "
        f"WHERE x.cable_id = {of}.cable_id AND x.label = {of}.paragraph)"
    )


def _lowest(*levels: str) -> str:
    return f"least({', '.join(levels)})"


def _mentioned(table: str) -> str:
    mentions = " OR ".join(
        f"EXISTS (SELECT FROM public.{mention} x WHERE x.{column} = t.id AND x.visible_from = 'u')"
        for mention, column in PARTIES[table]
    )
    return f"CASE WHEN {mentions} THEN 'u' ELSE 'sbu' END"


def _named(table: str, column: str) -> str:
    """Aliases and misspellings come from anywhere in a cable, and do not record from where."""
    return f"CASE WHEN t.kind IN ('slug', 'name') THEN {_of(table, column)} ELSE {_lowest(_of(table, column), SBU)} END"


NONE, SBU, U = "'none'", "'sbu'", "'u'"
_ANCHOR = _of("anchors", "anchor_id")
_PASSAGES = _lowest(_ANCHOR, _of("anchors", "lead_in_anchor_id"))
_OF_CABLE = _of("cables", "cable_id")
_COPY = f"""coalesce((SELECT w.visible_from FROM public.cables x JOIN public.witnesses w ON w.id = x.witness_id
    WHERE x.id = t.cable_id), {SBU})"""
_ALL_U = "NOT EXISTS (SELECT FROM public.paragraphs x WHERE x.cable_id = t.cable_id {} AND x.visible_from <> 'u')"
_SOME = "EXISTS (SELECT FROM public.paragraphs x WHERE x.cable_id = t.cable_id {})"
_SECTION = "AND x.section = t.ordinal"
_RECORD = f"""CASE t.kind
    WHEN 'paragraph' THEN (
        SELECT x.visible_from FROM public.paragraphs x WHERE x.cable_id || '-' || x.label = t.record_id
    )
    WHEN 'recommendation' THEN {_of("recommendations", "record_id")}
    WHEN 'event' THEN {_of("events", "record_id")}
    WHEN 'person' THEN {_of("people", "record_id")}
    WHEN 'organization' THEN {_of("organizations", "record_id")}
    WHEN 'reform' THEN {_of("reforms", "record_id")}
    END"""
_REVISION = f"CASE WHEN t.recorded_at IS NULL THEN {NONE} ELSE {_marked()} END"


def _current(revisions: str, key: str) -> str:
    """SQL of the level of a record with revisions: that of its current one."""
    current = f"SELECT x.visible_from FROM public.{revisions} x WHERE x.{key} = t.id AND x.number = t.current"
    return f"coalesce(({current}), {NONE})"


_REVISION_OF_ACTION = """(SELECT x.visible_from FROM public.action_revisions x
    WHERE x.action_id = t.action_id AND x.number = t.number)"""
# An action names the asks of its day. One that was withdrawn since stays in the list of those who may read its words.
_WORDS_OF_ASK = """(SELECT least(a.visible_from, l.visible_from) FROM public.recommendations x
    JOIN public.anchors a ON a.id = x.anchor_id LEFT JOIN public.anchors l ON l.id = x.lead_in_anchor_id
    WHERE x.id = t.recommendation_id)"""
_CURRENT_OF_ACTION = """(SELECT x.visible_from FROM public.actions a
    JOIN public.action_revisions x ON x.action_id = a.id AND x.number = a.current WHERE a.id = t.action_id)"""
_ASK = _of("recommendations", "recommendation_id")


class Withdrawal(NamedTuple):
    """Records of a table that were withdrawn: readers of their level learn that they existed, and nothing else."""

    condition: str
    level: str
    """SQL of the level that a row has until it is withdrawn."""


_WITHDRAWN_HEAD = "t.withdrawn_at IS NOT NULL"
WITHDRAWALS: dict[str, Withdrawal] = {
    "recommendations": Withdrawal(f"t.publication = '{Publication.WITHDRAWN}'", _PASSAGES),
    "actions": Withdrawal(_WITHDRAWN_HEAD, _current("action_revisions", "action_id")),
    "progress_reports": Withdrawal(
        _WITHDRAWN_HEAD, _lowest(_current("progress_report_revisions", "report_id"), _CURRENT_OF_ACTION)
    ),
}


def _unless_withdrawn(table: str) -> str:
    condition, level = WITHDRAWALS[table]
    return f"CASE WHEN {condition} THEN {NONE} ELSE {level} END"


RULES: dict[str, str] = {
    # Doubtful marks hide the cable from readers of U until a person has reviewed them.
    "cables": f"""CASE WHEN t.publication <> '{Publication.PUBLISHED}' THEN {NONE}
        WHEN t.doubts = 0 THEN {U} ELSE {SBU} END""",
    "paragraphs": _lowest(_marked(), _OF_CABLE),
    "header_fields": _OF_CABLE,
    # Readers of U see the whole copy, or a heading, only if the parser understood every character as U.
    "witnesses": f"""CASE WHEN EXISTS (SELECT FROM public.cables x WHERE x.witness_id = t.id AND x.source_marking = 'U')
        AND EXISTS (SELECT FROM public.paragraphs x WHERE x.witness_id = t.id) AND {_ALL_U.format("")}
        THEN {U} ELSE {_lowest(SBU, _OF_CABLE)} END""",
    "sections": f"""CASE WHEN t.marking = 'U' AND {_SOME.format(_SECTION)} AND {_ALL_U.format(_SECTION)}
        THEN {U} ELSE {_lowest(SBU, _OF_CABLE)} END""",
    "damages": f"CASE WHEN t.paragraph IS NULL THEN {_COPY} ELSE {_of_paragraph()} END",
    "readings": f"CASE WHEN t.paragraph IS NULL THEN {_COPY} ELSE {_of_paragraph()} END",
    "anchors": _of_paragraph(),
    "roundtables": _lowest(_ANCHOR, _of("anchors", "attendance_anchor_id")),
    "panels": _OF_CABLE,
    "panel_sessions": _ANCHOR,
    "panel_paragraphs": _of_paragraph(),
    "participations": _ANCHOR,
    "follow_ups": _ANCHOR,
    "follow_up_bodies": _of("follow_ups", "follow_up_id"),
    "recommendations": f"CASE WHEN t.publication = '{Publication.PUBLISHED}' THEN {_PASSAGES} ELSE {NONE} END",
    **{
        f"recommendation_{rows}": _ASK for rows in ("targets", "addressees", "proposers", "bodies", "topics", "reforms")
    },
    "recommendation_relations": _lowest(_ASK, _of("recommendations", "other_id")),
    # An old version of a record still has what it contained then, possibly above U.
    "recommendation_versions": SBU,
    # An assessment is based on its own text and on the passage that it cites.
    "assessments": f"CASE WHEN t.recorded_at IS NULL THEN {NONE} ELSE {_lowest(_marked(), _ANCHOR, _ASK)} END",
    "action_revisions": _REVISION,
    "actions": _unless_withdrawn("actions"),
    "action_recommendations": _lowest(_REVISION_OF_ACTION, _WORDS_OF_ASK),
    "progress_report_revisions": _REVISION,
    "progress_reports": _unless_withdrawn("progress_reports"),
    "statistics": _PASSAGES,
    "statistic_speakers": _of("statistics", "statistic_id"),
    "reforms": U,
    "concerns": _PASSAGES,
    "concern_reforms": _of("concerns", "concern_id"),
    "concern_raisers": _of("concerns", "concern_id"),
    "sources": U,
    "events": f"CASE WHEN t.anchor_id IS NULL THEN {U} ELSE {_ANCHOR} END",
    "reform_rounds": f"""CASE WHEN EXISTS (SELECT FROM public.events x WHERE x.reform_id = t.reform_id
        AND x.round = t.number AND x.visible_from = 'u') THEN {U} ELSE {SBU} END""",
    "event_sources": _of("events", "event_id"),
    "event_conflicts": _lowest(_of("events", "event_id"), _of("events", "other_id")),
    "event_outcomes": _lowest(_of("events", "event_id"), _ASK),
    "people": _mentioned("people"),
    "organizations": _mentioned("organizations"),
    "person_names": _named("people", "person_id"),
    "organization_names": _named("organizations", "organization_id"),
    # An entry of its own for readers of SBU has words that readers of U do not see.
    "search_entries": f"CASE t.readers WHEN 'SBU' THEN {_lowest(_RECORD, SBU)} ELSE {_RECORD} END",
}
"""SQL of the level of a row `t` of each table. A table comes after those that its rule reads, save for the parties."""
UNPUBLISHED: dict[str, str] = {
    **dict.fromkeys(("assessments", "action_revisions", "progress_report_revisions"), "t.recorded_at IS NULL"),
    **dict.fromkeys(("actions", "progress_reports"), "t.current IS NULL"),
}
"""Condition of rows that nobody reads yet: their writers need not wait for those that publish."""


class Cause(NamedTuple):
    """Table whose rows determine the level of rows of another table."""

    source: str
    table: str
    match: str
    """SQL condition between a changed row `c` of the source and a row `t` of the table."""
    columns: str = "visible_from"
    """Columns of the source, beside those in `match`, that matter."""
    raises: bool = False
    """True if one row of the source at a level suffices for it: only rows that may change the maximum count."""
    inserted: bool = False
    """True if a row of the table may be there before the row of the source."""


_BY_PARAGRAPH = "t.cable_id = c.cable_id AND t.paragraph = c.label"
_CHILDREN = {
    "cables": ("paragraphs cable_id", "header_fields cable_id", "panels cable_id"),
    "anchors": (
        "roundtables anchor_id",
        "roundtables attendance_anchor_id",
        "panel_sessions anchor_id",
        "participations anchor_id",
        "follow_ups anchor_id",
        "recommendations anchor_id",
        "recommendations lead_in_anchor_id",
        "assessments anchor_id",
        "statistics anchor_id",
        "statistics lead_in_anchor_id",
        "concerns anchor_id",
        "concerns lead_in_anchor_id",
        "events anchor_id",
    ),
    "follow_ups": ("follow_up_bodies follow_up_id",),
    "recommendations": (
        *(
            f"recommendation_{rows} recommendation_id"
            for rows in ("targets", "addressees", "proposers", "bodies", "topics", "reforms", "relations")
        ),
        "recommendation_relations other_id",
        "event_outcomes recommendation_id",
    ),
    "statistics": ("statistic_speakers statistic_id",),
    "concerns": ("concern_reforms concern_id", "concern_raisers concern_id"),
    "events": (
        "event_sources event_id",
        "event_conflicts event_id",
        "event_conflicts other_id",
        "event_outcomes event_id",
    ),
    "people": ("person_names person_id",),
    "organizations": ("organization_names organization_id",),
}
"""Columns by which rows refer to a row that limits their level."""
CAUSES: tuple[Cause, ...] = (
    *(
        Cause(source, child.split()[0], f"t.{child.split()[1]} = c.id")
        for source, children in _CHILDREN.items()
        for child in children
    ),
    *(
        Cause("paragraphs", table, _BY_PARAGRAPH, inserted=table in {"damages", "readings"})
        for table in ("anchors", "damages", "readings", "panel_paragraphs")
    ),
    Cause("cables", "witnesses", "t.cable_id = c.id", "source_marking, witness_id, visible_from", inserted=True),
    Cause("cables", "sections", "t.cable_id = c.id"),
    Cause("paragraphs", "witnesses", "t.cable_id = c.cable_id", "visible_from, witness_id", inserted=True),
    Cause("paragraphs", "sections", "t.cable_id = c.cable_id", "visible_from, section", inserted=True),
    *(
        Cause(source, table, f"t.cable_id = c.{key} AND t.paragraph IS NULL", columns, inserted=True)
        for source, key, columns in (
            ("witnesses", "cable_id", "id, visible_from"),
            ("cables", "id", "witness_id, visible_from"),
        )
        for table in ("damages", "readings")
    ),
    Cause("recommendations", "assessments", "t.recommendation_id = c.id", inserted=True),
    Cause("recommendations", "action_recommendations", "t.recommendation_id = c.id", "anchor_id, lead_in_anchor_id"),
    Cause(
        "anchors",
        "action_recommendations",
        "t.recommendation_id IN (SELECT x.id FROM public.recommendations x "
        "WHERE x.anchor_id = c.id OR x.lead_in_anchor_id = c.id)",
    ),
    Cause("action_revisions", "actions", "t.id = c.action_id AND t.current = c.number"),
    Cause("action_revisions", "action_recommendations", "t.action_id = c.action_id AND t.number = c.number"),
    Cause("action_revisions", "progress_reports", "t.action_id = c.action_id"),
    Cause("actions", "progress_reports", "t.action_id = c.id", "current"),
    Cause("progress_report_revisions", "progress_reports", "t.id = c.report_id AND t.current = c.number"),
    Cause("events", "reform_rounds", "t.reform_id = c.reform_id AND t.number = c.round", raises=True, inserted=True),
    *(
        Cause(mention, table, f"t.id = c.{column}", raises=True, inserted=True)
        for table, mentions in PARTIES.items()
        for mention, column in mentions
    ),
    Cause(
        "paragraphs",
        "search_entries",
        "t.kind = 'paragraph' AND t.record_id = c.cable_id || '-' || c.label",
        inserted=True,
    ),
    *(
        Cause(source, "search_entries", f"t.kind = '{kind}' AND t.record_id = c.id", inserted=True)
        for source, kind in (
            ("recommendations", "recommendation"),
            ("events", "event"),
            ("people", "person"),
            ("organizations", "organization"),
            ("reforms", "reform"),
        )
    ),
)
"""All ways in which a write to one table changes the level of rows of another."""
