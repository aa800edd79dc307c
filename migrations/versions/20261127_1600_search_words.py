"""Folding of names and of searched text, exact words and names of search entries, and the words to suggest.

Revision: a41d7c9e02f6, after 7b2e9d4c10f5.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "a41d7c9e02f6"
down_revision = "7b2e9d4c10f5"
branch_labels = None
depends_on = None

IGNORED = (
    r"[\u0300-\u036f\u0483-\u0489\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u0610-\u061a\u064b-\u065f\u0670"
    r"\u06d6-\u06dc\u06df-\u06e4\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f"
    r"\u00ad\u061c\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff\ufff9-\ufffb"
    r"\U000e0000-\U000e007f\U000e0100-\U000e01ef]"
)
SIGNS = "!\"#$%&''()*+,-./:;<=>?@[\\]^_`{|}~"
BLANKS = " " * (len(SIGNS) - 1)
"""As many as there are signs: the apostrophe is written twice in SQL."""
SIGNS_OF_QUERY = "!#$%&''()*+,./:;<=>?@[\\]^_`{|}~"
BLANKS_OF_QUERY = " " * (len(SIGNS_OF_QUERY) - 1)
OTHER_SIGNS = (
    r"[\u00a1-\u00a9\u00ab-\u00b1\u00b4-\u00b8\u00bb-\u00bf\u00d7\u00f7\u2000-\u2bff\u3000-\u303f\ufe10-\ufe6f]"
)
HAN = r"[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]"
UPPER = [*range(0x0391, 0x03A2), *range(0x03A3, 0x03AA), *range(0x0410, 0x0430), *range(0x0531, 0x0557)]
UPPER_SIGNS = "".join(map(chr, UPPER)) + "\u03c2" + "".join(map(chr, range(0x0400, 0x0410)))
LOWER_SIGNS = "".join(chr(one).lower() for one in UPPER) + "\u03c3" + "".join(map(chr, range(0x0450, 0x0460)))
ALIKE = {
    "''": "\u2018\u2019\u201a\u201b\u2032\u02b9\u02bb\u02bc\u02bd\u02c8\u2039\u203a`",
    '"': "\u201c\u201d\u201e\u201f\u00ab\u00bb",
    "-": "\u2010\u2011\u2012\u2013\u2014\u2015\u2043\u2212\u2e3a\u2e3b",
    " ": "\t\n\v\f\r\u0085\u1680\u2028\u2029",
}
FROM = (
    "".join(ALIKE.values())
    + "\u00f8\u00d8\u0142\u0141\u0111\u0110\u00f0\u00d0\u0127\u0126\u0167\u0166\u0131\u014b\u014a"
)
TO = "".join(sign * len(signs) for sign, signs in ALIKE.items()) + "oOlLdDdDhHtTinN"
LIGATURES = {"\u00df": "ss", "\u1e9e": "SS", "\u00e6": "ae", "\u00c6": "AE", "\u0153": "oe", "\u0152": "OE"} | {
    "\u00fe": "th",
    "\u00de": "TH",
}
# Stop words of English that in capitals are names: IT, WHO. Those by which people combine words are not among them.
CAPITALS = (
    "ABOUT|AGAIN|ALL|AM|AN|ANY|ARE|AS|AT|BE|BEEN|BOTH|BUT|BY|CAN|DID|DO|DOES|DON|DOWN|EACH|FEW|FOR|FROM|HAD|HAS|HAVE|"
    "HE|HER|HERE|HIM|HIS|HOW|IF|IN|INTO|IS|IT|ITS|JUST|ME|MORE|MOST|MY|NO|NOR|NOW|OF|OFF|ON|ONCE|ONLY|OUR|OUT|OVER|OWN|"
    "SAME|SHE|SO|SOME|SUCH|THAN|THAT|THEM|THEN|THEY|THIS|TO|TOO|UP|VERY|WAS|WE|WERE|WHAT|WHEN|WHO|WHOM|WHY|WILL|WITH|YOU"
)


def _plain() -> str:
    text = r"normalize(translate($1, U&'\00b4\02ca\02cb\ff40\2033\2036', '''''''''\"\"'), NFKD)".replace('\\"', '"')
    for letter, letters in LIGATURES.items():
        text = f"replace({text}, '{letter}', '{letters}')"
    return f"translate({text}, E'{FROM}', E'{TO}')"


def _function(signature: str, returns: str, body: str, *, cost: int = 10) -> str:
    return (
        f"CREATE FUNCTION public.{signature} RETURNS {returns} LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE COST {cost} "
        f"RETURN {body}"
    )


FUNCTIONS = (
    # Accents go, and kinds of letters, quotation marks, dashes and blanks are one.
    _function(
        "fold_text(text)",
        "text",
        r"CASE WHEN $1 ~ '[^\x01-\x08\x0e-\x5f\x61-\x7f]' "
        f"THEN normalize(regexp_replace({_plain()}, '{IGNORED}', '', 'g'), NFKC) ELSE $1 END",
    ),
    # `lower` alone depends on the locale of the database.
    _function(
        "fold_case(text)",
        "text",
        r"CASE WHEN $1 ~ '[\u0370-\u058f]' "
        f"THEN translate(lower($1 COLLATE \"C\"), '{UPPER_SIGNS}', '{LOWER_SIGNS}') ELSE lower($1 COLLATE \"C\") END",
    ),
    _function(
        "fold_name(text)",
        "text",
        "btrim(regexp_replace(regexp_replace(translate(public.fold_case(public.fold_text($1)), ',.', ' '), ' +', ' ', "
        r"'g'), '(?<![^ ])([a-z]) (?=[a-z]( |$))', '\1', 'g'), ' ')",
    ),
    # Letters with points between them are an abbreviation, a word of its own.
    _function(
        "join_initials(text)",
        "text",
        r"regexp_replace($1, '\m([A-Za-z])\.(?:(?=[A-Za-z]\M)|(?<![A-Za-z]\.[A-Za-z]\.) (?=[A-Za-z]\.(?![A-Za-z])))', "
        r"'\1', 'g')",
    ),
    # Stop words in capitals get an ending by which they are none.
    _function(
        "mark_capitals(text)",
        "text",
        rf"regexp_replace($1, '(?<![^ \"-])({CAPITALS})(?![^ \"-])', '\1qq', 'g')".replace('\\"', '"'),
    ),
    # Words with blanks between them: each sign parts words, and each Chinese character is one.
    _function(
        "part_words(text)",
        "text",
        f"regexp_replace(regexp_replace(translate(public.join_initials(public.fold_text($1)), '{SIGNS}', '{BLANKS}'), "
        rf"'{OTHER_SIGNS}', ' ', 'g'), '({HAN})', ' \1 ', 'g')",
    ),
    _function("search_text(text)", "text", "public.fold_case(public.mark_capitals(public.part_words($1)))", cost=100),
    # Signs of a query: quotation marks, and a minus that stands before a word, are left; a Chinese word is a phrase.
    _function(
        "query_text(text)",
        "text",
        rf"""regexp_replace(regexp_replace(regexp_replace(regexp_replace(translate(regexp_replace(public.join_initials(
        public.fold_text($1)), '(?<=[^ ])-', ' ', 'g'), '{SIGNS_OF_QUERY}', '{BLANKS_OF_QUERY}'), '{OTHER_SIGNS}', ' ',
        'g'), '-(?![^ "-])(?!"[^ "-])', ' ', 'g'), '({HAN})(?!{HAN})', '\1 ', 'g'), '({HAN})(?={HAN})', '\1_', 'g')""",
    ),
    _function(
        "search_query_of(text, regconfig)",
        "tsquery",
        """CASE
        WHEN $1 ~ '[a-z]' OR numnode(websearch_to_tsquery($2, public.fold_case($1))) = 0
        THEN websearch_to_tsquery($2, public.fold_case(public.mark_capitals($1)))
        ELSE websearch_to_tsquery($2, public.fold_case($1)) END""",
    ),
    _function(
        "search_query(text, regconfig)", "tsquery", "public.search_query_of(public.query_text($1), $2)", cost=1_000
    ),
)

WEIGHED = " || ".join(
    f"setweight(to_tsvector('english'::regconfig, search_text({text})), '{weight}')"
    for text, weight in (("title", "A"), ("body", "B"), ("context || ' ' || record_id", "D"))
)
EXACT = (
    "to_tsvector('public.unstemmed'::regconfig, "
    "search_text(title || ' ' || body || ' ' || context || ' ' || record_id))"
)
NAMES = (
    "CASE WHEN kind IN ('person', 'organization', 'reform') THEN string_to_array(fold_name(title || "
    "CASE WHEN kind = 'reform' OR body = '' THEN '' ELSE '; ' || body END), '; ') ELSE '{}'::text[] END"
)
UNSTEMMED = (
    "CREATE TEXT SEARCH DICTIONARY public.unstemmed (TEMPLATE = pg_catalog.simple, STOPWORDS = english)",
    "CREATE TEXT SEARCH CONFIGURATION public.unstemmed (COPY = pg_catalog.simple)",
    "ALTER TEXT SEARCH CONFIGURATION public.unstemmed ALTER MAPPING REPLACE pg_catalog.simple WITH public.unstemmed",
)
# Two words are near each other where what is left of both without a letter or two is the same.
DELETES = """
CREATE FUNCTION public.word_deletes(text) RETURNS text[] LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE COST 1000
BEGIN ATOMIC
    WITH RECURSIVE left_over(word, times) AS (
        SELECT left($1, 7), 0
        UNION
        SELECT overlay(l.word PLACING '' FROM place FOR 1), l.times + 1
        FROM left_over l, generate_series(1, length(l.word)) place
        WHERE length(l.word) > 2 AND l.times < CASE WHEN length($1) <= 4 THEN 1 ELSE 2 END
    )
    SELECT array_agg(DISTINCT word) FROM left_over;
