"""Guards of the audit trail, removed, replaced or bypassed by the database owner: verification finds each kind."""

import httpx
import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import DatabaseError

from app.audit.guards import TABLES
from tests.fixtures.trails import ON, faults, first_fault, grow, sql

TRIGGER = "audit_is_only_added_to"
ANEW = (
    f"DROP TRIGGER {TRIGGER} ON audit_entries",
    f"CREATE TRIGGER {TRIGGER} BEFORE {{}} EXECUTE FUNCTION {{}}",
    ON,
)


def anew(when: str, function: str = "refuse_to_forget()") -> tuple[str, ...]:
    return tuple(statement.format(when, function) for statement in ANEW)


COPY = "CREATE TABLE evil.audit_entries AS SELECT * FROM audit_entries"
SWALLOWS = "CREATE FUNCTION swallow() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'"
BODY = "BEGIN RAISE EXCEPTION ''the audit trail is only ever added to''; END"
UNDONE: dict[str, tuple[tuple[str, ...], str]] = {
    "a condition": (
        anew("UPDATE OR DELETE OR TRUNCATE ON audit_entries FOR EACH STATEMENT WHEN (false)"),
        f"the trigger {TRIGGER} is not the one of this release",
    ),
    "for rows": (anew("UPDATE OR DELETE ON audit_entries FOR EACH ROW"), f"the trigger {TRIGGER} is not the one"),
    "of one column": (
        anew("UPDATE OF detail OR DELETE OR TRUNCATE ON audit_entries FOR EACH STATEMENT"),
        f"the trigger {TRIGGER} is not the one",
    ),
    "another function": (
        (
            "CREATE FUNCTION refuse_too() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'",
            *anew("UPDATE OR DELETE OR TRUNCATE ON audit_entries FOR EACH STATEMENT", "refuse_too()"),
        ),
        f"the trigger {TRIGGER} is not the one",
    ),
    "a namesake of the function": (
        (
            "CREATE SCHEMA evil",
            f"CREATE FUNCTION evil.refuse_to_forget() RETURNS trigger LANGUAGE plpgsql AS '{BODY}'",
            *anew("UPDATE OR DELETE OR TRUNCATE ON audit_entries FOR EACH STATEMENT", "evil.refuse_to_forget()"),
        ),
        f"the trigger {TRIGGER} is not the one",
    ),
    "a function with settings": (
        ("ALTER FUNCTION refuse_to_forget() SET search_path = evil",),
        f"the trigger {TRIGGER} is not the one",
    ),
    "the function of the role that writes": (
        (
            "GRANT CREATE ON SCHEMA public TO roundtable_writer",
            "ALTER FUNCTION refuse_to_forget() OWNER TO roundtable_writer",
        ),
        f"the trigger {TRIGGER} is not the one",
    ),
    "all triggers off": (("ALTER TABLE audit_entries DISABLE TRIGGER ALL",), f"the trigger {TRIGGER} is off"),
    "on replicas alone": (
        (f"ALTER TABLE audit_entries ENABLE REPLICA TRIGGER {TRIGGER}",),
        f"the trigger {TRIGGER} is off",
    ),
    "another name": ((f"ALTER TRIGGER {TRIGGER} ON audit_entries RENAME TO other",), f"the trigger {TRIGGER} is gone"),
    "a further trigger": (
        (SWALLOWS, "CREATE TRIGGER aa BEFORE INSERT ON audit_entries FOR EACH ROW EXECUTE FUNCTION swallow()"),
        "audit_entries has a trigger aa that is not of this release",
    ),
    "a trigger on checkpoints": (
        (SWALLOWS, "CREATE TRIGGER aa BEFORE INSERT ON audit_checkpoints FOR EACH ROW EXECUTE FUNCTION swallow()"),
        "audit_checkpoints has a trigger aa that is not of this release",
    ),
    "a foreign key": (
        (
            "CREATE TABLE evil (position bigint PRIMARY KEY)",
            "ALTER TABLE audit_entries ADD FOREIGN KEY (position) REFERENCES evil ON DELETE CASCADE NOT VALID",
        ),
        "audit_entries has a trigger RI_ConstraintTrigger",
    ),
    "a rule": (
        ("CREATE RULE quiet AS ON INSERT TO audit_entries DO INSTEAD NOTHING",),
        "audit_entries has a rule quiet",
    ),
    "a rule beside": (
        ("CREATE RULE quiet AS ON INSERT TO audit_checkpoints DO ALSO DELETE FROM audit_checkpoints",),
        "audit_checkpoints has a rule quiet",
    ),
    "row-level security": (("ALTER TABLE audit_entries ENABLE ROW LEVEL SECURITY",), "audit_entries has row-level"),
    "a policy": (
        ('CREATE POLICY half ON audit_entries USING ("position" < 5)',),
        "audit_entries has a row-level policy half",
    ),
    "UPDATE granted": (
        ("GRANT UPDATE ON audit_entries TO roundtable_writer",),
        "roundtable_writer may UPDATE on audit_entries",
    ),
    "UPDATE of a column granted": (
        ("GRANT UPDATE (detail) ON audit_entries TO roundtable_writer",),
        "roundtable_writer may UPDATE detail on audit_entries",
    ),
    "UPDATE of what a checkpoint says": (
        ("GRANT UPDATE (hash) ON audit_checkpoints TO roundtable_writer",),
        "roundtable_writer may UPDATE hash on audit_checkpoints",
    ),
    "TRUNCATE for everybody": (("GRANT TRUNCATE ON audit_entries TO PUBLIC",), "PUBLIC may TRUNCATE on audit_entries"),
    "INSERT for readers": (
        ("GRANT INSERT ON audit_entries TO roundtable_reader_u",),
        "roundtable_reader_u may INSERT on audit_entries",
    ),
    "passed on": (
        ("GRANT INSERT ON audit_entries TO roundtable_writer WITH GRANT OPTION",),
        "roundtable_writer may INSERT on audit_entries",
    ),
    "owned by the role that writes": (
        ("GRANT CREATE ON SCHEMA public TO roundtable_writer", "ALTER TABLE audit_entries OWNER TO roundtable_writer"),
        "audit_entries belongs to roundtable_writer",
    ),
    "unlogged": (("ALTER TABLE audit_entries SET UNLOGGED",), "audit_entries is not written to the log"),
    "a child": (("CREATE TABLE more () INHERITS (audit_entries)",), "audit_entries is inherited or inherits (more)"),
    "a view": (
        (
            "ALTER TABLE audit_entries RENAME TO real",
            "CREATE VIEW audit_entries AS SELECT * FROM real WHERE caller <> 'x'",
        ),
        "audit_entries is no table any more",
    ),
    "partitions": (
        (
            "ALTER TABLE audit_entries RENAME TO real",
            "CREATE TABLE audit_entries (LIKE real) PARTITION BY RANGE (position)",
            "CREATE TABLE part PARTITION OF audit_entries DEFAULT",
            "INSERT INTO audit_entries SELECT * FROM real",
        ),
        "audit_entries is no table any more",
    ),
    "a copy": (
        ("ALTER TABLE audit_entries RENAME TO real", "CREATE TABLE audit_entries AS SELECT * FROM real"),
        "audit_entries is not the table of this release",
    ),
    "another schema first": (
        ("CREATE SCHEMA evil", COPY, 'ALTER DATABASE "{}" SET search_path = evil, public'),
        "audit_entries has a namesake in the schema evil",
    ),
    "a constraint": (
        ("ALTER TABLE audit_entries DROP CONSTRAINT uq_audit_entries_previous",),
        "audit_entries has lost its constraint uq_audit_entries_previous UNIQUE (previous)",
    ),
    "a CHECK": (
        ("ALTER TABLE audit_checkpoints DROP CONSTRAINT ck_audit_checkpoints_signed_with_a_key",),
        "audit_checkpoints has lost its constraint ck_audit_checkpoints_signed_with_a_key",
    ),
    "a CHECK of its name": (
        (
            "ALTER TABLE audit_entries DROP CONSTRAINT ck_audit_entries_hash_is_a_digest",
            "ALTER TABLE audit_entries ADD CONSTRAINT ck_audit_entries_hash_is_a_digest CHECK (true)",
        ),
        "audit_entries has lost its constraint ck_audit_entries_hash_is_a_digest",
    ),
    "a CHECK that is not enforced": (
        (
            "ALTER TABLE audit_entries DROP CONSTRAINT ck_audit_entries_position_is_counted",
            "ALTER TABLE audit_entries ADD CONSTRAINT ck_audit_entries_position_is_counted CHECK (position > 0) NOT VALID",
        ),
        "audit_entries has lost its constraint ck_audit_entries_position_is_counted",
    ),
    "a further CHECK": (
        ("ALTER TABLE audit_entries ADD CONSTRAINT few CHECK (position < 20)",),
        "audit_entries has a constraint few CHECK",
    ),
    "a key that is checked late": (
        (
            "ALTER TABLE audit_entries DROP CONSTRAINT uq_audit_entries_previous",
            "ALTER TABLE audit_entries ADD CONSTRAINT uq_audit_entries_previous UNIQUE (previous) DEFERRABLE",
        ),
        "audit_entries has lost its constraint uq_audit_entries_previous",
    ),
    "a key in which nulls differ": (
        (
            "ALTER TABLE audit_entries DROP CONSTRAINT uq_audit_entries_previous",
            "CREATE UNIQUE INDEX uq_audit_entries_previous ON audit_entries (previous) WHERE position > 5",
        ),
        "audit_entries has lost its constraint uq_audit_entries_previous",
    ),
    "an index that runs code": (
        (
            "CREATE FUNCTION seen(text) RETURNS text LANGUAGE sql IMMUTABLE AS 'SELECT $1'",
            "CREATE INDEX ix_seen ON audit_entries (seen(detail))",
        ),
        "audit_entries has an index CREATE INDEX ix_seen",
    ),
    "a unique index": (
        ("CREATE UNIQUE INDEX ix_once ON audit_checkpoints (hash)",),
        "audit_checkpoints has an index CREATE UNIQUE INDEX ix_once",
    ),
    "a default": (
        ("ALTER TABLE audit_checkpoints ALTER updated_at SET DEFAULT '2020-01-01'",),
        "audit_checkpoints has lost its default of updated_at: now()",
    ),
    "a further default": (
        ("ALTER TABLE audit_entries ALTER key_id SET DEFAULT 'x'",),
        "audit_entries has a default of key_id: 'x'::text",
    ),
    "an identity": (
        ("ALTER TABLE audit_checkpoints ALTER id SET GENERATED BY DEFAULT",),
        "audit_checkpoints has lost its identity of id: always",
    ),
    "a collation": (
        ('ALTER TABLE audit_checkpoints ALTER location TYPE text COLLATE "C"',),
        'audit_checkpoints has a collation of location: "C"',
    ),
    "a column": (("ALTER TABLE audit_entries ALTER caller DROP NOT NULL",), "audit_entries is not the table of this"),
    "a column gone": (("ALTER TABLE audit_checkpoints DROP COLUMN signature",), "audit_checkpoints is not the table"),
    "checkpoints gone": (("DROP TABLE audit_checkpoints",), "there is no audit trail: the table audit_checkpoints"),
}


