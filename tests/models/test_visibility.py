"""Visibility and counts: after any writes by several writers at once, each row has its level, and each count is right."""

import random
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest
from psycopg import sql

from app.core.db import admin_engine
from app.core.migrations import upgrade
from app.models import Base
from app.models.clearance import FEED_FILTERS, READABLE
from app.models.count_triggers import count_statement
from app.models.visibility import CAUSES, RULES
from app.models.visibility_triggers import columns_of
from tests.fixtures.followup import insert_followup
from tests.fixtures.markings import load_marked

WRITERS = 4
WRITES = 500
"""Writes of each writer."""
RETRIED = (psycopg.errors.DeadlockDetected, psycopg.errors.LockNotAvailable, psycopg.errors.SerializationFailure)
REVISED = "number, title, publication, marking, authors, persons, reviewer, reviewer_person, recorded_at"
PUBLISHED = "'published', {marking}, '{{key:a}}', '{{a}}', 'key:b', 'b', now()"
WRITES_BY_KIND: dict[str, tuple[str, ...]] = {
    "a paragraph gets another marking": ("UPDATE paragraphs SET marking = {marking} WHERE label = {label}",),
    "a cable gets or loses a doubt": (
        "UPDATE cables SET source_marking = 'SBU', doubts = {small} - 1 WHERE id = (SELECT min(id) FROM cables)",
    ),
    "a copy is U, or not": (
        "UPDATE cables SET source_marking = 'U' WHERE marking = 'U' AND doubts = 0",
        "UPDATE cables SET source_marking = 'SBU'",
        "UPDATE cables SET marking = 'U', source_marking = 'U' WHERE doubts = 0",
    ),
    "a heading gets another marking": ("UPDATE sections SET marking = {marking} WHERE ordinal = {small}",),
    "a paragraph moves to another section": (
        "UPDATE paragraphs SET section = (SELECT ordinal FROM sections ORDER BY random() LIMIT 1) WHERE label = {label}",
    ),
    "a recommendation is withdrawn, or published": (
        "UPDATE recommendations SET publication = 'withdrawn' WHERE id = {ask}",
        "UPDATE recommendations SET publication = 'published' WHERE publication = 'withdrawn'",
    ),
    "a recommendation rests on a further passage": (
        "UPDATE recommendations SET lead_in_anchor_id = {anchor} WHERE id = {ask}",
        "UPDATE recommendations SET lead_in_anchor_id = NULL WHERE id = {ask}",
    ),
    "somebody is named, or no longer": (
        "INSERT INTO recommendation_bodies SELECT {ask}, {organization} ON CONFLICT DO NOTHING",
        "DELETE FROM recommendation_bodies WHERE organization_id = {organization}",
        "DELETE FROM recommendation_proposers WHERE recommendation_id = {ask}",
        (
            "INSERT INTO recommendation_proposers (recommendation_id, ordinal, person_id, organization_id) "
            "SELECT {ask}, 90 + {small}, {person}, {organization} ON CONFLICT DO NOTHING"
        ),
        (
            "UPDATE recommendation_proposers SET person_id = {person}, on_behalf_of_id = {organization} "
            "WHERE recommendation_id = {ask}"
        ),
        "DELETE FROM statistic_speakers WHERE statistic_id = {statistic}",
        "UPDATE participations SET person_id = {person} WHERE id = {participation}",
        "UPDATE events SET body_id = {organization} WHERE id = {event}",
        "UPDATE roundtables SET host_id = {organization}",
    ),
    "a recommendation is counted elsewhere": (
        "UPDATE recommendations SET certainty = 'implied' WHERE id = {ask}",
        "UPDATE recommendations SET panel_id = (SELECT min(id) FROM panels) WHERE id = {ask}",
        "UPDATE recommendations SET panel_id = NULL WHERE panel_id = (SELECT max(id) FROM panels)",
        "UPDATE panels SET number = number + 20 * {small} WHERE id = (SELECT id FROM panels ORDER BY random() LIMIT 1)",
        "INSERT INTO recommendation_targets SELECT {ask}, {target} ON CONFLICT DO NOTHING",
        "DELETE FROM recommendation_targets WHERE recommendation_id = {ask} AND target = {target}",
        "UPDATE recommendation_targets SET target = {target} WHERE recommendation_id = {ask}",
        "INSERT INTO recommendation_topics SELECT {ask}, 'customs', 90 ON CONFLICT DO NOTHING",
        "DELETE FROM recommendation_topics WHERE recommendation_id = {ask}",
        "INSERT INTO recommendation_addressees SELECT {ask}, {organization}, 'named' ON CONFLICT DO NOTHING",
        "DELETE FROM recommendation_addressees WHERE organization_id = {organization}",
    ),
    "a record is deleted": (
        "DELETE FROM participations WHERE id = {participation}",
        "DELETE FROM event_outcomes WHERE event_id = {event}",
        "DELETE FROM recommendation_relations WHERE recommendation_id = {ask}",
    ),
    "a record is related to another": (
        "INSERT INTO recommendation_relations SELECT {ask}, {ask}, 'related' ON CONFLICT DO NOTHING",
        "INSERT INTO event_outcomes SELECT {event}, {ask}, 'Later.' ON CONFLICT DO NOTHING",
        "INSERT INTO event_conflicts SELECT {event}, {event} ON CONFLICT DO NOTHING",
    ),
    "an event cites something else": (
        "UPDATE events SET anchor_id = NULL, source_id = (SELECT min(id) FROM sources) WHERE id = {event}",
        "UPDATE events SET anchor_id = {anchor}, source_id = NULL WHERE id = {event}",
    ),
    "a record cites another passage": (
        "UPDATE statistics SET lead_in_anchor_id = {anchor} WHERE id = {statistic}",
        "UPDATE concerns SET anchor_id = {anchor} WHERE id = (SELECT min(id) FROM concerns)",
        "UPDATE panels SET anchor_id = {anchor} WHERE number = {small}",
        "UPDATE roundtables SET attendance_anchor_id = {anchor}",
    ),
    "an assessment is published": (
        (
            "INSERT INTO assessments (id, recommendation_id, aspect, number, value, source_words, publication, marking, "
            "authors, persons, recorded_at) SELECT format('%%s:%%s:%%s', r, a, n), r, a, n, v, 'A letter', 'published', "
            "{marking}, '{{key:a}}', '{{a}}', now() FROM (SELECT {ask} AS r) x, "
            "(VALUES ('position', 'noted'), ('implementation', 'in_progress'), ('state', 'open_unresolved')) y (a, v), "
            "LATERAL (SELECT coalesce(max(number), 0) + 1 AS n FROM assessments z WHERE z.recommendation_id = r AND z.aspect = a) w"
        ),
    ),
    "a draft of an assessment is published": (
        (
            "UPDATE assessments SET publication = 'published', recorded_at = now(), marking = {marking} "
            "WHERE id = (SELECT id FROM assessments WHERE recorded_at IS NULL LIMIT 1)"
        ),
    ),
    "an action is published, changed and withdrawn": (
        (
            "WITH made AS (INSERT INTO actions (id) SELECT 'ACT-' || (5000 + (random() * 4000)::int) "
            f"RETURNING id) INSERT INTO action_revisions (action_id, {REVISED}) SELECT id, 1, 'A letter', {PUBLISHED} FROM made"
        ),
        (
            "UPDATE actions SET current = 1 WHERE id = {action} AND EXISTS "
            "(SELECT FROM action_revisions x WHERE x.action_id = actions.id AND x.number = 1 AND x.recorded_at IS NOT NULL)"
        ),
        f"INSERT INTO action_revisions (action_id, {REVISED}) SELECT {{action}}, 2, 'A letter', {PUBLISHED}",
        (
            "UPDATE actions SET current = 2 WHERE id = {action} AND EXISTS "
            "(SELECT FROM action_revisions x WHERE x.action_id = actions.id AND x.number = 2)"
        ),
        "UPDATE actions SET withdrawn_at = now() WHERE id = {action} AND {small} = 1",
        (
            "INSERT INTO action_recommendations SELECT action_id, number, {ask} FROM action_revisions WHERE recorded_at IS NULL "
            "ON CONFLICT DO NOTHING"
        ),
    ),
    "a report is published": (
        (
            "UPDATE progress_report_revisions SET publication = 'published', recorded_at = now(), marking = {marking}, "
            "reviewer = 'key:b', reviewer_person = 'b' WHERE recorded_at IS NULL AND report_id = {report}"
        ),
        (
            "UPDATE progress_reports SET current = 1 WHERE id = {report} AND EXISTS (SELECT FROM progress_report_revisions x "
            "WHERE x.report_id = progress_reports.id AND x.recorded_at IS NOT NULL)"
        ),
    ),
    "an entry of the search is made anew": (
        "DELETE FROM search_entries WHERE record_id = {ask}",
        (
            "INSERT INTO search_entries (record_id, kind, readers, url, publication, targets, topics, title, body, context) "
            "SELECT id, 'recommendation', (ARRAY['U', 'SBU', 'all'])[{small}], '/', publication, '{{}}', '{{}}', 'a', 'b', 'c' "
            "FROM recommendations WHERE id = {ask} ON CONFLICT DO NOTHING"
        ),
    ),
    "a law gets another name": (
        "UPDATE reform_rounds SET name = name || ' ' WHERE reform_id = (SELECT min(reform_id) FROM reform_rounds)",
        "UPDATE people SET name = name || ' ' WHERE id = {person}",
    ),
}

