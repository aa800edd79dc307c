"""Triggers that keep `visible_from` up to date, made from the rules in `visibility` at the end of migrations."""

import re
from collections.abc import Iterator

from sqlalchemy import Connection

from app.models.data_version import VERSION_TRIGGER
from app.models.visibility import CAUSES, RULES, UNPUBLISHED, Cause
from app.vocabulary import UNASSESSED, Aspect

LOCK = 7192_2011
"""Key of the advisory lock of transactions that change levels: each sees what those before it wrote."""
SET = "set_visible_from"
TRANSITIONS = {
    "INSERT": "NEW TABLE AS after",
    "UPDATE": "OLD TABLE AS before NEW TABLE AS after",
    "DELETE": "OLD TABLE AS before",
}
# Arguments: the table whose rows are updated; the condition between a changed row `c` and a row `t`; the columns of the
# changed row that matter; `raises` if one row at a level suffices for it. The row's own trigger sets the level.
_REFRESH = f"""
CREATE OR REPLACE FUNCTION public.refresh_visible_from() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp AS $$
DECLARE
    removed text := format('SELECT %1$s FROM before', TG_ARGV[2]);
    added text := format('SELECT %1$s FROM after', TG_ARGV[2]);
    reached text := CASE TG_ARGV[3]
        WHEN 'raises' THEN TG_ARGV[1] || ' AND c.visible_from = ''u'' AND c.added = (t.visible_from <> ''u'')'
        ELSE TG_ARGV[1]
    END;
    changed text;
    found boolean;
BEGIN
    IF TG_OP = 'UPDATE' THEN
        changed := format('%1$s EXCEPT %2$s', removed, added);
        added := format('%2$s EXCEPT %1$s', removed, added);
        removed := changed;
    END IF;
    changed := concat_ws(' UNION ALL ',
        CASE WHEN TG_OP <> 'INSERT' THEN format('(SELECT c.*, false AS added FROM (%s) c)', removed) END,
        CASE WHEN TG_OP <> 'DELETE' THEN format('(SELECT c.*, true AS added FROM (%s) c)', added) END);
    EXECUTE format('SELECT EXISTS (SELECT FROM (%s) c JOIN public.%I t ON %s)', changed, TG_ARGV[0], reached)
        INTO found;
    IF NOT found THEN
        RETURN NULL;
    END IF;
    PERFORM pg_advisory_xact_lock({LOCK});
    EXECUTE format(
        'WITH c AS MATERIALIZED (%1$s)
        UPDATE public.%2$I t SET visible_from = DEFAULT
        WHERE EXISTS (SELECT FROM c WHERE %3$s) AND t.visible_from <> public.visibility_of_%2$s(t)',
        changed, TG_ARGV[0], reached);
    RETURN NULL;
END $$
"""
_AT_U = {aspect: (f"{aspect}_at_u", f"{aspect}_assessment_id_at_u") for aspect in Aspect}
_COLUMNS_AT_U = [column for columns in _AT_U.values() for column in columns]
_STORED, _COMPUTED = (", ".join(f"{row}.{column}" for column in _COLUMNS_AT_U) for row in ("r", "s"))
_OUT = ", ".join(f"OUT {column} text" for column in _COLUMNS_AT_U)
# Of each aspect, readers of U see the newest assessment that they may read.
_ASSESSED = f"""
CREATE OR REPLACE FUNCTION public.assessed_at_u(asked text, {_OUT}) LANGUAGE plpgsql STABLE AS $$ BEGIN
    {
    " ".join(
        f"SELECT x.value, x.id INTO {value}, {found} FROM public.assessments x WHERE x.recommendation_id = asked "
        f"AND x.aspect = '{aspect}' AND x.visible_from = 'u' ORDER BY x.number DESC LIMIT 1; "
        f"{value} := coalesce({value}, '{UNASSESSED[aspect]}');"
        for aspect, (value, found) in _AT_U.items()
    )
}
END $$
"""
_SET_ASSESSED = f"""
CREATE OR REPLACE FUNCTION public.set_assessed_at_u() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    SELECT s.* INTO {", ".join(f"NEW.{column}" for column in _COLUMNS_AT_U)} FROM public.assessed_at_u(NEW.id) s;
    RETURN NEW;
END $$
"""
_REFRESH_ASSESSED = f"""
UPDATE public.recommendations r SET {", ".join(f"{column} = s.{column}" for column in _COLUMNS_AT_U)}
FROM public.recommendations q, LATERAL public.assessed_at_u(q.id) s
WHERE r.id = q.id {{}}
AND ({_STORED}) IS DISTINCT FROM ({_COMPUTED})
"""
_REFRESH_ASSESSED_TRIGGER = f"""
CREATE OR REPLACE FUNCTION public.refresh_assessed_at_u() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp AS $$ BEGIN
    {_REFRESH_ASSESSED.format("AND q.id IN (SELECT c.recommendation_id FROM changed c)")};
    RETURN NULL;
END $$
"""


def columns_of(rule: str) -> list[str]:
    """Names of the columns of the row itself that a rule reads."""
    return sorted(set(re.findall(r"\bt\.(\w+)", rule)))


