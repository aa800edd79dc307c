"""Persons: behind each key, each author, each reviewer and each entry of the audit trail.

Revision: a7d41c60e8f2, after a41d7c9e02f6.
"""

import sqlalchemy as sa
from alembic import op

revision = "a7d41c60e8f2"
down_revision = "a41d7c9e02f6"
branch_labels = None
depends_on = None

AUTHORED = ("revisions", "assessments", "action_revisions", "progress_report_revisions")
# The same rule as app.core.persons.same_person: a domain that is missing, or a first label alone, fits any.
PERSON_AMONG = """
CREATE FUNCTION person_among(person text, persons text[]) RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
SELECT EXISTS (
    SELECT FROM (SELECT split_part(person, '@', 1) AS person_user, split_part(person, '@', 2) AS domain) one,
        (SELECT split_part(o, '@', 1) AS other_user, split_part(o, '@', 2) AS other_domain FROM unnest(persons) o) other
    WHERE person_user = other_user
    AND ('' IN (domain, other_domain) OR domain IN (other_domain, split_part(other_domain, '.', 1))
        OR other_domain = split_part(domain, '.', 1))
)
$$
"""
# For the rows that there are: whose key it was, or the name in the id. Users of a domain get one form.
PERSON_OF_CALLER = r"""
CREATE FUNCTION person_of_caller(caller text) RETURNS text LANGUAGE sql STABLE AS $$
SELECT regexp_replace(lower(normalize(coalesce(
    (SELECT person FROM api_keys WHERE caller = 'key:' || id), nullif(substr(caller, strpos(caller, ':') + 1), '')
), NFKC)), '^([^\\]+)\\([^\\@]+)$', '\2@\1')
$$
"""
PERSONS_OF_CALLERS = """
CREATE FUNCTION persons_of_callers(callers text[]) RETURNS text[] LANGUAGE sql STABLE AS $$
SELECT array_agg(DISTINCT person_of_caller(one)) FROM unnest(callers) one
$$
"""


def upgrade() -> None:
    op.add_column("api_keys", sa.Column("person", sa.Text(), nullable=True))
    op.execute("ALTER TABLE api_keys ALTER COLUMN person TYPE text USING name, ALTER COLUMN person SET NOT NULL")
    op.create_check_constraint(op.f("ck_api_keys_has_a_person"), "api_keys", "person <> ''")
    op.add_column("audit_entries", sa.Column("person", sa.Text(), nullable=True))
    op.create_index(op.f("ix_audit_entries_person_position"), "audit_entries", ["person", "position"])
    for function in (PERSON_AMONG, PERSON_OF_CALLER, PERSONS_OF_CALLERS):
        op.execute(function)
    for table in AUTHORED:
        op.add_column(table, sa.Column("persons", sa.ARRAY(sa.Text()), nullable=True))
        op.add_column(table, sa.Column("reviewer_person", sa.Text(), nullable=True))
        # A change of type may compute, and passes by the guard of what was published. Who had reviewed his own keeps the
        # id that he came in under as his name: that review is over, and the rule holds from now on.
        op.execute(
            f"ALTER TABLE {table} ALTER COLUMN persons TYPE text[] USING persons_of_callers(authors), "
            "ALTER COLUMN reviewer_person TYPE text USING CASE WHEN publication = 'published' "
            "AND person_among(person_of_caller(reviewer), persons_of_callers(authors)) "
            "THEN reviewer ELSE person_of_caller(reviewer) END"
        )
        op.alter_column(table, "persons", nullable=False)
        op.create_check_constraint(op.f(f"ck_{table}_a_person_wrote_it"), table, "cardinality(persons) > 0")
        op.create_check_constraint(
            op.f(f"ck_{table}_published_by_another_person"),
            table,
            "publication <> 'published' OR NOT person_among(reviewer_person, persons)",
        )
        op.create_check_constraint(
            op.f(f"ck_{table}_reviewer_is_a_person"), table, "(reviewer IS NULL) = (reviewer_person IS NULL)"
        )
    op.execute("DROP FUNCTION persons_of_callers(text[]), person_of_caller(text)")
