"""Change feed: a copy maintained by changes alone equals the register, for any writer, order and day."""

import json
import random
import threading
from base64 import urlsafe_b64decode
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import DBAPIError

from app.core.cursors import SIGNATURE_BYTES, encode_cursor
from app.ingest.pipeline import ingest
from app.vocabulary import Collection
from tests.conftest import cursor_key
from tests.fixtures.followup import insert_followup

Copy = dict[str, dict[str, Any]]
ASK = "07BEIJING7192-R003"


@pytest.fixture
def scratch_url(copy_database: Callable[[str], str], request: pytest.FixtureRequest) -> str:
    insert_followup(url := copy_database(f"scratch_{abs(hash(request.node.nodeid)):x}"))
    return url


class Follower:
    """A client that maintains a copy of the register by its change feed."""

    def __init__(self, client: httpx.Client, **asked: Any) -> None:
        self.client = client
        self.asked = asked
        self.since = ""
        self.copy: Copy = {}

    def follow(self, *, limit: int = 200) -> list[tuple[str, str]]:
        """Applies all new changes. Returns their collections and ids in order."""
        changed = []
        while True:
            params = {**self.asked, "limit": limit, **({"since": self.since} if self.since else {})}
            answer = self.client.get("/v1/changes", params=params)
            assert answer.status_code == 200, answer.text
            page = answer.json()
            assert len(page["items"]) <= limit
            for change in page["items"]:
                changed.append((change["collection"], change["id"]))
                assert change["removed"] == (change["record"] is None)
                records = self.copy.setdefault(change["collection"], {})
                if change["removed"]:
                    records.pop(change["id"], None)
                else:
                    records[change["id"]] = change["record"]
            self.since = page["next_since"]
            if not page["has_more"]:
                return changed


def exported(client: httpx.Client) -> Copy:
    def key(record: dict[str, Any]) -> str:
        if "label" in record:
            return f"{record['cable_id']}-{record['label']}"
        return str(record.get("id") or record["slug"])

    whole = {}
    for collection in Collection:
        lines = client.get(f"/v1/exports/{collection.replace('_', '-')}.jsonl").text.splitlines()
        whole[collection.value] = {key(record): record for record in map(json.loads, lines)}
    return whole


def assert_equal(copy: Copy, whole: Copy) -> None:
    for collection, records in whole.items():
        copied = copy[collection]
        assert copied.keys() == records.keys(), collection
        for record_id, record in records.items():
            assert copied[record_id] == record, (collection, record_id)


def change(engine: Engine, statement: str, **values: Any) -> None:
    with engine.begin() as connection:
        connection.execute(text(statement), values)


def test_a_copy_from_the_beginning_is_the_register(client: httpx.Client) -> None:
    follower = Follower(client)
    changed = follower.follow(limit=37)
    assert len(changed) == len(set(changed))
    assert_equal(follower.copy, exported(client))
    assert follower.follow() == []


