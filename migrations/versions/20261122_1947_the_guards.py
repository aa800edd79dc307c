"""The guards: what the database refuses whoever writes.

A quote must be spelled by its ranges, letter for letter; a paragraph likewise; a range lies inside its text;
the stored copy of a cable is never changed.

Revision: 5d0c1f7c7e01, after 2f2b7ad3aa7b.
"""

from alembic import op

revision = "5d0c1f7c7e01"
down_revision = "2f2b7ad3aa7b"
branch_labels = None
depends_on = None

# The slices that ranges name, joined by one blank, white space folded and trimmed.
SPELLED = r"""
CREATE FUNCTION spelled(witness text, ranges int4multirange) RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
    SELECT btrim(regexp_replace(
        string_agg(substr(witness, lower(part) + 1, upper(part) - lower(part)), ' ' ORDER BY lower(part)),
        E'[ \\t\\n\\r\\f\\v]+', ' ', 'g'))
    FROM unnest(ranges) AS part
$$
"""

PARAGRAPH_IS_SPELLED = """
CREATE FUNCTION paragraph_is_spelled() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    witness text;
BEGIN
    SELECT w.text INTO STRICT witness FROM witnesses w WHERE w.id = NEW.witness_id AND w.cable_id = NEW.cable_id;
    IF upper(NEW.ranges) > length(witness) OR NEW.text IS DISTINCT FROM spelled(witness, NEW.ranges) THEN
        RAISE EXCEPTION 'paragraph % % is not what its ranges spell', NEW.cable_id, NEW.label
            USING ERRCODE = 'check_violation', CONSTRAINT = 'paragraph_is_spelled';
    END IF;
    RETURN NEW;
END $$
"""

# Checked at the end of a transaction, in which paragraph and quotes may both move to a better copy.
PARAGRAPH_KEEPS_QUOTES = """
CREATE FUNCTION paragraph_keeps_quotes() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT FROM paragraphs p JOIN witnesses w ON w.id = p.witness_id
        JOIN anchors a ON a.cable_id = p.cable_id AND a.paragraph = p.label
        WHERE p.cable_id = NEW.cable_id AND p.label = NEW.label
        AND NOT (a.ranges <@ p.ranges AND a.quote = spelled(w.text, a.ranges))
    ) THEN
        RAISE EXCEPTION 'paragraph % % would leave a quote behind', NEW.cable_id, NEW.label
            USING ERRCODE = 'check_violation', CONSTRAINT = 'paragraph_keeps_quotes';
    END IF;
    RETURN NULL;
END $$
"""

ANCHOR_IS_SPELLED = """
CREATE FUNCTION anchor_is_spelled() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (
        SELECT FROM paragraphs p JOIN witnesses w ON w.id = p.witness_id
        WHERE p.cable_id = NEW.cable_id AND p.label = NEW.paragraph
        AND NEW.ranges <@ p.ranges AND NEW.quote = spelled(w.text, NEW.ranges)
    ) THEN
        RAISE EXCEPTION 'quote % is not what its ranges spell in paragraph %', NEW.id, NEW.paragraph
            USING ERRCODE = 'check_violation', CONSTRAINT = 'anchor_is_spelled';
    END IF;
    RETURN NEW;
END $$
"""

# Readings, headings and header values: the printed words against the witness of their cable.
PRINTED_IS_SPELLED = """
CREATE FUNCTION printed_is_spelled() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    printed text := to_jsonb(NEW) ->> TG_ARGV[0];
BEGIN
    IF NEW.ranges IS NOT NULL AND NOT EXISTS (
        SELECT FROM witnesses w JOIN cables c ON c.witness_id = w.id WHERE c.id = NEW.cable_id
        AND upper(NEW.ranges) <= length(w.text) AND printed = spelled(w.text, NEW.ranges)
    ) THEN
        RAISE EXCEPTION '% "%" is not what its ranges spell', TG_TABLE_NAME, printed
            USING ERRCODE = 'check_violation', CONSTRAINT = 'printed_is_spelled';
    END IF;
    RETURN NEW;
END $$
"""

APPEND_ONLY = """
CREATE FUNCTION append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME
        USING ERRCODE = 'check_violation', CONSTRAINT = 'append_only';
END $$
"""

FUNCTIONS = [
    SPELLED,
    PARAGRAPH_IS_SPELLED,
    PARAGRAPH_KEEPS_QUOTES,
    ANCHOR_IS_SPELLED,
    PRINTED_IS_SPELLED,
    APPEND_ONLY,
]
PRINTED = {"readings": "printed", "sections": "heading", "header_fields": "value"}


def upgrade() -> None:
    for function in FUNCTIONS:
        op.execute(function)
    for table, function in (("paragraphs", "paragraph_is_spelled"), ("anchors", "anchor_is_spelled")):
        op.execute(
            f"CREATE TRIGGER {function} BEFORE INSERT OR UPDATE ON {table} FOR EACH ROW EXECUTE FUNCTION {function}()"
        )
    op.execute(
        "CREATE CONSTRAINT TRIGGER paragraph_keeps_quotes AFTER UPDATE ON paragraphs "
        "DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION paragraph_keeps_quotes()"
    )
    for table, column in PRINTED.items():
        op.execute(
            f"CREATE TRIGGER printed_is_spelled BEFORE INSERT OR UPDATE ON {table} "
            f"FOR EACH ROW EXECUTE FUNCTION printed_is_spelled('{column}')"
        )
    op.execute(
        "CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON witnesses "
        "FOR EACH STATEMENT EXECUTE FUNCTION append_only()"
    )
