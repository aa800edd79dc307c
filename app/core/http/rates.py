"""How often one caller may ask: counted for each, and told in the answer."""

import time
from collections.abc import Awaitable, Callable, Iterable
from ipaddress import ip_address
from typing import Any, Protocol

from limits import parse
from limits.aio.storage import MemoryStorage
from limits.aio.strategies import SlidingWindowCounterRateLimiter
from starlette.types import Scope

from app.core.errors import ProblemError

Fields = list[tuple[bytes, bytes]]
NETWORK_OF_ONE = 64
"""The part of an IPv6 address that one subscriber has: the rest is theirs to choose."""


class Named(Protocol):
    @property
    def id(self) -> str: ...
    @property
    def is_anonymous(self) -> bool: ...


Identify = Callable[..., Awaitable[Named | None]]
"""By headers and peer, who asks; raises where what is shown does not hold."""


class Rates:
    """The counts of one process. Two processes count apart, so that together they let twice as much through."""

    def __init__(self, rate: str, *, identify: Identify) -> None:
        self.rate = parse(rate)
        self.identify = identify
        self._limiter = SlidingWindowCounterRateLimiter(MemoryStorage())
        self._policy = (b"ratelimit-policy", f'"default";q={self.rate.amount};w={self.rate.get_expiry()}'.encode())

    async def hit(self, scope: Scope) -> tuple[Fields, ProblemError | None]:
        """Counts a request: what its answer tells of the limit, and the refusal of one that is over it."""
        who = await self._who(scope)
        allowed = await self._limiter.hit(self.rate, who)
        window = await self._limiter.get_window_stats(self.rate, who)
        wait = max(1, round(window.reset_time - time.time() + 0.5))
        told = [self._policy, (b"ratelimit", f'"default";r={window.remaining};t={wait}'.encode())]
        if allowed:
            return told, None
        detail = f"This service answers {self.rate} for each caller."
        return told, ProblemError("too-many-requests", detail, headers={"Retry-After": str(wait)})

    async def _who(self, scope: Scope) -> str:
        """The caller; the address where none is shown, or where what is shown does not hold: guesses count too."""
        try:
            caller = await self.identify(scope["headers"], peer=scope.get("peer"))
        except Exception:  # noqa: BLE001 - whatever stands against knowing who asks, the gate will say so
            caller = None
        return _address(scope.get("client")) if caller is None or caller.is_anonymous else caller.id


def _address(client: Iterable[Any] | None) -> str:
    host = str(next(iter(client))) if client else ""
    try:
        address = ip_address(host.partition("%")[0])
    except ValueError:
        return "nowhere"
    if address.version == 4:  # noqa: PLR2004 - IPv4
        return str(address)
    mapped = address.ipv4_mapped
    return str(mapped) if mapped else str(int(address) >> NETWORK_OF_ONE)