@pytest.mark.parametrize("kind", UNDONE)
def test_a_guard_that_is_not_as_it_was_made_is_a_fault(url: str, engine: Engine, kind: str) -> None:
    statements, words = UNDONE[kind]
    with engine.begin() as connection:
        database = connection.execute(text("SELECT current_database()")).scalar_one()
        sql(*(statement.format(database) for statement in statements))(connection)
    found = faults(url)
    assert any(line.startswith(words) for line in found), found


@pytest.mark.parametrize("kind", ["superuser", "a member", "a member of a superuser"])
def test_a_role_of_the_service_that_can_be_the_owner_is_a_fault(url: str, engine: Engine, kind: str) -> None:
    """Roles belong to the server, so each change is undone before other tests run."""
    do, undo = {
        "superuser": ("ALTER ROLE roundtable_writer SUPERUSER", "ALTER ROLE roundtable_writer NOSUPERUSER"),
        "a member": ("GRANT pg_write_all_data TO roundtable_writer", "REVOKE pg_write_all_data FROM roundtable_writer"),
        "a member of a superuser": (
            "DO $$ BEGIN CREATE ROLE would_be SUPERUSER; GRANT would_be TO roundtable_writer; END $$",
            "DROP ROLE would_be",
        ),
    }[kind]
    with engine.connect() as connection, connection.begin() as transaction:
        connection.execute(text(do))
        transaction.commit()
    try:
        assert "roundtable_writer" in first_fault(url)
    finally:
        with engine.begin() as connection:
            connection.execute(text(undo))
    assert first_fault(url) == ""