RARE = {"a cable gets or loses a doubt": 0.2}
"""Weights of writes that change the level of every row of a cable."""


def _some(table: str, column: str = "id") -> str:
    return f"(SELECT {column} FROM {table} ORDER BY random() LIMIT 1)"


PIECES = {
    "ask": _some("recommendations"),
    "anchor": _some("anchors"),
    "organization": _some("organizations"),
    "person": _some("people"),
    "statistic": _some("statistics"),
    "participation": _some("participations"),
    "event": _some("events"),
    "action": _some("actions"),
    "report": _some("progress_reports"),
    "label": _some("paragraphs", "label"),
    "marking": "(ARRAY['U', 'SBU'])[1 + (random() * 1)::int]",
    "target": "(ARRAY['embassy', 'usg', 'china'])[1 + (random() * 2)::int]",
    "small": "(1 + (random() * 2)::int)",
}


@pytest.fixture(scope="module")
def url(server_url: str, tmp_path_factory: pytest.TempPathFactory) -> str:
    with psycopg.connect(server_url, autocommit=True) as connection:
        connection.execute('CREATE DATABASE "visibility"')
    url = server_url.replace("/roundtable?", "/visibility?")
    upgrade(url)
    engine = admin_engine(url)
    load_marked(engine, tmp_path_factory.mktemp("visibility"))
    engine.dispose()
    insert_followup(url)
    return url