# Writes: one statement for each kind of row of a record. Values in braces are drawn from the data.
WRITES = [
    "UPDATE recommendations SET text = text || ' {word}' WHERE id = '{recommendations}'",
    "UPDATE recommendations SET publication = '{publication}' WHERE id = '{recommendations}' AND publication <> '{publication}'",
    "UPDATE recommendations SET publication = 'published' WHERE publication <> 'published'",
    "UPDATE recommendations SET panel_id = '{panels}', updated_at = now() WHERE id = '{recommendations}'",
    "DELETE FROM recommendation_targets WHERE recommendation_id = '{recommendations}'",
    "INSERT INTO recommendation_targets VALUES ('{recommendations}', '{target}')",
    "DELETE FROM recommendation_topics WHERE recommendation_id = '{recommendations}' AND topic = '{topic}'",
    "INSERT INTO recommendation_topics VALUES ('{recommendations}', '{topic}', 9)",
    "INSERT INTO recommendation_addressees VALUES ('{recommendations}', '{organizations}', 'inferred')",
    "DELETE FROM recommendation_addressees WHERE organization_id = '{organizations}'",
    "INSERT INTO recommendation_bodies VALUES ('{recommendations}', '{organizations}')",
    "DELETE FROM recommendation_bodies WHERE recommendation_id = '{recommendations}'",
    "INSERT INTO recommendation_reforms VALUES ('{recommendations}', '{reforms}')",
    "DELETE FROM recommendation_reforms WHERE reform_id = '{reforms}'",
    "INSERT INTO recommendation_relations VALUES ('{recommendations}', '{others}', 'related')",
    "DELETE FROM recommendation_relations WHERE other_id = '{recommendations}'",
    "UPDATE recommendation_proposers SET person_id = '{people}' WHERE recommendation_id = '{recommendations}'",
    "UPDATE recommendation_proposers SET on_behalf_of_id = '{organizations}' WHERE recommendation_id = '{recommendations}'",
    "DELETE FROM recommendation_proposers WHERE recommendation_id = '{recommendations}'",
    "UPDATE organizations SET name = name || ' {word}' WHERE id = '{organizations}'",
    "UPDATE organizations SET part_of = '{others}' WHERE id = '{organizations}'",
    "UPDATE organizations SET kind = 'company' WHERE id = '{organizations}'",
    "INSERT INTO organization_names VALUES ('{organizations}', '{word}', 'alias', 9)",
    "DELETE FROM organization_names WHERE organization_id = '{organizations}' AND kind = 'alias'",
    "UPDATE people SET name = name || ' {word}' WHERE id = '{people}'",
    "INSERT INTO person_names VALUES ('{people}', '{word}', 'misspelling', 9)",
    "INSERT INTO people VALUES ('{word}', 'New')",
    "DELETE FROM people WHERE name = 'New'",
    "UPDATE participations SET title = '{word}', person_id = '{people}' WHERE id = '{participations}'",
    "UPDATE participations SET panel_id = '{panels}', organization_id = '{organizations}' WHERE id = '{participations}'",
    "DELETE FROM participations WHERE id = '{participations}'",
    "UPDATE panels SET title = title || ' {word}' WHERE id = '{panels}'",
    "UPDATE panels SET number = number + 20 WHERE id = '{panels}'",
    "UPDATE panel_sessions SET name = '{word}'",
    "UPDATE panel_paragraphs SET panel_id = '{panels}', session = NULL WHERE paragraph = '{labels}'",
    "UPDATE roundtables SET theme = '{word}', host_id = '{organizations}'",
    "UPDATE follow_ups SET text = '{word}'",
    "UPDATE follow_up_bodies SET organization_id = '{organizations}' WHERE ordinal = 1",
    "UPDATE events SET text = '{word}' WHERE id = '{events}'",
    "UPDATE events SET latest = latest + 40, body_id = '{organizations}' WHERE id = '{events}'",
    "UPDATE events SET stage = '{stage}' WHERE id = '{events}' AND stage IS NOT NULL",
    "UPDATE events SET fulfilled_by_id = '{others}' WHERE id = '{events}'",
    "UPDATE events SET known_from = '2027-03-01' WHERE id = '{events}'",
    "DELETE FROM events WHERE id = '{events}'",
    "INSERT INTO event_sources VALUES ('{events}', '{sources}', 9)",
    "DELETE FROM event_sources WHERE event_id = '{events}'",
    "INSERT INTO event_conflicts VALUES ('{events}', '{others}')",
    "INSERT INTO event_outcomes VALUES ('{events}', '{recommendations}', '{word}')",
    "DELETE FROM event_outcomes WHERE recommendation_id = '{recommendations}'",
    "UPDATE sources SET title = '{word}' WHERE id = '{sources}'",
    "UPDATE reforms SET summary = '{word}' WHERE id = '{reforms}'",
    "UPDATE reform_rounds SET name = '{word}' WHERE reform_id = '{reforms}'",
    "UPDATE statistics SET what = '{word}' WHERE id = '{statistics}'",
    """WITH gone AS (DELETE FROM statistic_speakers WHERE statistic_id = '{statistics}')
    DELETE FROM statistics WHERE id = '{statistics}'""",
    "UPDATE statistic_speakers SET organization_id = '{organizations}' WHERE statistic_id = '{statistics}'",
    "UPDATE header_fields SET other_value = '{word}', other_origin = '{word}' WHERE ordinal = {digit}",
    "UPDATE damages SET detail = '{word}' WHERE ordinal = {digit}",
    "UPDATE readings SET note = '{word}' WHERE ordinal = {digit}",
    """UPDATE sections SET ranges = int4multirange(int4range(lower(ranges), lower(ranges) + 5)), heading = spelled(
    (SELECT text FROM witnesses w WHERE w.cable_id = sections.cable_id), int4multirange(int4range(lower(ranges), lower(ranges) + 5))) WHERE ordinal = {digit}""",
    "UPDATE paragraphs SET marking = CASE marking WHEN 'U' THEN 'SBU' ELSE 'U' END WHERE label = '{labels}'",
    "UPDATE paragraphs SET section = {digit} WHERE label = '{labels}'",
    """UPDATE anchors SET ranges = int4multirange(int4range(lower(ranges), lower(ranges) + 5)), quote = spelled(
    (SELECT text FROM witnesses w WHERE w.cable_id = anchors.cable_id), int4multirange(int4range(lower(ranges), lower(ranges) + 5))) WHERE id = '{anchors}'""",
    """UPDATE anchors SET paragraph = p.label, ranges = moved, quote = spelled(w.text, moved) FROM paragraphs p,
    witnesses w, LATERAL (SELECT int4multirange(int4range(lower(p.ranges), lower(p.ranges) + 9)) AS moved) m
    WHERE p.label = '{labels}' AND p.cable_id = anchors.cable_id AND w.cable_id = anchors.cable_id
    AND anchors.id = '{recommendations}:quote'""",
    "UPDATE cables SET originator = '{word}'",
    """WITH r AS (UPDATE recommendations SET state = 'open_unresolved', position = 'none', position_anchor_id = NULL,
    position_assessment_id = id || ':position:1' WHERE id = '{recommendations}' AND NOT EXISTS
    (SELECT FROM assessments a WHERE a.recommendation_id = '{recommendations}') RETURNING id)
    INSERT INTO assessments (id, recommendation_id, aspect, number, value, source_words, publication, authors, persons,
    recorded_at) SELECT id || ':position:1', id, 'position', 1, 'none', '{word}', 'published', '{{x}}', '{{x}}', now() FROM r""",
    "UPDATE actions SET current = NULL WHERE id = '{actions}' AND current IS NOT NULL",
    "UPDATE actions SET current = 1 WHERE id = '{actions}'",
    "UPDATE actions SET withdrawn_at = now() WHERE id = '{actions}'",
    "UPDATE actions SET withdrawn_at = NULL WHERE id = '{actions}' AND withdrawn_at IS NOT NULL",
    "UPDATE actions SET carried_from = 'ACT-0007' WHERE id = '{actions}' AND id <> 'ACT-0007'",
    "UPDATE action_revisions SET title = '{word}' WHERE action_id = '{actions}' AND recorded_at IS NULL",
    "INSERT INTO action_recommendations VALUES ('{actions}', 1, '{recommendations}')",
    "DELETE FROM action_recommendations WHERE action_id = '{actions}'",
    "UPDATE progress_reports SET current = 1 WHERE id = '{progress_reports}'",
    "UPDATE progress_reports SET withdrawn_at = now() WHERE id = '{progress_reports}'",
    "UPDATE progress_reports SET action_id = '{actions}' WHERE id = '{progress_reports}'",
    "UPDATE progress_report_revisions SET text = '{word}' WHERE report_id = '{progress_reports}' AND recorded_at IS NULL",
]
TABLES = (
    "recommendations", "organizations", "people", "panels", "participations", "events", "sources", "reforms",
    "statistics", "anchors", "actions", "progress_reports",
)  # fmt: skip


