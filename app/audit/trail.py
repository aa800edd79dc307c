"""Writer of the audit trail: collects entries during a transaction, and appends them to the chain at commit."""

import getpass
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Protocol

from sqlalchemy import Connection, event, func, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from app.audit.chain import GENESIS, ChainedEntry, Json, SigningKeys, canonical
from app.core.persons import Realms
from app.models import AuditEntry
from app.vocabulary import AuditOutcome

CHAIN_LOCK = 7192_2010
"""Key of the advisory lock that serializes appends to the chain, one transaction at a time."""


class Actor(Protocol):
    """Actor of an entry: a caller of the service, or the user of a command."""

    @property
    def id(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def person(self) -> str: ...


@dataclass(frozen=True)
class _Entry:
    caller: str
    caller_name: str
    person: str
    operation: str
    record: str | None
    outcome: str
    code: str | None
    request_id: str
    detail: str


def record_event(  # noqa: PLR0913 - keyword arguments, one for each field
    connection: Connection | AsyncConnection,
    *,
    by: Actor,
    record: str | None,
    detail: Json | None = None,
    operation: str | None = None,
    refused: str | None = None,
) -> None:
    """Records an operation in the trail if and only if the transaction of the connection commits.

    `operation` defaults to that of the route, on the connection of a write. `refused` is the code of a problem.
    """
    one = connection.sync_connection if isinstance(connection, AsyncConnection) else connection
    if one is None or not one.in_transaction():
        raise RuntimeError("an entry belongs to a transaction")
    options = one.get_execution_options()
    entry = _Entry(
        caller=by.id,
        caller_name=by.name,
        person=by.person,
        operation=operation or str(options["operation"]),
        record=record,
        outcome=AuditOutcome.REFUSED if refused else AuditOutcome.DONE,
        code=refused,
        request_id=str(options.get("trace_id", "")),
        detail=canonical(dict(detail or {})),
    )
    _pending(one).append(entry)


_PENDING = "audit_pending"


def _pending(connection: Connection) -> list[_Entry]:
    """The entries of the current transaction, which are appended before it commits.

    They are stored with their transaction, so a rollback discards them.
    """
    transaction = connection.get_transaction()
    found: list[_Entry]
    of, found = connection.info.get(_PENDING, (None, []))
    if of is not transaction:
        found = []
        connection.info[_PENDING] = (transaction, found)
    if not event.contains(connection, "commit", _chain):
        event.listen(connection, "commit", _chain)
    return found


def _chain(connection: Connection) -> None:
    """Appends the collected entries. If that fails, the commit fails, and the transaction is rolled back."""
    of, entries = connection.info.pop(_PENDING, (None, []))
    if of is not connection.get_transaction() or not entries:
        return
    try:
        _append(connection, entries)
    except BaseException:
        # SQLAlchemy assumes that a failed commit has ended the transaction, but this failure happens before the commit.
        # A lost connection has no transaction to end.
        if not connection.invalidated:
            with suppress(Exception):
                connection.connection.rollback()
        raise


def _append(connection: Connection, entries: list[_Entry]) -> None:
    """Inserts the entries at the end of the chain. It locks last in a transaction, so others wait only briefly."""
    keys: SigningKeys = connection.get_execution_options().get("audit_keys", SigningKeys())
    connection.execute(select(func.pg_advisory_xact_lock(CHAIN_LOCK)))
    last = connection.execute(_LAST).one_or_none()
    now = connection.execute(select(func.clock_timestamp())).scalar_one()
    before, previous = (last.position, last.hash) if last else (0, GENESIS)
    rows: list[dict[str, Any]] = []
    for position, entry in enumerate(entries, before + 1):
        link = ChainedEntry(position=position, recorded_at=now, previous=previous, key_id=keys.current, **vars(entry))
        previous = link.hash(keys) or ""
        rows.append({**vars(link), "hash": previous})
    connection.execute(insert(AuditEntry), rows)
    if end_of_trail(connection) != (before + len(rows), previous):
        # A foreign trigger or rule dropped or changed the entry. The whole transaction fails then.
        raise RuntimeError("the audit trail did not take an entry as it was written: run `audit verify`")


_LAST = select(AuditEntry.position, AuditEntry.hash).order_by(AuditEntry.position.desc()).limit(1)


def end_of_trail(connection: Connection) -> tuple[int, str]:
    """Position and hash of the last entry."""
    last = connection.execute(_LAST).one_or_none()
    return (last.position, last.hash) if last else (0, GENESIS)


async def record_standalone(  # noqa: PLR0913 - keyword arguments, one for each field
    engine: AsyncEngine,
    *,
    by: Actor,
    operation: str,
    record: str | None,
    trace_id: str,
    detail: Json | None = None,
    refused: str | None = None,
) -> None:
    """Writes an entry that belongs to no other change, and returns when it is committed."""
    async with engine.connect() as connection:
        await connection.execution_options(operation=operation, trace_id=trace_id)
        async with connection.begin():
            record_event(connection, by=by, record=record, detail=detail, refused=refused)


@dataclass(frozen=True)
class OsUser:
    """System user who runs the command."""

    id: str
    name: str
    person: str

    @classmethod
    def here(cls) -> "OsUser":
        user = getpass.getuser()
        return cls(f"command:{user}", user, Realms().person(user))