def wrong(url: str) -> dict[str, list[str]]:
    """Returns the rows whose stored level is not that of their rule, by table."""
    found = {}
    with psycopg.connect(url) as connection:
        for table in RULES:
            rows = connection.execute(
                sql.SQL("SELECT t::text FROM {} t WHERE t.visible_from <> {}(t)").format(
                    sql.Identifier(table), sql.Identifier(f"visibility_of_{table}")
                )
            ).fetchall()
            if rows:
                found[table] = [row[0][:200] for row in rows[:3]]
        assessed = connection.execute(
            "SELECT r.id FROM recommendations r, LATERAL assessed_at_u(r.id) s WHERE (r.position_at_u, r.state_at_u, "
            "r.implementation_at_u, r.position_assessment_id_at_u) IS DISTINCT FROM (s.position_at_u, s.state_at_u, "
            "s.implementation_at_u, s.position_assessment_id_at_u)"
        ).fetchall()
        if assessed:
            found["assessed"] = [row[0] for row in assessed]
        held = "SELECT readers, facet, key, count::bigint FROM recommendation_counts WHERE count <> 0"
        different = connection.execute(
            f"(({held}) EXCEPT ({count_statement()})) UNION ALL (({count_statement()}) EXCEPT ({held}))".encode()
        ).fetchall()
        if different:
            found["counts"] = [str(row) for row in different[:5]]
    return found