class Writer:
    """Changes the register at random, with a fixed seed."""

    def __init__(self, connection: Connection, seed: int) -> None:
        self.connection = connection
        self.draw = random.Random(seed)  # nothing secret  # noqa: S311 # nothing secret
        self.names = {
            table: list(connection.scalars(text(f"SELECT id FROM {table} ORDER BY id"))) for table in TABLES
        } | {
            "labels": list(connection.scalars(text("SELECT label FROM paragraphs ORDER BY label"))),
            "publication": ["published", "draft", "in_review", "returned", "withdrawn"],
            "target": ["embassy", "usg", "china", "industry"],
            "topic": ["patent", "customs", "training", "internet"],
            "stage": ["adopted", "promulgated", "effective", "returned", "public_comment"],
        }
        connection.commit()

    def write(self, statement: str = "") -> str:
        """Draws a statement, or the values of the given one, until the database accepts it and a row changes."""
        requested = statement
        for _ in range(2_000):
            statement = requested or self.draw.choice(WRITES)
            kind = next((table for table in TABLES if f"{{{table}}}" in statement), "organizations")
            drawn = {name: self.draw.choice(words) for name, words in self.names.items()}
            drawn |= {"others": self.draw.choice(self.names[kind]), "word": f"w{self.draw.randrange(10**9)}"}
            try:
                with self.connection.begin():
                    done = self.connection.execute(text(statement.format(**drawn, digit=self.draw.randrange(20))))
                    if done.rowcount:
                        return statement
            except DBAPIError:
                continue
        raise AssertionError(f"nothing to change by {requested}")


