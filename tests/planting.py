"""Register with some paragraphs marked U, and a marker word in every text column that encodes the row's marking."""

import hashlib
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sqlalchemy import CheckConstraint, Connection, Engine, Text, text

from app.ingest.fingerprint import DATA
from app.ingest.pipeline import ingest
from app.models import Base
from app.models.clearance import AT_U
from tests.conftest import CABLE

OPEN = ("4", "8", "12", "13", "16", "22", "23", "27", "29", "35")
"""The paragraphs that are marked U here."""
LABELS = ", ".join(f"'{label}'" for label in OPEN)
ABOVE = f"NOT IN ({LABELS})"
FOLLOW_UP_TABLES = ("action_revisions", "progress_report_revisions")
RECORDS = ("roundtables", "participations", "follow_ups", "recommendations", "statistics", "concerns", "events")
PARTS = {
    "follow_up_bodies": "follow_up_id",
    "recommendation_proposers": "recommendation_id",
    "statistic_speakers": "statistic_id",
    "concern_raisers": "concern_id",
}
MENTIONS = {
    "participations": "id",
    "recommendation_proposers": "recommendation_id",
    "statistic_speakers": "statistic_id",
    "concern_raisers": "concern_id",
}
NAMED = {
    "people": [(table, key, "person_id") for table, key in MENTIONS.items()],
    "organizations": [
        *((table, key, column) for table, key in MENTIONS.items() for column in ("organization_id", "on_behalf_of_id")),
        ("recommendation_addressees", "recommendation_id", "organization_id"),
        ("recommendation_bodies", "recommendation_id", "organization_id"),
        ("follow_up_bodies", "follow_up_id", "organization_id"),
        ("roundtables", "id", "host_id"),
        ("events", "id", "body_id"),
    ],
}


def _unknown(table: str, key: str = "id") -> str:
    known = " UNION ".join(
        f"SELECT {column} FROM {mention} WHERE {column} IS NOT NULL AND {owner} NOT IN (SELECT id FROM above)"
        for mention, owner, column in NAMED[table]
    )
    return f"t.{key} NOT IN ({known})"


SECRET: dict[str, str] = {
    "cables": "false",
    "header_fields": "t.marking <> 'U'",
    "sources": "false",
    "panels": "false",
    "witnesses": "true",
    "paragraphs": f"t.label {ABOVE}",
    "anchors": f"t.paragraph {ABOVE}",
    "damages": f"coalesce(t.paragraph, '') {ABOVE}",
    "readings": f"coalesce(t.paragraph, '') {ABOVE}",
    # In a cable that is not U as a whole, a heading may be a paragraph whose marking was not recognized.
    "sections": "true",
    "panel_sessions": f"EXISTS (SELECT FROM anchors a WHERE a.id = t.anchor_id AND a.paragraph {ABOVE})",
    **dict.fromkeys(RECORDS, "t.id IN (SELECT id FROM above)"),
    **{table: f"t.{key} IN (SELECT id FROM above)" for table, key in PARTS.items()},
    "assessments": f"t.anchor_id IS NULL OR EXISTS (SELECT FROM anchors a WHERE a.id = t.anchor_id AND a.paragraph {ABOVE})",
    **dict.fromkeys(FOLLOW_UP_TABLES, "t.marking <> 'U'"),
    **dict.fromkeys(("actions", "action_recommendations", "progress_reports", "recommendation_versions"), "true"),
    "event_outcomes": "t.event_id IN (SELECT id FROM above) OR t.recommendation_id IN (SELECT id FROM above)",
    "reform_rounds": "NOT EXISTS (SELECT FROM events e WHERE e.reform_id = t.reform_id AND e.round = t.number "
    "AND e.id NOT IN (SELECT id FROM above))",
    "people": _unknown("people"),
    "organizations": _unknown("organizations"),
    "person_names": f"t.kind IN ('alias', 'misspelling') OR {_unknown('people', 'person_id')}",
    "organization_names": f"t.kind IN ('alias', 'misspelling') OR {_unknown('organizations', 'organization_id')}",
    "search_entries": f"t.readers = 'SBU' OR t.kind = 'person' AND {_unknown('people', 'record_id')} "
    f"OR t.kind = 'organization' AND {_unknown('organizations', 'record_id')} "
    "OR t.kind IN ('event', 'recommendation') AND t.record_id IN (SELECT id FROM above) "
    f"OR t.kind = 'paragraph' AND substr(t.record_id, {len(CABLE) + 2}) {ABOVE}",
}
"""Conditions for rows `t` that depend on a paragraph that is not U. Written independently of the views."""
BY_COLUMN = {
    "reforms": {"name": "false", "summary": "true"},
    "header_fields": {"other_value": "t.other_marking <> 'U'", "other_origin": "t.other_marking <> 'U'"},
}
WITHOUT_TEXT = {"changes", "register"}
"""Tables of numbers and ids, which contain no text of ours."""


