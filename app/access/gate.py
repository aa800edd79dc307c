"""The gate: who asks is found out, and held to what the route needs, before the route begins."""

from typing import Annotated, Any

from fastapi import Depends
from starlette.requests import Request

from app.access.schemas import Caller, anonymous
from app.core.errors import ProblemError
from app.vocabulary import Marking, Role


def needs(role: Role) -> Any:
    """What a router or route declares: only callers with this role get in."""

    async def admit(request: Request) -> Caller:
        caller = await identify(request)
        if caller is None:
            raise ProblemError("unauthenticated", "Reading needs credentials here.")
        if role not in caller.roles:
            raise ProblemError("forbidden", f"This needs the role {role}.")
        request.state.caller = caller
        request.state.clearance = caller.clearance
        return caller

    return Depends(admit)


async def identify(request: Request) -> Caller | None:
    """The caller that the request shows to be; None where nobody may come in without saying who."""
    clearance: Marking | None = request.app.state.anonymous
    return None if clearance is None else anonymous(clearance)


def _caller_of(request: Request) -> Caller:
    caller: Caller = request.state.caller
    return caller


READS = needs(Role.READER)
Asking = Annotated[Caller, Depends(_caller_of)]
"""The caller, in a route that declares what it needs."""