def test_a_copy_maintained_by_changes_equals_the_register_after_1000_changes(
    scratch_client: httpx.Client, scratch_engine: Engine
) -> None:
    follower = Follower(scratch_client)
    follower.follow()
    with scratch_engine.connect() as connection:
        writer = Writer(connection, seed=7192)
        written = set()
        for limit in (7, 50, 200, 50):
            written |= {writer.write() for _ in range(250)}
            follower.follow(limit=limit)
            assert_equal(follower.copy, exported(scratch_client))
    assert len(written) > len(WRITES) * 0.85


def test_each_kind_of_write_appears_in_the_change_feed(scratch_client: httpx.Client, scratch_engine: Engine) -> None:
    """One at a time, so that each write is reported by its own trigger and not only with the next one."""
    follower = Follower(scratch_client)
    follower.follow()
    with scratch_engine.connect() as connection:
        writer = Writer(connection, seed=2007)
        for statement in WRITES:
            writer.write(statement)
            follower.follow()
            assert_equal(follower.copy, exported(scratch_client))


def test_a_change_that_is_committed_late_is_not_lost(scratch_client: httpx.Client, scratch_engine: Engine) -> None:
    follower = Follower(scratch_client)
    follower.follow()
    with scratch_engine.connect() as late:
        late.execute(text(f"UPDATE recommendations SET text = 'Late.' WHERE id = '{ASK}'"))
        for number in (4, 5):
            other = f"07BEIJING7192-R00{number}"
            change(scratch_engine, f"UPDATE recommendations SET text = 'Soon.' WHERE id = '{other}'")
            assert follower.follow() == [("recommendations", other)]
        late.commit()
    assert follower.follow() == [("recommendations", ASK)]
    assert_equal(follower.copy, exported(scratch_client))


def test_nothing_is_lost_among_many_writers(scratch_client: httpx.Client, scratch_engine: Engine) -> None:
    follower = Follower(scratch_client)
    follower.follow()

    def write(seed: int) -> None:
        with scratch_engine.connect() as connection:
            writer = Writer(connection, seed)
            for _ in range(30):
                writer.write()

    writers = [threading.Thread(target=write, args=(seed,)) for seed in range(6)]
    for writer in writers:
        writer.start()
    while any(writer.is_alive() for writer in writers):
        follower.follow(limit=10)
    follower.follow()
    assert_equal(follower.copy, exported(scratch_client))


def test_a_reload_of_unchanged_data_reports_no_change(
    scratch_client: httpx.Client, scratch_engine: Engine, common_folder: Path
) -> None:
    follower = Follower(scratch_client)
    follower.follow()
    assert ingest(scratch_engine, common_folder).tally.changed == 0
    change(scratch_engine, f"UPDATE recommendations SET text = text WHERE id = '{ASK}'")
    assert follower.follow() == []


def test_a_rolled_back_change_is_not_reported(scratch_client: httpx.Client, scratch_engine: Engine) -> None:
    follower = Follower(scratch_client)
    follower.follow()
    with scratch_engine.connect() as connection:
        connection.execute(text("UPDATE recommendations SET text = 'Never said.'"))
        connection.rollback()
    assert follower.follow() == []


