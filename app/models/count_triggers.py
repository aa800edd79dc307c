"""Triggers that keep `recommendation_counts` up to date, made from one table of facets at the end of migrations."""

import re
from collections.abc import Mapping
from typing import NamedTuple

from sqlalchemy import Connection

from app.models.count import CountFacet
from app.models.visibility_triggers import LOCK, TRANSITIONS
from app.vocabulary import Aspect

PARENTS = {"recommendations": "r", "panels": "p"}
CHILDREN = {
    "recommendation_targets": "target",
    "recommendation_topics": "topic",
    "recommendation_addressees": "addressee",
    "recommendation_bodies": "body",
}
"""Tables that a count reads, each with its alias. A row of a child has its parent before it and as long as it lives."""


_CURRENT, _AT_U = (", ".join(f"r.{aspect}_assessment_id{suffix}" for aspect in Aspect) for suffix in ("", "_at_u"))
# Of an assessment above U, readers of U see another one before it, or none.
_HIGHEST = f"""CASE WHEN seen.readers = 'U' OR r.visible_from = 'u' AND ({_CURRENT}) IS NOT DISTINCT FROM ({_AT_U})
    THEN 'U' ELSE 'SBU' END"""


class Counted(NamedTuple):
    """Rows that a facet counts: a recommendation with one row of each child, and the SQL of the parts of the key."""

    children: tuple[str, ...]
    key: tuple[str, ...]


COUNTED: dict[CountFacet, Counted] = {
    CountFacet.ALL: Counted((), ()),
    CountFacet.MARKING: Counted((), (_HIGHEST,)),
    CountFacet.TARGET: Counted(("recommendation_targets",), ("target.target",)),
    CountFacet.TOPIC: Counted(("recommendation_topics",), ("topic.topic",)),
    CountFacet.ADDRESSEE: Counted(("recommendation_addressees",), ("addressee.organization_id",)),
    CountFacet.BODY: Counted(("recommendation_bodies",), ("body.organization_id",)),
    CountFacet.TARGET_TOPIC: Counted(
        ("recommendation_targets", "recommendation_topics"), ("target.target", "topic.topic")
    ),
    CountFacet.TARGET_PANEL_CERTAINTY_STATE: Counted(
        ("recommendation_targets",),
        ("target.target", "coalesce(p.number::text, '')", "r.certainty", "seen.state"),
    ),
}
_SEEN = """CROSS JOIN LATERAL (VALUES
    ('SBU', r.visible_from <> 'none', r.state), ('U', r.visible_from = 'u', r.state_at_u)
) seen (readers, is_visible, state)"""


def _rows(facet: CountFacet, replaced: Mapping[str, str], *, sign: int = 1) -> str:
    """SQL of a row of readers, facet, key and sign for each recommendation that a facet counts.

    `replaced` names the transition table that stands for a table: only its rows are counted.
    """
    children, key = COUNTED[facet]
    tables = {table: replaced.get(table, f"public.{table}") for table in (*PARENTS, *CHILDREN)}
    joined = " ".join(
        f"JOIN {tables[child]} {CHILDREN[child]} ON {CHILDREN[child]}.recommendation_id = r.id" for child in children
    )
    panels = f"{'' if 'panels' in replaced else 'LEFT '}JOIN {tables['panels']} p ON p.id = r.panel_id"
    return (
        f"SELECT seen.readers, '{facet}' AS facet, ARRAY[{', '.join(key)}]::text[] AS key, {sign} AS sign "
        f"FROM {tables['recommendations']} r {panels} {joined} {_SEEN} WHERE seen.is_visible"
    )


def _facets_of(table: str, event: str) -> list[CountFacet]:
    """Facets whose counts an event on the table changes.

    A parent has no children when it is inserted or deleted, so these events change only the facets without any.
    """
    if table in CHILDREN:
        return [facet for facet, counted in COUNTED.items() if table in counted.children]
    if event == "UPDATE":
        return [facet for facet, counted in COUNTED.items() if table == "recommendations" or "p." in str(counted.key)]
    own = [facet for facet, counted in COUNTED.items() if not counted.children]
    return own if table == "recommendations" else []


