"""Creates the missing database roles of the service. Roles belong to the PostgreSQL server, not to one database."""

from collections.abc import Sequence

from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError, IntegrityError, ProgrammingError


class RolesMissing(Exception):
    """Raised if roles are missing and cannot be created; the message contains the statements to run."""


def make_roles(connection: Connection, roles: Sequence[str]) -> None:
    """Creates the roles if necessary. Another register in the cluster may have created them, or do so concurrently."""
    for role in roles:
        try:
            if not connection.scalar(text("SELECT 1 FROM pg_roles WHERE rolname = :role"), {"role": role}):
                _try(connection, f"CREATE ROLE {role} NOLOGIN")
            becomes = text("SELECT pg_has_role(current_user, :role, 'SET')")
            if not connection.scalar(becomes, {"role": role}):
                _try(connection, f"GRANT {role} TO CURRENT_USER WITH INHERIT FALSE, SET TRUE")
        except ProgrammingError as error:
            if getattr(error.orig, "sqlstate", None) != "42501":
                raise
            raise RolesMissing(_what_to_run(str(connection.scalar(text("SELECT current_user"))), roles)) from error


def _what_to_run(owner: str, roles: Sequence[str]) -> str:
    granted = ", ".join(roles)
    made = " ".join(f"CREATE ROLE {role} NOLOGIN;" for role in roles)
    return (
        f"the database role {owner} cannot create the roles of the service: let an administrator of this "
        f'PostgreSQL server run once {made} GRANT {granted} TO "{owner}" WITH INHERIT FALSE, SET TRUE;'
    )


def _try(connection: Connection, statement: str) -> None:
    """Runs a statement. The error of a concurrent equal statement is ignored."""
    try:
        with connection.begin_nested():
            connection.exec_driver_sql(statement)
    except (ProgrammingError, IntegrityError) as error:
        if getattr(error.orig, "sqlstate", None) not in {"42710", "23505"}:
            raise
    except DBAPIError as error:
        # Two concurrent grants of one role: the second fails, since the first changed its row. This has no SQLSTATE of
        # its own, and the message is in the language of the server.
        if getattr(error.orig, "sqlstate", None) != "XX000":
            raise