def test_an_index_that_only_finds_entries_is_not_a_fault(url: str, engine: Engine) -> None:
    with engine.begin() as connection:
        sql("CREATE INDEX ix_by_time ON audit_entries (recorded_at)", "DROP INDEX ix_audit_entries_caller_position")(
            connection
        )
    assert first_fault(url) == ""


def test_grants_to_read_are_not_a_fault(url: str, engine: Engine) -> None:
    with engine.begin() as connection:
        sql("GRANT SELECT ON audit_entries, audit_checkpoints TO PUBLIC", "CREATE TABLE notes (id int)")(connection)
    assert first_fault(url) == ""


def test_every_table_of_the_trail_is_guarded() -> None:
    assert {table.name for table in TABLES} == {"audit_entries", "audit_checkpoints"}


ASIDE = "CREATE TABLE aside (LIKE audit_entries)"
SWALLOWED = {
    "a rule": ("CREATE RULE quiet AS ON INSERT TO audit_entries DO INSTEAD NOTHING",),
    "a rule elsewhere": (
        ASIDE,
        "GRANT ALL ON aside TO PUBLIC",
        "CREATE RULE quiet AS ON INSERT TO audit_entries DO INSTEAD INSERT INTO aside VALUES (NEW.*)",
    ),
    "a rule that gives back": (
        ASIDE,
        "GRANT ALL ON aside TO PUBLIC",
        "CREATE RULE quiet AS ON INSERT TO audit_entries DO INSTEAD INSERT INTO aside VALUES (NEW.*) RETURNING *",
    ),
    "a trigger": (
        SWALLOWS,
        "CREATE TRIGGER aa BEFORE INSERT ON audit_entries FOR EACH ROW EXECUTE FUNCTION swallow()",
    ),
    "a change": (
        "CREATE FUNCTION swallow() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN NEW.hash = NEW.previous; RETURN NEW; END'",
        "CREATE TRIGGER aa BEFORE INSERT ON audit_entries FOR EACH ROW EXECUTE FUNCTION swallow()",
    ),
}


@pytest.mark.parametrize("kind", SWALLOWED)
def test_an_entry_that_is_swallowed_fails_its_write(engine: Engine, kind: str) -> None:
    with engine.begin() as connection:
        sql(*SWALLOWED[kind])(connection)
    with pytest.raises((RuntimeError, DatabaseError)):
        grow(engine, 1)


def test_a_write_whose_entry_is_swallowed_is_not_made(auditor: httpx.Client, written: Engine) -> None:
    at = "/v1/audit/checkpoints"
    before = auditor.get(at, params={"include": "total"}).json()["total"]
    with written.begin() as connection:
        sql(SWALLOWED["a rule"][0])(connection)
    try:
        assert auditor.post(at, json={}).status_code == 500
    finally:
        with written.begin() as connection:
            connection.execute(text("DROP RULE quiet ON audit_entries"))
    assert auditor.get(at, params={"include": "total"}).json()["total"] == before