END
"""
# No word is waited for that another transaction enters: one that is there twice does no harm.
ADD_WORDS = r"""
CREATE FUNCTION public.add_search_words() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog AS $$
BEGIN
    INSERT INTO public.search_words (word)
    SELECT w.word FROM (SELECT DISTINCT x.word FROM new_entries e, unnest(tsvector_to_array(e.exact)) AS x(word)) w
    WHERE w.word ~ '^[a-z][a-z0-9]{2,39}$' AND w.word !~ 'qq$'
    AND NOT EXISTS (SELECT FROM public.search_words s WHERE s.word = w.word COLLATE "C");
    RETURN NULL;
END $$
"""
OF_ENTRIES = [
    f"CREATE TRIGGER add_search_words_on_{event.lower()} AFTER {event} ON public.search_entries REFERENCING NEW TABLE "
    "AS new_entries FOR EACH STATEMENT EXECUTE FUNCTION public.add_search_words()"
    for event in ("INSERT", "UPDATE")
]
# Also where a load has switched off the triggers of others.
ALWAYS = [
    f"ALTER TABLE public.search_entries ENABLE ALWAYS TRIGGER add_search_words_on_{event}"
    for event in ("insert", "update")
]
# One of two spellings of a name of one organization, or person, that were two names until now.
ONE_SPELLING = [
    f"DELETE FROM {table} n USING {table} o WHERE n.{owner} = o.{owner} AND n.ordinal > o.ordinal "
    "AND fold_name(n.name) = fold_name(o.name)"
    for table, owner in (("organization_names", "organization_id"), ("person_names", "person_id"))
]


def upgrade() -> None:
    for statement in (*FUNCTIONS, *UNSTEMMED, DELETES):
        op.execute(statement)
    _names()
    _entries()
    op.create_table(
        "search_words",
        sa.Column("word", sa.Text(collation="C"), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column(
            "deletes", postgresql.ARRAY(sa.Text()), sa.Computed("word_deletes(word)", persisted=True), nullable=False
        ),
        sa.PrimaryKeyConstraint("word", "id", name=op.f("pk_search_words")),
    )
    op.create_index(op.f("ix_search_words_deletes"), "search_words", ["deletes"], postgresql_using="gin")
    for statement in (ADD_WORDS, *OF_ENTRIES, *ALWAYS):
        op.execute(statement)
    op.execute("GRANT SELECT ON search_words TO roundtable_writer")
    # What was there before is entered as if it came now.
    op.execute("UPDATE search_entries SET title = title")


def _names() -> None:
    for table in ("organization_names", "person_names"):
        op.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
    for statement in ONE_SPELLING:
        op.execute(statement)
    for table in ("organization_names", "person_names"):
        op.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")
    for table, index in (
        ("organization_names", "uq_organization_names_folded"),
        ("person_names", "ix_person_names_folded"),
    ):
        op.drop_index(index, table_name=table)
        op.create_index(index, table, [sa.literal_column("fold_name(name)")], unique=index.startswith("uq"))


def _entries() -> None:
    entered = "to_tsvector('english'::regconfig, search_text(searched))"
    for table, columns in (
        ("search_entries", {"search": WEIGHED, "exact": EXACT, "names": NAMES}),
        ("recommendations", {"search": entered}),
    ):
        op.drop_column(table, "search")
        for name, expression in columns.items():
            kind = postgresql.ARRAY(sa.Text()) if name == "names" else postgresql.TSVECTOR()
            op.add_column(table, sa.Column(name, kind, sa.Computed(expression, persisted=True), nullable=False))
        op.create_index(op.f(f"ix_{table}_search"), table, ["search"], postgresql_using="gin")
    op.create_index(op.f("ix_search_entries_names"), "search_entries", ["names"], postgresql_using="gin")