def marked_data(folder: Path) -> Path:
    """Copies the real data, with some paragraphs marked U in the stored copy. All other text keeps its position."""
    data = Path(shutil.copytree(DATA, folder / "data"))
    copy = data / "sources" / CABLE / "cable.txt"
    content = copy.read_bytes()
    old = hashlib.sha256(content).hexdigest()
    for label in OPEN:
        found = f"\n{label}. (SBU)".encode()
        assert found in content
        content = content.replace(found, f"\n{label}. (U)  ".encode(), 1)
    copy.write_bytes(content)
    manifest = copy.with_name("manifest.yaml")
    new = hashlib.sha256(content).hexdigest()
    manifest.write_text(manifest.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")
    return data


def load_marked(engine: Engine, folder: Path) -> None:
    ingest(engine, marked_data(folder))


def plant(engine: Engine) -> tuple[dict[str, str], dict[str, str]]:
    """Writes the marker words into the register. Returns those of SBU rows and those of U rows, by column."""
    dark, bright = {}, {}
    with engine.begin() as connection:
        _free(connection)
        targets = [(table, column) for table in AT_U if table not in WITHOUT_TEXT for column in _texts(table)]
        # Rows are selected before a name is changed.
        for number, (table, column) in enumerate(targets):
            condition = BY_COLUMN.get(table, {}).get(column) or SECRET[table]
            dark[f"{table}.{column}"], bright[f"{table}.{column}"] = f"zqdark{number}x", f"zqbright{number}x"
            value = f"CASE WHEN {condition} THEN 'zqdark{number}x' ELSE 'zqbright{number}x' END"
            grown = f"t.{column} || ' ' || {value}"
            if column == "notes":
                note = f"jsonb_build_object('quote', {value}, 'ranges', '[]'::jsonb)"
                grown = f"t.notes || jsonb_build_array({note})"
            connection.execute(text(f"UPDATE {table} t SET {column} = {grown} WHERE t.{column} IS NOT NULL"))
    return dark, bright


def above(engine: Engine) -> dict[str, list[str]]:
    """Returns the ids of the records that depend on a paragraph above U, by table."""
    tables = (*RECORDS, "people", "organizations")
    with engine.begin() as connection:
        _free(connection)
        return {
            table: list(connection.scalars(text(f"SELECT t.id FROM {table} t WHERE {SECRET[table]} ORDER BY t.id")))
            for table in tables
        }


def _free(connection: Connection) -> None:
    """Disables triggers and CHECKs. Creates `above`, a temporary table of records that cite paragraphs above U."""
    connection.execute(text("SET LOCAL session_replication_role = replica"))
    for table in Base.metadata.tables.values():
        for check in table.constraints:
            if isinstance(check, CheckConstraint):
                connection.execute(text(f"ALTER TABLE {table.name} DROP CONSTRAINT IF EXISTS {check.name}"))
    connection.execute(
        text(
            "CREATE TEMP TABLE above ON COMMIT DROP AS SELECT DISTINCT split_part(id, ':', 1) AS id FROM anchors "
            f"WHERE paragraph {ABOVE}"
        )
    )


def _texts(name: str) -> list[str]:
    """Returns the columns with text of a source or of ours: no ids, no enum values, no computed columns."""
    table: Any = Base.metadata.tables[name]
    listed = {str(check.name).removeprefix(f"ck_{name}_") for check in table.constraints if check.name}
    plain = [
        column.name
        for column in table.columns
        if isinstance(column.type, Text)
        and not column.primary_key
        and not column.foreign_keys
        and column.computed is None
        and f"{column.name}_is_a_word" not in listed
        and column.name not in {"date", "paragraph", "part_of"}
    ]
    return [*plain, *(["name"] if name.endswith("_names") else []), *(["notes"] if name == "paragraphs" else [])]


def places(path: str, values: dict[str, list[str]]) -> Iterator[str]:
    """Yields the addresses of a path, with every value for each of its parameters."""
    name, *_ = [*re.findall(r"{(\w+)}", path), None]
    if name is None:
        yield path
        return
    for value in values[name]:
        yield from places(path.replace(f"{{{name}}}", value), values)