def write(url: str, seed: int) -> dict[str, int]:
    """Runs random writes. Returns the number of successful ones, by kind."""
    chance = random.Random(seed)  # noqa: S311 - a reproducible series of writes
    done = dict.fromkeys(WRITES_BY_KIND, 0)
    with psycopg.connect(url) as connection:
        connection.execute("SET statement_timeout = '30s'")
        # Deadlocks are found at once, instead of after a second.
        connection.execute("SET deadlock_timeout = '10ms'")
        connection.commit()
        for _ in range(WRITES):
            (kind,) = chance.choices(list(WRITES_BY_KIND), [RARE.get(kind, 1) for kind in WRITES_BY_KIND])
            statements = chance.choices(WRITES_BY_KIND[kind], k=chance.randint(1, 2))
            try:
                for statement in statements:
                    connection.execute(statement.format(**PIECES).replace("%%", "%").encode())
                connection.commit()
                done[kind] += 1
            except (psycopg.errors.IntegrityError, *RETRIED):
                # A constraint refused it, or another writer was in the way: nothing of it remains.
                connection.rollback()
    return done


def test_every_row_has_its_level_after_any_writes(url: str) -> None:
    assert wrong(url) == {}
    with psycopg.connect(url) as connection:
        for table in (
            "paragraphs",
            "anchors",
            "recommendations",
            "people",
            "organizations",
            "search_entries",
            "actions",
        ):
            levels = connection.execute(sql.SQL("SELECT DISTINCT visible_from FROM {}").format(sql.Identifier(table)))
            assert len(levels.fetchall()) > 1, table
    with ThreadPoolExecutor(WRITERS) as pool:
        done = list(pool.map(lambda seed: write(url, seed), range(WRITERS)))
    assert wrong(url) == {}
    assert all(sum(one[kind] for one in done) for kind in WRITES_BY_KIND), done


def test_every_table_for_readers_has_a_rule() -> None:
    assert set(RULES) | set(FEED_FILTERS) == set(READABLE)
    with_level = {name for name, table in Base.metadata.tables.items() if "visible_from" in table.columns}
    assert with_level == set(RULES)


def test_every_table_that_a_rule_reads_is_a_cause_of_it() -> None:
    """The rule of a table names the tables that it reads; each must have a trigger that leads back to it."""
    for table, rule in RULES.items():
        read = {name for name in Base.metadata.tables if f"public.{name} " in rule} - {table}
        led = {cause.source for cause in CAUSES if cause.table == table}
        # Words of an ask are reached by its anchors; current revisions by their own cause.
        assert read <= led, (table, read - led)


def test_no_writer_sets_a_level(url: str) -> None:
    """Whatever a writer puts into the column, the trigger puts the level of the rule there."""
    with psycopg.connect(url) as connection:
        connection.execute("SET ROLE roundtable_writer")
        connection.execute("UPDATE recommendations SET visible_from = 'u'")
        connection.execute("UPDATE recommendation_bodies SET visible_from = 'u'")
        connection.commit()
    assert wrong(url) == {}


def test_the_columns_of_a_rule_are_those_of_its_row() -> None:
    for table, rule in RULES.items():
        assert set(columns_of(rule)) <= set(Base.metadata.tables[table].columns.keys()), table
