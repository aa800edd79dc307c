"""The revision of the data: whether anything that a reader can see was written, whoever wrote it."""

from sqlalchemy import BigInteger, Connection, Identity, text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.revision import CHANNEL
from app.models.base import Base


class DataRevision(Base):
    """Counts of writing transactions; their sum is the revision.

    A transaction adds one, to a count that no other is adding to at that moment: so writers do not wait for each other,
    and what it added is seen when its rows are, neither sooner nor later.
    """

    __tablename__ = "data_revisions"
    __table_args__ = {"postgresql_with": {"fillfactor": "50"}}

    slot: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    value: Mapped[int] = mapped_column(BigInteger, server_default=text("1"))


NAME = "data_is_revised"
EVENTS = ("INSERT", "UPDATE", "DELETE", "TRUNCATE")
# Of those who repeat a read, each takes a count of its own: a row that changed since they began would stop them.
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


def watch(connection: Connection, tables: set[str]) -> None:
    """Sees to it that a write to any of the tables is a new revision; takes no lock where that is so already."""
    connection.exec_driver_sql(REVISE)
    held = "SELECT c.relname FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid WHERE t.tgname = %(name)s"
    there = set(connection.exec_driver_sql(held, {"name": NAME}).scalars())
    for table in sorted(tables - there):
        connection.exec_driver_sql(
            f"CREATE TRIGGER {NAME} AFTER {' OR '.join(EVENTS)} ON public.{table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION public.revise_data()"
        )
        # Also where a load has switched off the triggers of others.
        connection.exec_driver_sql(f"ALTER TABLE public.{table} ENABLE ALWAYS TRIGGER {NAME}")
