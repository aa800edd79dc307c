"""Data version: counters that triggers increment on every write to data that a reader may see."""

from sqlalchemy import BigInteger, Connection, Identity, text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.data_version import CHANNEL
from app.models.base import Base


class DataRevision(Base):
    """Counters of write transactions; their sum is the data version.

    Each transaction increments a row that no other has locked (SKIP LOCKED): writers never wait for each other, and the
    sum becomes visible with the data, at commit.
    """

    __tablename__ = "data_revisions"
    __table_args__ = {"postgresql_with": {"fillfactor": "50"}}

    slot: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    value: Mapped[int] = mapped_column(BigInteger, server_default=text("1"))


VERSION_TRIGGER = "data_is_revised"
EVENTS = ("INSERT", "UPDATE", "DELETE", "TRUNCATE")
# Above read committed, each transaction inserts its own counter: updating a row changed since its start would fail.
REVISE = f"""
CREATE OR REPLACE FUNCTION public.revise_data() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog AS $$
BEGIN
    IF current_setting('roundtable.revised_by', true) = pg_current_xact_id()::text THEN
        RETURN NULL;
    END IF;
    PERFORM set_config('roundtable.revised_by', pg_current_xact_id()::text, true);
    IF current_setting('transaction_isolation') = 'read committed' THEN
        UPDATE public.data_revisions SET value = value + 1
        WHERE slot = (SELECT slot FROM public.data_revisions ORDER BY slot LIMIT 1 FOR UPDATE SKIP LOCKED);
    END IF;
    IF current_setting('transaction_isolation') <> 'read committed' OR NOT FOUND THEN
        INSERT INTO public.data_revisions DEFAULT VALUES;
    END IF;
    PERFORM pg_notify('{CHANNEL}', '');
    RETURN NULL;
END $$
"""


def install_version_triggers(connection: Connection, tables: set[str]) -> None:
    """Creates the triggers that increment the data version on writes to the tables. Locks only tables without one."""
    connection.exec_driver_sql(REVISE)
    held = "SELECT c.relname FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid WHERE t.tgname = %(name)s"
    there = set(connection.exec_driver_sql(held, {"name": VERSION_TRIGGER}).scalars())
    for table in sorted(tables - there):
        connection.exec_driver_sql(
            f"CREATE TRIGGER {VERSION_TRIGGER} AFTER {' OR '.join(EVENTS)} ON public.{table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION public.revise_data()"
        )
        # ALWAYS, so that it also fires if a load has disabled triggers.
        connection.exec_driver_sql(f"ALTER TABLE public.{table} ENABLE ALWAYS TRIGGER {VERSION_TRIGGER}")