@pytest.mark.parametrize("state", ["draft", "in_review", "returned"])
def test_drafts_do_not_appear_in_the_change_feed(
    scratch_client: httpx.Client, scratch_engine: Engine, state: str
) -> None:
    follower = Follower(scratch_client)
    follower.follow()
    change(scratch_engine, f"UPDATE recommendations SET publication = '{state}' WHERE id = '{ASK}'")
    assert ("recommendations", ASK) in follower.follow()
    assert ASK not in follower.copy["recommendations"]
    change(scratch_engine, f"UPDATE recommendations SET text = 'A draft.' WHERE id = '{ASK}'")
    change(scratch_engine, f"DELETE FROM recommendation_topics WHERE recommendation_id = '{ASK}'")
    assert follower.follow() == []
    change(scratch_engine, f"UPDATE recommendations SET publication = 'published' WHERE id = '{ASK}'")
    follower.follow()
    assert follower.copy["recommendations"][ASK]["text"] == "A draft."


def test_only_the_collections_asked_for(scratch_client: httpx.Client, scratch_engine: Engine) -> None:
    follower = Follower(scratch_client, collection=["events", "people"])
    assert {collection for collection, _ in follower.follow()} == {"events", "people"}
    change(scratch_engine, f"UPDATE recommendations SET text = 'Changed.' WHERE id = '{ASK}'")
    assert follower.follow() == []
    narrower = scratch_client.get("/v1/changes", params={"since": follower.since, "collection": "events"})
    assert (narrower.status_code, narrower.json()["code"]) == (422, "invalid-cursor")
    unknown = scratch_client.get("/v1/changes", params={"collection": "laws"})
    assert unknown.status_code == 422
    assert "recommendations" in unknown.text


def opened(since: str) -> list[Any]:
    parts: list[Any] = json.loads(urlsafe_b64decode(since + "=" * (-len(since) % 4))[SIGNATURE_BYTES:])
    return parts


def encoded(url: str, parts: Any) -> str:
    return encode_cursor(json.dumps(parts), key=cursor_key(url), bound_to="changes|")


@pytest.fixture
def expectations(scratch_engine: Engine) -> list[str]:
    """Three expectations whose last day was yesterday: pending at its end, not met today."""
    yesterday = datetime.now(UTC).date() - timedelta(days=1)
    with scratch_engine.begin() as connection:
        ids = list(connection.scalars(text("SELECT id FROM events WHERE kind = 'expected' ORDER BY id LIMIT 3")))
        connection.execute(
            text("UPDATE events SET latest = :day, earliest = NULL, fulfilled_by_id = NULL WHERE id = ANY(:ids)"),
            {"day": yesterday, "ids": ids},
        )
    return ids


@pytest.mark.parametrize("limit", [1, 2, 200])
def test_a_new_day_adds_its_changes_to_the_feed(
    scratch_client: httpx.Client, scratch_url: str, expectations: list[str], limit: int
) -> None:
    follower = Follower(scratch_client)
    follower.follow()
    parts = opened(follower.since)
    assert parts[2] == datetime.now(UTC).date().isoformat()
    for record_id in expectations:
        follower.copy["events"][record_id]["outcome"] = "pending"
    parts[2] = (datetime.now(UTC).date() - timedelta(days=1)).isoformat()
    follower.since = encoded(scratch_url, parts)
    changed = follower.follow(limit=limit)
    assert {("events", record_id) for record_id in expectations} <= set(changed)
    assert ("reforms", expectations[0].rpartition("-")[0]) in changed
    assert len(changed) == len(set(changed)) < 12
    assert {follower.copy["events"][record_id]["outcome"] for record_id in expectations} == {"not_met"}
    assert_equal(follower.copy, exported(scratch_client))
    assert follower.follow() == []


def test_a_place_in_another_register_is_too_old(
    client: httpx.Client, served_url: str, scratch_client: httpx.Client
) -> None:
    follower = Follower(client)
    follower.follow()
    parts = opened(follower.since)
    beyond = encoded(served_url, [parts[0], parts[1] + 10**6, *parts[2:]])
    elsewhere = encoded(served_url, ["another", *parts[1:]])
    for since in (beyond, elsewhere):
        answer = client.get("/v1/changes", params={"since": since})
        assert (answer.status_code, answer.json()["code"]) == (410, "too-old")
        assert "begin without it" in answer.text
    early = encoded(served_url, [parts[0], 1, *parts[2:]])
    assert scratch_client.get("/v1/changes", params={"since": early}).status_code == 200


def test_statements_do_not_grow_with_changes(client: httpx.Client, statements: list[str]) -> None:
    for limit in (50, 200):
        statements.clear()
        client.get("/v1/changes", params={"limit": limit, "collection": "recommendations"})
        assert len(statements) == 3
