"""Plus addresses: `bob+1@ex.com` and `bob@ex.com` are one person.

Revision: 8e3f60b1c95d, after 5c1d8e20f7a4.
"""

from alembic import op

revision = "8e3f60b1c95d"
down_revision = "5c1d8e20f7a4"
branch_labels = None
depends_on = None

# The same rule as `_account` in app.core.persons.
PERSON_ACCOUNT = r"""
CREATE OR REPLACE FUNCTION public.person_account(text) RETURNS text[] LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
SELECT CASE WHEN person_user = '' THEN ARRAY[public.person_letters(folded), '']
    ELSE ARRAY[coalesce(nullif(public.person_letters(split_part(account, '+', 1)), ''), person_user),
        coalesce(nullif(public.person_domain(domain), ''), public.person_domain(above), '')] END
FROM (SELECT public.fold_text($1) AS folded OFFSET 0) a,
LATERAL (SELECT coalesce(substring(folded from '<([^<>]+)'), '') AS inside OFFSET 0) b,
LATERAL (SELECT CASE WHEN public.person_letters(inside) <> '' THEN inside ELSE folded END AS address OFFSET 0) c,
LATERAL (SELECT regexp_replace(address, '\([^()]*\)', ' ', 'g') AS bare OFFSET 0) d,
LATERAL (SELECT string_to_array(CASE WHEN public.person_letters(bare) <> '' THEN bare ELSE address END, '\') AS parts OFFSET 0) e,
LATERAL (SELECT coalesce(parts[cardinality(parts)], '') AS rest, coalesce(parts[cardinality(parts) - 1], '') AS above OFFSET 0) f,
LATERAL (SELECT split_part(rest, '@', 1) AS account,
    CASE WHEN strpos(rest, '@') > 0 THEN substring(rest from '[^@]*$') ELSE '' END AS domain OFFSET 0) g,
LATERAL (SELECT public.person_letters(account) AS person_user OFFSET 0) h
$$
"""


def upgrade() -> None:
    op.execute(PERSON_ACCOUNT)
