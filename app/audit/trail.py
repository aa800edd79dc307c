"""Getting entries into the trail: noted while a transaction is under way, chained when it commits."""

from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Protocol

from sqlalchemy import Connection, event, func, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from app.audit.chain import GENESIS, Json, Keys, Link, canonical
from app.models import AuditEntry
from app.vocabulary import AuditOutcome

CHAIN_LOCK = 7192_2010
"""Key of the advisory lock under which entries are chained, one transaction at a time."""


class Named(Protocol):
    """Who acts: a caller of the service, or who runs a command."""

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


def enter(  # noqa: PLR0913 - each is a part of the entry, given by its name
    connection: Connection | AsyncConnection,
    *,
    by: Named,
    record: str | None,
    detail: Json | None = None,
    operation: str | None = None,
    refused: str | None = None,
) -> None:
    """Enters an operation into the trail, when and only when the transaction of the connection commits.

    `operation` is that of the route where the connection is a write's. `refused` is the code of a problem.
    """
    one = connection.sync_connection if isinstance(connection, AsyncConnection) else connection
    if one is None or not one.in_transaction():
        raise RuntimeError("an entry belongs to a transaction")
    told = one.get_execution_options()
    entry = _Entry(
        caller=by.id,
        caller_name=by.name,
        person=by.person,
        operation=operation or str(told["operation"]),
        record=record,
        outcome=AuditOutcome.REFUSED if refused else AuditOutcome.DONE,
        code=refused,
        request_id=str(told.get("trace_id", "")),
        detail=canonical(dict(detail or {})),
    )
    _pending(one).append(entry)


_PENDING = "audit_pending"


def _pending(connection: Connection) -> list[_Entry]:
    """The entries of the transaction under way, which are chained before it commits.

    They lie with the transaction that they are of: one that was rolled back takes its own with it.
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
    """Chains the entries noted. Where that fails, so does the commit, and the connection goes back without a rest."""
    of, entries = connection.info.pop(_PENDING, (None, []))
    if of is not connection.get_transaction() or not entries:
        return
    try:
        _append(connection, entries)
    except BaseException:
        # SQLAlchemy takes a commit that fails to have ended the transaction, which a failure before it has not.
        # Where the connection itself was lost, there is none to end.
        if not connection.invalidated:
            with suppress(Exception):
                connection.connection.rollback()
        raise


def _append(connection: Connection, entries: list[_Entry]) -> None:
    """Gives the entries their places: the lock comes last in a transaction, so others wait only for its commit."""
    keys: Keys = connection.get_execution_options().get("audit_keys", Keys())
    connection.execute(select(func.pg_advisory_xact_lock(CHAIN_LOCK)))
    last = connection.execute(_LAST).one_or_none()
    now = connection.execute(select(func.clock_timestamp())).scalar_one()
    before, previous = (last.position, last.hash) if last else (0, GENESIS)
    rows: list[dict[str, Any]] = []
    for position, entry in enumerate(entries, before + 1):
        link = Link(position=position, recorded_at=now, previous=previous, key_id=keys.current, **vars(entry))
        previous = link.hash(keys) or ""
        rows.append({**vars(link), "hash": previous})
    connection.execute(insert(AuditEntry), rows)
    if end_of_trail(connection) != (before + len(rows), previous):
        # A trigger or a rule of someone's swallowed or changed it: then nothing else of the transaction is done either.
        raise RuntimeError("the audit trail did not take an entry as it was written: run `audit verify`")


_LAST = select(AuditEntry.position, AuditEntry.hash).order_by(AuditEntry.position.desc()).limit(1)


def end_of_trail(connection: Connection) -> tuple[int, str]:
    """Position and hash of the newest entry."""
    last = connection.execute(_LAST).one_or_none()
    return (last.position, last.hash) if last else (0, GENESIS)
