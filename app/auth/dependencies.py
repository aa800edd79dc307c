"""FastAPI dependencies for authentication and role checks, which run before the route."""

from collections.abc import AsyncIterator
from typing import Annotated, Any

from fastapi import Depends
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine
from starlette.requests import Request

from app.auth.api_keys import KeyRing
from app.auth.authenticator import Callers
from app.auth.schemas import CHALLENGE, Caller
from app.core.errors import ProblemError
from app.core.grants import CLEARED_ROLES
from app.http.routing import Need, keeping_engine_of, reading_engine_of
from app.vocabulary import Marking, Role

CLEARED_WHOLLY = {Role(word) for word in CLEARED_ROLES}
"""Roles that require the highest clearance: writers and auditors see text of any marking."""


def needs(*roles: Role) -> Any:
    """Role dependency for a router or route: only callers with one of these roles are admitted."""
    word = " or ".join(roles)

    async def admit(request: Request) -> None:
        caller = await identify(request)
        if caller is None or (caller.is_anonymous and not caller.roles & set(roles)):
            told = {"WWW-Authenticate": CHALLENGE}
            raise ProblemError("unauthenticated", "This needs credentials here.", headers=told)
        # Set before the check, since the audit entry of a refusal names the caller.
        request.state.caller = caller
        if not caller.roles & set(roles):
            raise ProblemError("forbidden", f"This needs the role {word}.")
        if CLEARED_WHOLLY & set(roles) and caller.clearance is not Marking.SBU:
            raise ProblemError("forbidden", f"This needs the role {word} with the clearance {Marking.SBU}.")
        request.state.clearance = caller.clearance

    # Anonymous access is possible for reading only.
    return Depends(Need(admit, word=word, optional=Role.READER in roles))


async def identify(request: Request) -> Caller | None:
    """Authenticates the request; None if it has no credentials and anonymous access is off."""
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
    """Yields a connection that reads drafts for editors and reviewers, and published data for all other callers."""
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
"""The authenticated caller, in a route with a role dependency."""
Seeing = Annotated[AsyncConnection, Depends(_seeing_connection, scope="function")]
"""Connection for reads of records that have drafts."""
Keys = Annotated[KeyRing, Depends(_keys_of)]
"""The API keys; 404 if they are not configured."""
