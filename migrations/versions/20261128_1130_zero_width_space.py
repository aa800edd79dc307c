r"""Zero-width spaces separate words in searched text, as in Unicode; other invisible characters stay inside a word.

Revision: e3a91c5d7b20, after b6d2f9a3174c.
"""

from alembic import op

revision = "e3a91c5d7b20"
down_revision = "b6d2f9a3174c"
branch_labels = None
depends_on = None

FUNCTIONS = (
    r"""
    CREATE OR REPLACE FUNCTION public.search_text(text) RETURNS text
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE COST 100
    RETURN public.fold_case(public.mark_capitals(public.part_words(translate($1, E'\u200b', ' '))))
    """,
    r"""
    CREATE OR REPLACE FUNCTION public.search_query(text, regconfig) RETURNS tsquery
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE COST 1000
    RETURN public.search_query_of(public.query_text(translate($1, E'\u200b', ' ')), $2)
    """,
)
# The stored words of these rows are computed anew.
ROWS = (
    r"UPDATE search_entries SET title = title WHERE strpos(title || body || context, E'\u200b') > 0",
    r"UPDATE recommendations SET searched = searched WHERE strpos(searched, E'\u200b') > 0",
)


def upgrade() -> None:
    for statement in (*FUNCTIONS, *ROWS):
        op.execute(statement)
