"""Database constraints and triggers that reject writes from any program."""

from collections.abc import Callable, Iterator

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import DatabaseError

from app.core.db import admin_engine

A = "07BEIJING7192-R003"

NEW = (
    f"INSERT INTO assessments (id, recommendation_id, aspect, number, publication, value, source_words, authors, persons) "
    f"VALUES ('{A}:implementation:1', '{A}', 'implementation', 1, 'draft',"
)
REFUSED = {
    "a quote with a letter changed": "UPDATE anchors SET quote = 'Appoint' || substr(quote, 8) WHERE id = '{A}:quote'",
    "a range moved by one": "UPDATE anchors SET ranges = int4multirange(int4range(lower(ranges) + 1, upper(ranges) + 1)) "
    "WHERE id = '{A}:quote'",
    "a range outside its paragraph": "UPDATE anchors SET paragraph = '6' WHERE id = '{A}:quote'",
    "an anchor without words": "UPDATE anchors SET ranges = '{{}}', quote = '' WHERE id = '{A}:quote'",
    "a paragraph's text changed": "UPDATE paragraphs SET text = text || '.' WHERE label = '5'",
    "a paragraph cut short under its quotes": "UPDATE paragraphs SET ranges = int4multirange(int4range(lower(ranges), "
    "lower(ranges) + 9)), text = 'Waterman' WHERE label = '5'",
    "the witness changed": "UPDATE witnesses SET terms = 'ours'",
    "the witness deleted": "DELETE FROM witnesses",
    "a witness that is not its digest": "INSERT INTO witnesses SELECT 'x', cable_id, publisher, address, terms, "
    "repeat('0', 64), text FROM witnesses",
    "a misprint that does not stand there": "UPDATE readings SET original = 'Kongress' WHERE original = 'Congres'",
    "an unknown target": "INSERT INTO recommendation_targets VALUES ('{A}', 'moon')",
    "an unknown topic": "INSERT INTO recommendation_topics VALUES ('{A}', 'weather', 9)",
    "an unknown state": "UPDATE recommendations SET state = 'lost' WHERE id = '{A}'",
    "a position without its source": "UPDATE recommendations SET position = 'supported' WHERE id = '{A}'",
    "an implementation without its source": "UPDATE recommendations SET implementation = 'in_progress' WHERE id = '{A}'",
    "closed as implemented, not implemented": "UPDATE recommendations SET state = 'closed_implemented' WHERE id = '{A}'",
    "resolved without agreement": "UPDATE recommendations SET state = 'open_resolved' WHERE id = '{A}'",
    "closed as not implemented, unknown": "UPDATE recommendations SET state = 'closed_not_implemented' WHERE id = '{A}'",
    "the same words cited twice": "UPDATE recommendations SET anchor_id = '07BEIJING7192-R004:quote' WHERE id = '{A}'",
    "a relation to itself": "INSERT INTO recommendation_relations VALUES ('{A}', '{A}', 'related')",
    "a derived relation stored": "INSERT INTO recommendation_relations VALUES ('{A}', '07BEIJING7192-R009', 'duplicated_by')",
    "a proposer who is nobody": "INSERT INTO recommendation_proposers VALUES ('{A}', 9, NULL, NULL, NULL, NULL)",
    "one name for two organizations": "INSERT INTO organization_names VALUES ('nike', 'qbpc', 'alias', 9)",
    "an id that is no reference": "UPDATE recommendations SET id = 'R3' WHERE id = '{A}'",
    "a second panel of one number": "UPDATE panels SET number = 1 WHERE number = 2",
    "an event that occurred on no day": "UPDATE events SET earliest = '2008-01-01', latest = NULL WHERE id = 'patent-law-E10'",
    "an event with two citations": "UPDATE events SET anchor_id = '{A}:quote' WHERE id = 'patent-law-E10'",
    "an event without citation": "UPDATE events SET source_id = NULL WHERE id = 'patent-law-E10'",
    "an unknown stage": "UPDATE events SET stage = 'half_way' WHERE id = 'patent-law-E10'",
    "a round that the reform has not": "UPDATE events SET round = 77 WHERE id = 'patent-law-E10'",
    "dates in the wrong order": "UPDATE events SET earliest = '2030-01-01' WHERE id = 'patent-law-E10'",
    "an occurrence that is fulfilled": "UPDATE events SET fulfilled_by_id = 'patent-law-E12' WHERE id = 'patent-law-E10'",
    "a page published after it was read": "UPDATE sources SET published_on = retrieved + 1",
    "a figure without number or word": "UPDATE statistics SET value = NULL WHERE id = '07BEIJING7192-S14'",
    "a figure that is no number": "UPDATE statistics SET value = 'NaN' WHERE id = '07BEIJING7192-S14'",
    "a figure without bounds": "UPDATE statistics SET value = 'Infinity' WHERE id = '07BEIJING7192-S14'",
    "a range that goes down": "UPDATE statistics SET value_to = 10 WHERE id = '07BEIJING7192-S04'",
    "a range of one end": "UPDATE statistics SET value_to = 10 WHERE id = '07BEIJING7192-S07'",
    "a unit that is none": "UPDATE statistics SET unit = '%' WHERE id = '07BEIJING7192-S14'",
    "a date without its bounds": "UPDATE statistics SET earliest = NULL, latest = NULL WHERE id = '07BEIJING7192-S14'",
    "a date that rests on no words": "UPDATE statistics SET period = NULL WHERE id = '07BEIJING7192-S14'",
    "a period that ends before it starts": "UPDATE statistics SET earliest = '2030-01-01' WHERE id = '07BEIJING7192-S14'",
    "a figure that nobody gave": "INSERT INTO statistic_speakers VALUES ('07BEIJING7192-S14', 9, NULL, NULL, NULL, NULL)",
    "one quote for two figures": "UPDATE statistics SET anchor_id = '07BEIJING7192-S15:quote' WHERE id = '07BEIJING7192-S14'",
    "an assessment without its source": "{NEW} 'in_progress', NULL, '{{x}}', '{{x}}')",
    "an assessment by nobody": "{NEW} 'in_progress', 'x', '{{}}', '{{x}}')",
    "a word of another aspect": "{NEW} 'supported', 'x', '{{x}}', '{{x}}')",
    "a second draft of one aspect": "{NEW} 'unknown', NULL, '{{x}}', '{{x}}'), ('{A}:implementation:2', '{A}', 'implementation', 2, "
    "'draft', 'unknown', NULL, '{{x}}', '{{x}}')",
    "an assessment reviewed by its author": "WITH r AS ({NEW} 'unknown', NULL, '{{x}}', '{{x}}') RETURNING *) INSERT INTO assessments "
    "(id, recommendation_id, aspect, number, publication, value, authors, persons, reviewer, reviewer_person) SELECT '{A}:state:1', '{A}', 'state', 1, "
    "'draft', 'open_unresolved', authors, '{{y}}', 'x', 'x' FROM r",
    "a record that says another word than its assessment": "UPDATE recommendations SET position = 'supported' "
    "WHERE id = '07BEIJING7192-R092'",
    "a record that names the assessment of another": "UPDATE recommendations SET position = 'noted', "
    "position_assessment_id = '07BEIJING7192-R092:position:1' WHERE id = '{A}'",
    "what was published, changed": "UPDATE assessments SET note = 'x' WHERE recorded_at IS NOT NULL",
    "what was published, deleted": "DELETE FROM assessments WHERE recorded_at IS NOT NULL",
    "what a record said, changed": "UPDATE recommendation_versions SET recorded_at = now()",
    "what a record said, forgotten": "DELETE FROM recommendation_versions",
    "a roundtable that ends before it starts": "UPDATE roundtables SET ends_on = starts_on - 1",
}


@pytest.fixture(scope="module")
def engine(copy_database: Callable[[str], str]) -> Iterator[Engine]:
    engine = admin_engine(copy_database("guarded"))
    yield engine
    engine.dispose()


@pytest.mark.parametrize("what", REFUSED)
def test_refused(engine: Engine, what: str) -> None:
    with pytest.raises(DatabaseError) as refused, engine.begin() as connection:
        connection.execute(text(REFUSED[what].format(A=A, NEW=NEW)))
    assert refused.value.orig is not None
    assert str(refused.value.orig.sqlstate)[:2] in {"22", "23"}, what  # type: ignore[attr-defined] # psycopg's errors carry it


def test_contradictions_aside_each_answer_can_be_recorded(engine: Engine) -> None:
    with engine.connect() as connection:
        connection.execute(
            text(
                "UPDATE recommendations SET position = 'noted', position_anchor_id = '07BEIJING7192-R092:position', "
                "implementation = 'implemented', implementation_source = 'x', state = 'closed_implemented' WHERE id = :id"
            ),
            {"id": A},
        )
        connection.rollback()
