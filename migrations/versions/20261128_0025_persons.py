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
SIGNS = (
    r"[\x01-/:-@\[-`{-\u00a9\u00ab-\u00b1\u00b4\u00b6-\u00b8\u00bb\u00bf\u00d7\u00f7\u02b9-\u02bf\u02c2-\u02df"
    r"\u02e5-\u036f\u0375\u037e\u0384\u0385\u0387\u03f6\u0482-\u0489\u055a-\u055f\u0589-\u05cf\u05f3-\u061f\u0640"
    r"\u064b-\u065f\u066a-\u066d\u06d4\u0700-\u070f\u0964\u0965\u0970\u0e3f\u0e4f\u0e5a\u0e5b\u10fb\u115f\u1160"
    r"\u1360-\u1368\u1400\u166d\u1680\u16eb-\u16ed\u17d4-\u17db\u1800-\u180f\u2000-\u206f\u207a-\u207e\u208a-\u208e"
    r"\u20a0-\u20ff\u2190-\u2bff\u2e00-\u2e7f\u2ff0-\u3004\u3008-\u3020\u302a-\u3030\u303d-\u303f\u3099-\u309c\u30a0"
    r"\u30fb\u3164\ua4fe\ua4ff\ue000-\uf8ff\ufd3e\ufd3f\ufe00-\ufe6f\uffa0\uffe0-\uffff\U0001f000-\U0001faff"
    r"\U000e0000-\U0010ffff]"
)
LIKE = (
    "\u0430\u0432\u0435\u0456\u0458\u043a\u04cf\u043c\u043d\u043e\u0440\u0441\u0442\u0443\u04af\u0445\u0455\u04bb"
    "\u0501\u051b\u051d\u03b1\u03b2\u03b5\u03b9\u03ba\u03bc\u03bd\u03bf\u03c1\u03c4\u03c5\u03c7\u03b7\u03f3\u0251"
    "\u0261\u0269\u0237\u0578\u0585\u057d\u0570"
)
LATIN = "abeijklmhopctyyxshdqwabeikmvoptuxnjagijnouh"
# The same rule as app.core.persons: `letters`, `_domain`, `_account` and `same_person`. OFFSET 0 has each part made once.
PERSON_LETTERS = f"""
CREATE FUNCTION public.person_letters(text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN regexp_replace(translate(public.fold_name($1), '{LIKE}', '{LATIN}'), '{SIGNS}', '', 'g')
"""
PERSON_DOMAIN = """
CREATE FUNCTION public.person_domain(text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
SELECT coalesce(string_agg(public.person_letters(label), '.' ORDER BY n), '')
FROM unnest(string_to_array($1, '.')) WITH ORDINALITY x (label, n) WHERE public.person_letters(label) <> ''
$$
"""
PERSON_ACCOUNT = r"""
CREATE FUNCTION public.person_account(text) RETURNS text[] LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
SELECT CASE WHEN person_user = '' THEN ARRAY[public.person_letters(folded), '']
    ELSE ARRAY[person_user, coalesce(nullif(public.person_domain(domain), ''), public.person_domain(above), '')] END
FROM (SELECT public.fold_text($1) AS folded OFFSET 0) a,
LATERAL (SELECT coalesce(substring(folded from '<([^<>]+)'), '') AS inside OFFSET 0) b,
LATERAL (SELECT CASE WHEN public.person_letters(inside) <> '' THEN inside ELSE folded END AS address OFFSET 0) c,
LATERAL (SELECT regexp_replace(address, '\([^()]*\)', ' ', 'g') AS bare OFFSET 0) d,
LATERAL (SELECT string_to_array(CASE WHEN public.person_letters(bare) <> '' THEN bare ELSE address END, '\') AS parts OFFSET 0) e,
LATERAL (SELECT coalesce(parts[cardinality(parts)], '') AS rest, coalesce(parts[cardinality(parts) - 1], '') AS above OFFSET 0) f,
LATERAL (SELECT public.person_letters(split_part(rest, '@', 1)) AS person_user,
    CASE WHEN strpos(rest, '@') > 0 THEN substring(rest from '[^@]*$') ELSE '' END AS domain OFFSET 0) g
$$
"""
PERSON_AMONG = """
CREATE FUNCTION public.person_among(person text, persons text[]) RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
SELECT EXISTS (
    SELECT FROM (SELECT public.person_account(person) AS one OFFSET 0) a, unnest(persons) AS name,
    LATERAL (SELECT public.person_account(name) AS other OFFSET 0) b,
    LATERAL (SELECT one[2] AS d, other[2] AS o) c
    WHERE one[1] = other[1] AND (
        '' IN (d, o)
        OR right('.' || o, length(d) + 1) = '.' || d OR d = ANY (string_to_array(o, '.'))
        OR right('.' || d, length(o) + 1) = '.' || o OR o = ANY (string_to_array(d, '.'))
    )
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
    for function in (PERSON_LETTERS, PERSON_DOMAIN, PERSON_ACCOUNT, PERSON_AMONG, PERSON_OF_CALLER, PERSONS_OF_CALLERS):
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