def rule_function(table: str) -> str:
    """SQL of the function that computes the level of a row."""
    return (
        f"CREATE OR REPLACE FUNCTION public.visibility_of_{table}(t public.{table}) RETURNS text "
        f"LANGUAGE plpgsql STABLE AS $$ BEGIN RETURN coalesce({RULES[table]}, 'none'); END $$"
    )


def _setter(table: str) -> Iterator[str]:
    """Yields the statements that create the trigger of a table's own rows."""
    unpublished = UNPUBLISHED.get(table)
    level = f"public.visibility_of_{table}(NEW)"
    lock = f"PERFORM pg_advisory_xact_lock({LOCK});"
    if unpublished:
        lock = f"IF NOT ({unpublished.replace('t.', 'NEW.')}) THEN {lock} END IF;"
    yield (
        f"CREATE OR REPLACE FUNCTION public.{SET}_of_{table}() RETURNS trigger LANGUAGE plpgsql AS $$ "
        f"BEGIN {lock} NEW.visible_from := {level}; RETURN NEW; END $$"
    )
    own = ", ".join([*columns_of(RULES[table]), "visible_from"])
    # The name sorts last, so it sees the row that the other triggers leave.
    yield (
        f"CREATE OR REPLACE TRIGGER zz_{SET} BEFORE INSERT OR UPDATE OF {own} ON public.{table} "
        f"FOR EACH ROW EXECUTE FUNCTION public.{SET}_of_{table}()"
    )


def _refreshers(number: int, cause: Cause) -> Iterator[str]:
    """Yields the statements that create the triggers of a cause."""
    matched = set(re.findall(r"\bc\.(\w+)", cause.match))
    columns = sorted(matched | {one.strip() for one in cause.columns.split(",")})
    arguments = (cause.table, cause.match, ", ".join(columns), "raises" if cause.raises else "")
    quoted = ", ".join("'{}'".format(one.replace("'", "''")) for one in arguments)
    events = ("INSERT", "UPDATE", "DELETE") if cause.inserted else ("UPDATE",)
    for event in events:
        yield (
            f"CREATE OR REPLACE TRIGGER visible_{number:02}_{event.lower()} AFTER {event} ON public.{cause.source} "
            f"REFERENCING {TRANSITIONS[event]} FOR EACH STATEMENT "
            f"EXECUTE FUNCTION public.refresh_visible_from({quoted})"
        )


def _assessing() -> Iterator[str]:
    """Yields the statements that create the triggers of the values at U."""
    yield (
        "CREATE OR REPLACE TRIGGER set_assessed_at_u BEFORE INSERT ON public.recommendations "
        "FOR EACH ROW EXECUTE FUNCTION public.set_assessed_at_u()"
    )
    for event, transition in (("INSERT", "NEW"), ("UPDATE", "NEW"), ("DELETE", "OLD")):
        yield (
            f"CREATE OR REPLACE TRIGGER assessed_at_u_{event.lower()} AFTER {event} ON public.assessments "
            f"REFERENCING {transition} TABLE AS changed FOR EACH STATEMENT "
            "EXECUTE FUNCTION public.refresh_assessed_at_u()"
        )


def install_visibility(connection: Connection) -> None:
    """Creates the functions and triggers. The schema of the tables has to be this release's."""
    connection.exec_driver_sql(_REFRESH.replace("%", "%%"))
    for table in RULES:
        connection.exec_driver_sql(rule_function(table).replace("%", "%%"))
        for statement in _setter(table):
            connection.exec_driver_sql(statement.replace("%", "%%"))
    for statement in (_ASSESSED, _SET_ASSESSED, _REFRESH_ASSESSED_TRIGGER, *_assessing()):
        connection.exec_driver_sql(statement.replace("%", "%%"))
    _drop_refreshers(connection)
    for number, cause in enumerate(CAUSES):
        for statement in _refreshers(number, cause):
            connection.exec_driver_sql(statement.replace("%", "%%"))


def _drop_refreshers(connection: Connection) -> None:
    """Drops the triggers of all causes: another release may number them in another way."""
    found = connection.exec_driver_sql(
        "SELECT tgrelid::regclass, tgname FROM pg_trigger WHERE tgfoid = to_regproc('public.refresh_visible_from')"
    )
    for table, trigger in found.all():
        connection.exec_driver_sql(f"DROP TRIGGER {trigger} ON {table}")


def recompute_visibility(connection: Connection) -> None:
    """Computes the level of every row, after a migration. The change feed does not report it."""
    connection.exec_driver_sql("SET CONSTRAINTS ALL IMMEDIATE")
    for table in RULES:
        connection.exec_driver_sql(f"ALTER TABLE public.{table} DISABLE TRIGGER USER")
    for table in RULES:
        connection.exec_driver_sql(
            f"UPDATE public.{table} t SET visible_from = public.visibility_of_{table}(t) "
            f"WHERE t.visible_from <> public.visibility_of_{table}(t)"
        )
    connection.exec_driver_sql(_REFRESH_ASSESSED.format(""))
    for table in RULES:
        connection.exec_driver_sql(f"ALTER TABLE public.{table} ENABLE TRIGGER USER")
        connection.exec_driver_sql(f"ALTER TABLE public.{table} ENABLE ALWAYS TRIGGER {VERSION_TRIGGER}")
