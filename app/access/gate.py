"""The gate: who asks is found out, and held to what the route needs, before the route begins."""

from collections.abc import AsyncIterator
from typing import Annotated, Any

from fastapi import Depends
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine
from starlette.requests import Request

from app.access.callers import Callers
from app.access.keys import KeyRing
from app.access.schemas import CHALLENGE, Caller
from app.core.errors import ProblemError
from app.core.grants import CLEARED_ROLES
from app.core.http.routing import Need, keeping_engine_of, reading_engine_of
from app.vocabulary import Marking, Role

CLEARED_WHOLLY = {Role(word) for word in CLEARED_ROLES}
"""Whoever writes, or reads who wrote what, sees words of any marking."""


def needs(*roles: Role) -> Any:
    """What a router or route declares: only callers with this role, or with one of these, get in."""
    word = " or ".join(roles)

    async def admit(request: Request) -> None:
        caller = await identify(request)
        if caller is None or (caller.is_anonymous and not caller.roles & set(roles)):
            told = {"WWW-Authenticate": CHALLENGE}
            raise ProblemError("unauthenticated", "This needs credentials here.", headers=told)
        # Before the refusal, which tells the audit trail who was refused.
        request.state.caller = caller
        if not caller.roles & set(roles):
            raise ProblemError("forbidden", f"This needs the role {word}.")
        if CLEARED_WHOLLY & set(roles) and caller.clearance is not Marking.SBU:
            raise ProblemError("forbidden", f"This needs the role {word} with the clearance {Marking.SBU}.")
        request.state.clearance = caller.clearance

    # Only reading can be open to those who show nothing.
    return Depends(Need(admit, word=word, optional=Role.READER in roles))


async def identify(request: Request) -> Caller | None:
    """The caller that the request shows to be; None where nobody may come in without saying who."""
    callers: Callers = request.app.state.callers
    return await callers.identify(request.scope["headers"], peer=request.scope.get("peer"))


def _caller_of(request: Request) -> Caller:
    caller: Caller = request.state.caller
    return caller


def _keys_of(request: Request) -> KeyRing:
    callers: Callers = request.app.state.callers
    if callers.keys is None:
        raise ProblemError("not-found", "There are no keys here: ROUNDTABLE_KEY_SECRET is not set.")
    return callers.keys


async def _seeing_connection(request: Request) -> AsyncIterator[AsyncConnection]:
    """Whoever writes or reviews sees what is not published yet; everyone else what readers of the clearance see."""
    caller: Caller = request.state.caller
    writes = caller.roles & {Role.EDITOR, Role.REVIEWER} and caller.clearance is Marking.SBU
    engine: AsyncEngine = keeping_engine_of(request) if writes else reading_engine_of(request)
    async with engine.connect() as connection:
        yield connection


READS = needs(Role.READER)
EDITS = needs(Role.EDITOR)
REVIEWS = needs(Role.REVIEWER)
WRITES = needs(Role.EDITOR, Role.REVIEWER)
ADMINISTERS = needs(Role.ADMIN)
Asking = Annotated[Caller, Depends(_caller_of)]
"""The caller, in a route that declares what it needs."""
Seeing = Annotated[AsyncConnection, Depends(_seeing_connection, scope="function")]
"""A connection for reads of what has drafts."""
Keys = Annotated[KeyRing, Depends(_keys_of)]
"""The keys, where there are any."""
