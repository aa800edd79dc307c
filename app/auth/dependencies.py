"""FastAPI dependencies for role checks, which run before the route: the middleware has authenticated the caller."""

from collections.abc import AsyncIterator
from typing import Annotated, Any

from fastapi import Depends
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine
from starlette.requests import Request

from app.auth.api_keys import ApiKeyCache
from app.auth.authenticator import Authenticator
from app.auth.schemas import CHALLENGE, Caller
from app.core.errors import ProblemError
from app.core.grants import CLEARED_ROLES
from app.http.routing import RoleRequirement, privileged_engine_of, read_engine_of
from app.vocabulary import Marking, Role

ROLES_NEEDING_FULL_CLEARANCE = {Role(word) for word in CLEARED_ROLES}
"""Roles that require the highest clearance: writers and auditors see text of any marking."""


def require_roles(*roles: Role) -> Any:
    """Role dependency for a router or route: only callers with one of these roles are admitted."""
    word = " or ".join(roles)

    async def admit(request: Request) -> None:
        if (refusal := request.scope.get("refusal")) is not None:
            raise refusal
        caller: Caller | None = request.scope.get("caller")
        if caller is None or (caller.is_anonymous and not caller.roles & set(roles)):
            headers = {"WWW-Authenticate": CHALLENGE}
            raise ProblemError("unauthenticated", "Authentication required. Send credentials.", headers=headers)
        # Set before the check, since the audit entry of a refusal names the caller.
        request.state.caller = caller
        if not caller.roles & set(roles):
            raise ProblemError("forbidden", f"The role {word} is required.")
        if ROLES_NEEDING_FULL_CLEARANCE & set(roles) and caller.clearance is not Marking.SBU:
            raise ProblemError("forbidden", f"The role {word} is required with the clearance {Marking.SBU}.")
        request.state.clearance = caller.clearance

    # Anonymous access is possible for reading only.
    return Depends(RoleRequirement(admit, word=word, optional=Role.READER in roles))


def _caller_of(request: Request) -> Caller:
    caller: Caller = request.state.caller
    return caller


def _keys_of(request: Request) -> ApiKeyCache:
    authenticator: Authenticator = request.app.state.authenticator
    if authenticator.keys is None:
        raise ProblemError("not-found", "API keys are not configured: ROUNDTABLE_API_KEY_SECRET is not set.")
    return authenticator.keys


async def _draft_aware_connection(request: Request) -> AsyncIterator[AsyncConnection]:
    """Yields a connection that reads drafts for editors and reviewers, and published data for all other callers."""
    caller: Caller = request.state.caller
    writes = caller.roles & {Role.EDITOR, Role.REVIEWER} and caller.clearance is Marking.SBU
    engine: AsyncEngine = privileged_engine_of(request) if writes else read_engine_of(request)
    async with engine.connect() as connection:
        yield connection


require_reader = require_roles(Role.READER)
require_editor = require_roles(Role.EDITOR)
require_reviewer = require_roles(Role.REVIEWER)
require_editor_or_reviewer = require_roles(Role.EDITOR, Role.REVIEWER)
require_admin = require_roles(Role.ADMIN)
CurrentCaller = Annotated[Caller, Depends(_caller_of)]
"""The authenticated caller, in a route with a role dependency."""
DraftAwareConnection = Annotated[AsyncConnection, Depends(_draft_aware_connection, scope="function")]
"""Connection for reads of records that have drafts."""
ApiKeysDep = Annotated[ApiKeyCache, Depends(_keys_of)]
"""The API keys; 404 if they are not configured."""
