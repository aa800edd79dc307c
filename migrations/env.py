"""Alembic environment: one connection, one migration at a time, and time limits for every wait."""

import os

from alembic import context
from alembic.util import CommandError
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from app.core.db import admin_engine
from app.core.session import check_order
from app.core.settings import check_database_url
from app.models import Base
from app.models.clearance import ROLES
from app.models.clearance_views import create_views, drop_views
from app.models.count_triggers import recompute_counts
from app.models.roles import RolesMissing, make_roles
from app.models.visibility_triggers import recompute_visibility

ONE_AT_A_TIME = 7192_2007
"""Key of the advisory lock that prevents concurrent migrations."""


def database_url() -> str:
    """Returns the database URL of the setting. An invalid one raises an error that Alembic prints in one line."""
    try:
        url = check_database_url(os.environ.get("ROUNDTABLE_DATABASE_URL"))
    except ValueError as error:
        raise CommandError(f"ROUNDTABLE_DATABASE_URL: {error}") from error
    if url is None:
        raise CommandError("ROUNDTABLE_DATABASE_URL is not set: give the address of the database to migrate")
    return url


def run(url: str) -> None:
    engine = admin_engine(url)
    with engine.connect() as connection:
        check_order(connection)
        connection.rollback()
        context.configure(connection=connection, target_metadata=Base.metadata, compare_type=True)
        with context.begin_transaction():
            # After configure: a lock taken earlier would open a transaction that Alembic then rolls back.
            connection.execute(text("SET LOCAL lock_timeout = '60s'"))
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": ONE_AT_A_TIME})
            connection.execute(text("SET LOCAL lock_timeout = '5s'"))
            connection.execute(text("SET LOCAL statement_timeout = '120s'"))
            make_roles(connection, ROLES)
            drop_views(connection)
            before = context.get_context().get_current_heads()
            _migrate()
            if context.get_context().get_current_heads() == (context.get_head_revision(),):
                # The views fit the newest schema only. A database at an older revision has no readers.
                create_views(connection)
                if before != context.get_context().get_current_heads():
                    recompute_visibility(connection)
                    recompute_counts(connection)
    engine.dispose()


def _migrate() -> None:
    try:
        context.run_migrations()
    except AttributeError as error:
        if error.name != "downgrade":
            raise
        # Alembic looks up the downgrade function before it changes anything.
        raise CommandError(
            "no migration goes back: restore the backup of before into a new database, with the release that made it"
        ) from None


address = context.config.attributes.get("url")
try:
    run(address or database_url())
except (OperationalError, RolesMissing) as error:
    if address:
        raise
    raise CommandError(" ".join(str(getattr(error, "orig", error)).split())) from error
