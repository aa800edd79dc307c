r"""Ambiguous names of persons: `EX+bob` and `EX/bob` may be `EX\bob`, and `bob@ex.com@other` may be `bob@ex.com`.

Revision: b6d2f9a3174c, after 8e3f60b1c95d.
"""

from alembic import op

revision = "b6d2f9a3174c"
down_revision = "8e3f60b1c95d"
branch_labels = None
depends_on = None

AUTHORED = ("revisions", "assessments", "action_revisions", "progress_report_revisions")
# The same rule as app.core.persons: `_covers`, `_merged`, `_split` with `_accounts`, and `same_person`.
PERSON_COVERS = """
CREATE FUNCTION public.person_covers(domain text, other text) RETURNS boolean LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN domain = '' OR right('.' || other, length(domain) + 1) = '.' || domain
    OR domain = ANY (string_to_array(other, '.'))
"""
PERSON_MERGED = """
CREATE FUNCTION public.person_merged(domains text[]) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
SELECT CASE WHEN bool_and(public.person_covers(one, longest)) THEN max(longest) ELSE '' END
FROM (SELECT one, first_value(one) OVER (ORDER BY length(one) DESC, n) AS longest
    FROM (SELECT public.person_domain(part) AS one, n FROM unnest(domains) WITH ORDINALITY x (part, n)) a) b
$$
"""
PERSON_ACCOUNTS = r"""
CREATE FUNCTION public.person_accounts(name text) RETURNS TABLE (account text, domain text)
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE ROWS 2 AS $$
SELECT v.account, v.domain
FROM (SELECT public.fold_text(name) AS folded OFFSET 0) a,
LATERAL (SELECT coalesce(substring(folded from '<([^<>]+)'), '') AS inside OFFSET 0) b,
LATERAL (SELECT CASE WHEN public.person_letters(inside) <> '' THEN inside ELSE folded END AS address OFFSET 0) c,
LATERAL (SELECT regexp_replace(address, '\([^()]*\)', ' ', 'g') AS bare OFFSET 0) d,
LATERAL (SELECT string_to_array(CASE WHEN public.person_letters(bare) <> '' THEN bare ELSE address END, '\') AS levels OFFSET 0) e,
LATERAL (SELECT string_to_array(regexp_replace(coalesce(levels[cardinality(levels)], ''),
    '_([^_@]+)#[Ee][Xx][Tt]#.*', '@\1'), '@') AS pieces OFFSET 0) f,
LATERAL (SELECT coalesce(pieces[1], '') AS whole OFFSET 0) g,
LATERAL (SELECT string_to_array(CASE WHEN length(whole) - length(replace(whole, '/', '')) = 1 THEN replace(whole, '/', '+')
    ELSE whole END, '+') AS tags OFFSET 0) h,
LATERAL (SELECT coalesce(array_agg(part ORDER BY n), '{}') AS parts
    FROM unnest(tags) WITH ORDINALITY x (part, n) WHERE public.person_letters(part) <> '' OFFSET 0) i,
LATERAL (SELECT coalesce(public.person_merged(levels[1 : cardinality(levels) - 1] || pieces[2:]), '') AS given OFFSET 0) j,
LATERAL (
    SELECT public.person_letters(folded), '' WHERE cardinality(parts) = 0
    UNION ALL
    SELECT public.person_letters(parts[1]), given WHERE cardinality(parts) > 0
    UNION ALL
    SELECT public.person_letters(parts[n]), CASE WHEN given <> '' THEN given ELSE public.person_domain(parts[n - 1]) END
    FROM generate_series(2, cardinality(parts)) n
    WHERE given = '' OR public.person_covers(public.person_domain(parts[1]), given)
) v (account, domain)
$$
"""
PERSON_AMONG = """
CREATE OR REPLACE FUNCTION public.person_among(person text, persons text[]) RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
SELECT EXISTS (
    SELECT FROM public.person_accounts(person) a, unnest(persons) AS name, LATERAL public.person_accounts(name) b
    WHERE a.account = b.account
    AND (public.person_covers(a.domain, b.domain) OR public.person_covers(b.domain, a.domain))
)
$$
"""


def upgrade() -> None:
    for function in (PERSON_COVERS, PERSON_MERGED, PERSON_ACCOUNTS, PERSON_AMONG):
        op.execute(function)
    op.execute("DROP FUNCTION public.person_account(text)")
    # A reviewer who may be an author by the wider rule gets the letters of his id as his name: that review is over. A
    # change of type may compute, and passes by the guard of what was published.
    for table in AUTHORED:
        op.execute(
            f"ALTER TABLE {table} ALTER COLUMN reviewer_person TYPE text USING CASE WHEN publication = 'published' "
            "AND person_among(reviewer_person, persons) THEN person_letters(reviewer) ELSE reviewer_person END"
        )