def _apply(rows: str) -> str:
    """SQL that adds the signs of `rows` to the counts."""
    return f"""
    WITH changed AS (
        SELECT readers, facet, key, sum(sign) AS times FROM ({rows}) counted
        GROUP BY readers, facet, key HAVING sum(sign) <> 0
    ), updated AS (
        UPDATE public.recommendation_counts held SET count = held.count + changed.times FROM changed
        WHERE (held.readers, held.facet, held.key) = (changed.readers, changed.facet, changed.key)
        RETURNING held.readers, held.facet, held.key
    )
    INSERT INTO public.recommendation_counts (readers, facet, key, count)
    SELECT readers, facet, key, times FROM changed
    WHERE (readers, facet, key) NOT IN (SELECT readers, facet, key FROM updated);"""


def _branch(table: str, event: str) -> str:
    """PL/pgSQL of one event: rows as they are afterwards count, rows as they were before no longer do."""
    transitions = {"INSERT": {"after": 1}, "DELETE": {"before": -1}, "UPDATE": {"after": 1, "before": -1}}[event]
    rows = " UNION ALL ".join(
        _rows(facet, {table: transition}, sign=sign)
        for facet in _facets_of(table, event)
        for transition, sign in transitions.items()
    )
    if not rows:
        return ""
    # Other writes need not wait for each other.
    columns = ", ".join(_columns_of(table))
    changed = f"SELECT {columns} FROM after EXCEPT SELECT {columns} FROM before"
    condition = f"EXISTS ({changed if event == 'UPDATE' else f'SELECT FROM {next(iter(transitions))}'})"
    return f"IF {condition} THEN PERFORM pg_advisory_xact_lock({LOCK}); {_apply(rows)} END IF;"


def _columns_of(table: str) -> list[str]:
    """Columns of a table that matter for the counts."""
    alias = {**PARENTS, **CHILDREN}[table]
    every = " ".join(_rows(facet, {}) for facet in COUNTED)
    return sorted(set(re.findall(rf"\b{alias}\.(\w+)", every)))


def install_counts(connection: Connection) -> None:
    """Creates the functions and triggers. The schema of the tables has to be this release's."""
    for table in (*PARENTS, *CHILDREN):
        branches = {event: branch for event in TRANSITIONS if (branch := _branch(table, event))}
        body = " ".join(f"IF TG_OP = '{event}' THEN {branch} END IF;" for event, branch in branches.items())
        connection.exec_driver_sql(
            f"CREATE OR REPLACE FUNCTION public.count_{table}() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER "
            f"SET search_path = public, pg_temp AS $$ BEGIN {body} RETURN NULL; END $$"
        )
        for event in branches:
            connection.exec_driver_sql(
                f"CREATE OR REPLACE TRIGGER counted_{event.lower()} AFTER {event} ON public.{table} "
                f"REFERENCING {TRANSITIONS[event]} FOR EACH STATEMENT EXECUTE FUNCTION public.count_{table}()"
            )


def count_statement() -> str:
    """SQL that selects readers, facet, key and count of all facets, computed anew."""
    rows = " UNION ALL ".join(_rows(facet, {}) for facet in COUNTED)
    return f"SELECT readers, facet, key, count(*) AS count FROM ({rows}) counted GROUP BY readers, facet, key"


def recompute_counts(connection: Connection) -> None:
    """Computes all counts anew, after a migration."""
    connection.exec_driver_sql("DELETE FROM public.recommendation_counts")
    connection.exec_driver_sql(
        f"INSERT INTO public.recommendation_counts (readers, facet, key, count) {count_statement()}"
    )
