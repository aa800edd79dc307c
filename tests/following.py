"""Fixture data of the follow-up: actions and progress reports that are published, drafted and in review."""

import psycopg

ASK = "07BEIJING7192-R001"
BODY = "us-customs-and-border-protection"
ROWS = f"""
WITH numbered AS (
    SELECT n, 'ACT-' || lpad(n::text, 4, '0') AS id, (ARRAY['published', 'published', 'draft', 'in_review', 'draft',
        'in_review', 'published'])[n] AS publication FROM generate_series(1, 7) n
), headed AS (
    INSERT INTO actions (id, updated_at) SELECT id, '2026-11-20T10:00:00Z' FROM numbered
)
INSERT INTO action_revisions (action_id, number, title, body_id, due, due_earliest, due_latest, recurrence, publication,
    authors, persons, reviewer, reviewer_person, recorded_at, created_at)
SELECT id, 1, 'Ask for the figures of ' || (2000 + n), '{BODY}', (2000 + n) || '~', make_date(2000 + n, 1, 1),
    make_date(2000 + n, 12, 31), 'yearly', publication, '{{key:author}}', '{{author}}',
    CASE publication WHEN 'published' THEN 'key:reviewer' END, CASE publication WHEN 'published' THEN 'reviewer' END,
    CASE publication WHEN 'published' THEN timestamptz '2026-11-20T10:00:00Z' END, '2026-11-20T09:00:00Z'
FROM numbered;
SET CONSTRAINTS ALL IMMEDIATE;
ALTER TABLE action_recommendations DISABLE TRIGGER links_stay;
INSERT INTO action_recommendations SELECT action_id, 1, '{ASK}' FROM action_revisions;
ALTER TABLE action_recommendations ENABLE TRIGGER links_stay;
UPDATE actions a SET current = 1 FROM action_revisions r WHERE r.action_id = a.id AND r.publication = 'published';
INSERT INTO progress_reports (id, action_id, updated_at)
SELECT 'REP-' || lpad(n::text, 4, '0'), 'ACT-0001', '2026-11-21T10:00:00Z' FROM generate_series(1, 6) n;
INSERT INTO progress_report_revisions (report_id, number, text, evidence, done_on, publication, authors, persons,
    reviewer, reviewer_person, recorded_at, created_at)
SELECT id, 1, 'The figures came, in part.',
    '[{{"title": "Figures", "url": "https://www.example.gov/figures", "retrieved": "2026-11-20"}}]',
    CASE id WHEN 'REP-0002' THEN date '2026-11-19' END, state, '{{key:author}}', '{{author}}',
    CASE state WHEN 'published' THEN 'key:reviewer' END, CASE state WHEN 'published' THEN 'reviewer' END,
    CASE state WHEN 'published' THEN timestamptz '2026-11-21T10:00:00Z' END, '2026-11-21T09:00:00Z'
FROM (SELECT id, (ARRAY['published', 'published', 'draft', 'in_review', 'draft', 'in_review'])[row_number()
    OVER (ORDER BY id)] AS state FROM progress_reports) r;
UPDATE progress_reports p SET current = 1 FROM progress_report_revisions r
WHERE r.report_id = p.id AND r.publication = 'published';
SELECT setval('action_numbers', 7), setval('report_numbers', 6);
INSERT INTO assessments (id, recommendation_id, aspect, number, value, source_words, publication, authors,
    persons)
SELECT format('%s:%s:1', r, a, 1), r, a, 1, v, 'A letter', p, '{{key:author}}', '{{author}}' FROM (VALUES
    ('07BEIJING7192-R002', 'draft'), ('07BEIJING7192-R003', 'in_review'), ('07BEIJING7192-R004', 'in_review'),
    ('07BEIJING7192-R005', 'draft')) x (r, p),
    (VALUES ('position', 'noted'), ('implementation', 'in_progress'), ('state', 'open_unresolved')) y (a, v);
INSERT INTO assessments (id, recommendation_id, aspect, number, value, source_words, publication, authors, persons,
    recorded_at)
VALUES ('07BEIJING7192-R006:state:1', '07BEIJING7192-R006', 'state', 1, 'open_unresolved', 'A letter', 'published',
    '{{key:author}}', '{{author}}', '2026-11-20T10:00:00Z')
"""


def enter_following(url: str, *, cable: str = ASK[:-5], body: str = BODY) -> None:
    """Inserts the rows into a loaded database: actions on recommendations of a cable, assigned to a body."""
    with psycopg.connect(url) as connection:
        for statement in ROWS.replace(ASK[:-5], cable).replace(BODY, body).split(";"):
            connection.execute(statement.encode())
